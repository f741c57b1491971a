"""The commands, one module per group; `tracker.cli.app` says which name lives where.

A command opens what it needs, calls one workflow, and hands the result to a renderer. It decides
nothing that a workflow or `exits` decides.
"""
