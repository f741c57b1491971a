"""The Notion side, from the ports down to the network.

    remote                  the ports: databases and their rows
    databases               finds and makes the database of a roadmap
    rows, writing           reads and writes the rows of one data source
    listing                 complete queries, whatever their size
    codec                   pages ↔ rows; with schema (columns), options, rich_text, ids
    gateway                 one request: paced (pacer), retried (retry), or explained (errors)
    exchange                one request over HTTP, with limits on its answer

Each part uses those below it. JSON of the API leaves this package in no direction.
"""
