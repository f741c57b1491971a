"""A data-science progress tracker: YAML roadmaps kept equal with Notion, in both directions."""

__version__ = "0.1.0"
