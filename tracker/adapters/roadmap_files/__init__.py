"""Roadmap files: loading and checking them, and splicing edits into their text."""
