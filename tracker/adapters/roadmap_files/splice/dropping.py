"""The lines that leave a block list with its entries.

Reads only. A blank line goes with the entry above it, at the end of the list with the one below.
"""

from __future__ import annotations

from collections.abc import Collection

from tracker.adapters.roadmap_files.splice.outline import EntryList, blank_lines

Span = tuple[int, int]


def dropped_spans(entries: EntryList, gone: Collection[int]) -> dict[int, Span]:
    """Return the whole lines that go with each entry in `gone`; together they leave no gap."""
    source = entries.tree.source
    count = len(entries.entries)
    spans: dict[int, Span] = {}
    first = 0  # of the entries that go together
    for index in sorted(gone):
        _check_lines(entries, index)
        start, end = entries.span(index)
        if index - 1 not in spans:
            first = index
        is_swallowed = first > 0 and entries.tree.keeps_breaks(entries.nodes[first - 1])
        if index + 1 < count or is_swallowed:
            end = blank_lines(source, end, down=True)[1]
        spans[index] = (start, end)
    if count - 1 in gone:
        start = blank_lines(source, entries.first_line(first), down=False)[0]
        spans[first] = (max(start, _above(entries, first)), spans[first][1])
    return spans


def _above(entries: EntryList, index: int) -> int:
    """Return where the lines above an entry begin that are no other entry's."""
    source = entries.tree.source
    if index:
        return source.next_line(entries.last_line(index - 1))
    return source.next_line(entries.pair.key.end) if entries.pair else entries.first_line(0)


def _check_lines(entries: EntryList, index: int) -> None:
    mark = entries.entries[index].mark
    if not entries.tree.source.is_first_on_line(mark):
        raise entries.tree.refuse(
            "a skill cannot be taken out", "its list is written in an unusual way", mark
        )
