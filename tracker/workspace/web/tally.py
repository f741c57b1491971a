"""How far the rows of a database are, as words and a bar.

Pure. What is skipped counts neither as done nor as to do, on every surface of the program.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.workspace.model import DataSource, Property
from tracker.workspace.query import LoadedRow
from tracker.workspace.web.cells import Chip

WIDTH = 1000
"""Units of a whole bar."""
SIGNS = {"open": "○", "doing": "◐", "done": "✓", "skipped": "\N{EN DASH}"}
"""What a status can mean, and the sign for it."""
# Notion's last group holds whatever is over, also what was given up: the name tells them apart.
_GIVEN_UP = re.compile(
    r"skip(ped)?|cancel(l?ed)?|dropped|abandoned|obsolete|won.?t (do|fix)|not needed", re.IGNORECASE
)
_NOUN = re.compile(r"[A-Za-z]{2,30}")


@dataclass(frozen=True, slots=True)
class BarPart:
    """The rows of one status: where they begin in the bar, and how wide they are."""

    chip: Chip
    count: int
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class StatusCount:
    """Rows by what their status means; `parts` is empty without a status column.

    Progress is `done` of `counted`, which is all rows but the skipped ones; the bar shows just that.
    """

    noun: str
    total: int
    done: int = 0
    doing: int = 0
    skipped: int = 0
    has_status: bool = False
    parts: tuple[BarPart, ...] = ()

    @property
    def counted(self) -> int:
        """How many rows there are to do in all."""
        return self.total - self.skipped

    @property
    def nouns(self) -> str:
        """What several rows are called."""
        return f"{self.noun[:-1]}ies" if re.search("[^aeiou]y$", self.noun) else f"{self.noun}s"

    @property
    def words(self) -> str:
        """The counts in words."""
        if not self.has_status:
            return f"{self.total} {self.noun if self.total == 1 else self.nouns}"
        parts = [
            f"{self.done} of {self.counted} {self.noun if self.counted == 1 else self.nouns} done"
        ]
        parts += [f"{self.doing} in progress"] if self.doing else []
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        return " · ".join(parts)


def make_tally(source: DataSource, rows: Sequence[LoadedRow]) -> StatusCount:
    """Count rows, loaded with the status column, by what their status means."""
    title = next(
        (prop.name.strip().lower() for prop in source.schema.values() if prop.type == "title"), ""
    )
    # A title called "Skill" says what a row is, one called "Name" does not.
    noun = title if _NOUN.fullmatch(title) and title not in ("name", "title", "row") else "row"
    column = status_column(source)
    if column is None:
        return StatusCount(noun, len(rows))
    counts = Counter(row.content(column) for row in rows)
    meant = Counter[str]()
    for option_id, count in counts.items():
        meant[meaning_of(column, option_id)] += count
    return StatusCount(
        noun=noun,
        total=len(rows),
        done=meant["done"],
        doing=meant["doing"],
        skipped=meant["skipped"],
        has_status=True,
        parts=_parts(column, counts),
    )


def status_column(source: DataSource) -> Property | None:
    """Return the first column of statuses, None without one."""
    return next((column for column in source.schema.values() if column.type == "status"), None)


def meaning_of(column: Property, option_id: str | None) -> str:
    """Return what an option of a status column means, one of the keys of `SIGNS`."""
    option = column.config["options"].find(option_id=option_id)
    if option is None:
        option_id = column.config["default"]
        option = column.config["options"].find(option_id=option_id)
    # Notion's groups are To-do, In progress and Complete, in this order, whatever they are called.
    *earlier, last = column.config["groups"]
    if option_id in last["option_ids"]:
        is_given_up = option is not None and _GIVEN_UP.fullmatch(option["name"].strip())
        return "skipped" if is_given_up else "done"
    is_begun = any(option_id in group["option_ids"] for group in earlier[1:])
    return "doing" if is_begun else "open"


def find_tick(column: Property, option_id: str | None) -> str:
    """Return the id of the option that a click gives a status that is shown as a tick.

    What is over becomes what a new row has, and all else is done, as in Notion.
    """
    if meaning_of(column, option_id) in ("done", "skipped"):
        return str(column.config["default"] or column.config["options"][0]["id"])
    over = column.config["groups"][-1]["option_ids"]
    done = [other for other in over if meaning_of(column, other) == "done"]
    return str((done or over or [option_id])[0])


def _parts(column: Property, counts: Counter[str]) -> tuple[BarPart, ...]:
    """Lay the options side by side, what is done first; what was skipped is in no bar."""
    rank = ("done", "doing", "open")
    options = [o for o in column.config["options"] if meaning_of(column, o["id"]) in rank]
    options.sort(key=lambda option: rank.index(meaning_of(column, option["id"])))
    total, seen, parts = sum(counts[option["id"]] for option in options), 0, []
    for option in options:
        count = counts[option["id"]]
        if count:
            # Both ends are rounded, not the width: parts neither overlap nor leave a gap.
            start, end = (round(Fraction(at * WIDTH, total)) for at in (seen, seen + count))
            chip = Chip(option["name"], option["color"])
            parts.append(BarPart(chip, count, start, end - start))
        seen += count
    return tuple(parts)
