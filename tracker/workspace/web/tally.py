"""How many rows have which status, as a bar.

Must not write, and reads nothing but the status of each row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from tracker.workspace.model import DataSource, Property
from tracker.workspace.rows import load_rows
from tracker.workspace.session import Session
from tracker.workspace.web.cells import Chip

WIDTH = 1000
"""Units of a whole bar."""
_LIVE = "parent_id = ? AND in_trash = 0 AND is_archived = 0"


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one status: where they begin in the bar, and how wide they are."""

    chip: Chip
    count: int
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Tally:
    """All rows of a data source by status; `parts` is empty without a status column."""

    total: int
    complete: int
    parts: tuple[Part, ...]

    @property
    def words(self) -> str:
        """The tally in words."""
        rows = f"{self.total} row{'' if self.total == 1 else 's'}"
        return f"{self.complete} of {rows} complete" if self.parts else rows


def make_tally(session: Session, source: DataSource) -> Tally:
    """Count the live rows of a data source by status, those of the last group as complete."""
    column = next((each for each in source.schema.values() if each.type == "status"), None)
    if column is None:
        total = session.store.pages.count(_LIVE, (source.id,), limit=1_000_000)
        return Tally(total, 0, ())
    rows = load_rows(session, source, _LIVE, (source.id,), [column])
    counts = Counter(row.content(column) for row in rows)
    last = set(column.config["groups"][-1]["option_ids"])
    complete = sum(count for option_id, count in counts.items() if option_id in last)
    return Tally(len(rows), complete, _parts(column, counts))


def _parts(column: Property, counts: Counter[str]) -> tuple[Part, ...]:
    """Lay the options side by side, the complete ones first."""
    total, seen, parts = counts.total(), 0, []
    by_id = {option["id"]: option for option in column.config["options"]}
    in_order = [each for group in column.config["groups"][::-1] for each in group["option_ids"]]
    for option_id in in_order:
        count, option = counts[option_id], by_id.get(option_id)
        if option and count:
            start, end = (round(Fraction(at * WIDTH, total)) for at in (seen, seen + count))
            chip = Chip(option["name"], option["color"])
            parts.append(Part(chip, count, start, end - start))
        seen += count
    return tuple(parts)
