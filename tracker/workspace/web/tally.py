"""How far the rows of a database are: one count of done, under way and left out, as words and a bar.

Must not write, and reads nothing but the status of each row.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from tracker.workspace.model import DataSource, Property
from tracker.workspace.rows import load_rows
from tracker.workspace.session import Session
from tracker.workspace.web.cells import Chip

WIDTH = 1000
"""Units of a whole bar."""
SIGNS = {"open": "○", "doing": "◐", "done": "✓", "skipped": "\N{EN DASH}"}
"""What a status can mean, and the sign for it."""
_LIVE = "parent_id = ? AND in_trash = 0 AND is_archived = 0"
# Notion's last group holds whatever is over, also what was given up: the name tells them apart.
_GIVEN_UP = re.compile(
    r"skip(ped)?|cancel(l?ed)?|dropped|abandoned|obsolete|won.?t (do|fix)|not needed", re.IGNORECASE
)
_NOUN = re.compile(r"[A-Za-z]{2,30}")


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one status: where they begin in the bar, and how wide they are."""

    chip: Chip
    count: int
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The rows of a data source by what their status means; `parts` is empty without a status column.

    Progress is `done` of `counted`, which is all rows but the skipped ones; the bar shows just that.
    """

    noun: str
    total: int
    done: int = 0
    doing: int = 0
    skipped: int = 0
    has_status: bool = False
    parts: tuple[Part, ...] = ()

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
        """The tally in words."""
        if not self.has_status:
            return f"{self.total} {self.noun if self.total == 1 else self.nouns}"
        parts = [f"{self.done} of {self.counted} done"]
        parts += [f"{self.doing} in progress"] if self.doing else []
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        return " · ".join(parts)


def make_tally(session: Session, source: DataSource) -> Tally:
    """Count the live rows of a data source by what their status means."""
    noun = _noun_of(source)
    column = status_column(source)
    if column is None:
        total = session.store.pages.count(_LIVE, (source.id,), limit=1_000_000)
        return Tally(noun, total)
    rows = load_rows(session, source, _LIVE, (source.id,), [column])
    counts = Counter(row.content(column) for row in rows)
    meant = Counter[str]()
    for option_id, count in counts.items():
        meant[meaning_of(column, option_id)] += count
    return Tally(
        noun=noun,
        total=len(rows),
        done=meant["done"],
        doing=meant["doing"],
        skipped=meant["skipped"],
        has_status=True,
        parts=_parts(column, counts),
    )


def status_column(source: DataSource) -> Property | None:
    """Return the column that says how far a row is, None without one."""
    return next((column for column in source.schema.values() if column.type == "status"), None)


def meaning_of(column: Property, option_id: str | None) -> str:
    """Return what an option of a status column means, one of the keys of `SIGNS`."""
    names = {option["id"]: option["name"].strip() for option in column.config["options"]}
    option_id = option_id if option_id in names else column.config["default"]
    *earlier, last = column.config["groups"]
    if option_id in last["option_ids"]:
        return "skipped" if _GIVEN_UP.fullmatch(names[option_id]) else "done"
    is_begun = any(option_id in group["option_ids"] for group in earlier[1:])
    return "doing" if is_begun else "open"


def _noun_of(source: DataSource) -> str:
    """Return what a row is called: by the title's column, where that says more than "Name"."""
    title = next((column for column in source.schema.values() if column.type == "title"), None)
    name = title.name.strip().lower() if title else ""
    return name if _NOUN.fullmatch(name) and name not in ("name", "title", "row") else "row"


def _parts(column: Property, counts: Counter[str]) -> tuple[Part, ...]:
    """Lay the options side by side, what is done first; what was skipped is no part of the way."""
    rank = ("done", "doing", "open")
    options = [o for o in column.config["options"] if meaning_of(column, o["id"]) in rank]
    options.sort(key=lambda option: rank.index(meaning_of(column, option["id"])))
    total, seen, parts = sum(counts[option["id"]] for option in options), 0, []
    for option in options:
        count = counts[option["id"]]
        if count:
            start, end = (round(Fraction(at * WIDTH, total)) for at in (seen, seen + count))
            chip = Chip(option["name"], option["color"])
            parts.append(Part(chip, count, start, end - start))
        seen += count
    return tuple(parts)
