"""Check links over HTTP, many at once and politely, and remember the answers."""
