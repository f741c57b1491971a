"""The workspace in a browser: what a person sees and edits.

Must not touch the store's tables: it reads and writes through the same operations as the API, as
the person instead of the connection. Every text is escaped by the templates.
"""
