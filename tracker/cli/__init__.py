"""The command line: one typer app, and the only place that prints."""
