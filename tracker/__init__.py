"""A data-science progress tracker: YAML roadmaps kept in sync with Notion, both ways."""

__version__ = "0.1.0"
