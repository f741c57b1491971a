"""Values → Notion property JSON, keyed by property id.

Strict: raises RowError for what no property can hold. Sends nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from tracker.adapters.notion.errors import RowError
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.links import encode_links
from tracker.adapters.notion.options import OptionBook
from tracker.adapters.notion.rich_text import encode_text
from tracker.adapters.notion.schema import Schema, column_of
from tracker.ports import Target
from tracker.roadmap.limits import find_requires_excess
from tracker.roadmap.model import SkillId
from tracker.sync.plan import Create
from tracker.sync.snapshot import TWO_WAY, Field, Links, PageId, Value


@dataclass(frozen=True, slots=True)
class Around:
    """What a row's values need from around it.

    `pages` maps skills to pages; `kept` are related pages that are no skill's and stay related;
    `status` is the option to write, as a request spells it.
    """

    pages: Mapping[SkillId, PageId]
    kept: frozenset[PageId] = frozenset()
    status: Json | None = None


@dataclass(frozen=True, slots=True)
class Encoder:
    """Encodes the values of one data source's rows; `books` name the options."""

    schema: Schema
    target: Target
    books: Mapping[Field, OptionBook]

    def encode(self, values: Mapping[Field, Value], around: Around) -> Json:
        """Return the `properties` of a request that sets these fields."""
        return {
            column_of(self.schema, self.target, which).key: self._encode(which, value, around)
            for which, value in values.items()
        }

    def _encode(self, which: Field, value: Value, around: Around) -> Json:
        if which is Field.STATUS:
            return {self.target.status_type: around.status}
        if which is Field.REQUIRES:
            return {"relation": encode_relation(cast("frozenset[str]", value), around)}
        if which in self.books:
            return self._encode_options(which, value)
        return _encode_plain(which, value)

    def _encode_options(self, which: Field, value: Value) -> Json:
        book = self.books[which]
        if which is Field.TAGS:
            return {"multi_select": book.encode_all(cast("frozenset[str]", value or frozenset()))}
        return {"select": book.encode(str(value)) if value else None}


def values_of(action: Create) -> dict[Field, Value]:
    """Return what a new row is given: all fields that are not empty, its order and its id."""
    record = action.record.values()
    values: dict[Field, Value] = {
        which: record[which] for which in TWO_WAY if record[which] or record[which] == 0
    }
    if action.order is not None:
        values[Field.ORDER] = action.order
    values[Field.ID] = action.skill_id
    return values


def encode_relation(needed: Iterable[str], around: Around) -> list[Json]:
    """Return the pages of prerequisites; raise RowError for one that has no page."""
    unknown = sorted(each for each in needed if SkillId(each) not in around.pages)
    if unknown:
        raise RowError(
            f"prerequisite {', '.join(unknown)} has no row yet",
            next="tracker sync",
        )
    related = [around.pages[SkillId(each)] for each in sorted(needed)]
    related += sorted(around.kept - set(related))
    if excess := find_requires_excess(len(related)):
        raise RowError(f"the skill {excess.what}", excess.why, excess.next)
    return [{"id": each} for each in related]


def _encode_plain(which: Field, value: Value) -> Json:
    if which in {Field.HOURS, Field.ORDER}:
        return {"number": _check_number(which, value)}
    if which in {Field.STARTED, Field.COMPLETED}:
        return {"date": {"start": value.isoformat()} if isinstance(value, date) else None}
    if which is Field.RESOURCES:
        return {"rich_text": encode_links(value if isinstance(value, Links) else Links())}
    kind = "title" if which is Field.NAME else "rich_text"
    return {kind: encode_text(str(value) if value is not None else None)}


def _check_number(which: Field, value: Value) -> float | None:
    if value is None:
        return None
    number = float(cast("float", value))
    if not math.isfinite(number):
        raise RowError(f"{which.value} {number} is no number that a row can hold")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
