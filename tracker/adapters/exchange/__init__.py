"""Roadmaps in the formats of others: checklists, tables and graphs, in and out.

    markdown     a checklist: headings are sections, list entries are skills          in, out
    csv          a table, as Notion exports and imports databases                     in, out
    roadmap-sh   the nodes and edges of a roadmap of roadmap.sh                       in
    json         the structure of a roadmap file, for programs                        out

Parsing and formatting are pure. What comes in is foreign and may be hostile: every parser takes
any text, always returns a valid roadmap, and reports what it left out.
"""
