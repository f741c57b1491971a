"""Values to text: the lines people read, and the objects that scripts read.

Pure: renders, and prints nothing.
"""
