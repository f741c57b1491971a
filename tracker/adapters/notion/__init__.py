"""The Notion side: gateway, codec, schema and remote."""
