"""The built-in Notion-compatible workspace. It imports nothing of the rest of tracker."""
