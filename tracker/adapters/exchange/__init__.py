"""Roadmaps in the formats of others: checklists, tables and drawings, in and out.

    markdown     a checklist: headings are sections, list entries are skills          in, out
    csv          a table, as Notion exports and imports databases                     in, out
    roadmap-sh   the nodes and edges of a roadmap of roadmap.sh                       in
    json         the structure of a roadmap file, for programs                        out

Parsing and formatting are pure. Foreign files may be hostile: every parser takes any text, returns a
valid roadmap, and reports what it left out. The time it takes grows with the length of the text, not
with its square.
"""
