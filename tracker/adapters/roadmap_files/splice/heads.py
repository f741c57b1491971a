"""Texts of the roadmap itself and of its sections: description, source, edition.

What stands in a section's list of skills is `sections`' business, and so is its title.
"""

from __future__ import annotations

from tracker.adapters.roadmap_files.splice.arriving import Work
from tracker.adapters.roadmap_files.splice.mappings import edit_mapping
from tracker.adapters.roadmap_files.splice.text import Piece
from tracker.adapters.roadmap_files.splice.values import set_scalar

ROADMAP_ORDER = ("title", "description", "source", "edition", "sections")
SECTION_ORDER = ("title", "description", "skills")


def change_heads(work: Work) -> list[Piece]:
    """Return the pieces that set texts of the roadmap and of the sections it has."""
    pieces: list[Piece] = []
    sites = work.outline.sites
    for index, changes in work.batch.heads.items():
        if index is None:
            root = work.outline.tree.root
            pieces += edit_mapping(work.editing, root, changes, ROADMAP_ORDER, set_scalar)
        elif index < len(sites):
            slot = sites[index].slot
            if slot.alias:
                raise work.outline.tree.refuse(
                    "a section cannot be changed", "it is an alias of another one", slot.start
                )
            pieces += edit_mapping(work.editing, slot, changes, SECTION_ORDER, set_scalar)
    return pieces
