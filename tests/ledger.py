"""What people wrote, and what of it must still be there.

A value of a skill is a set of tokens: a text is one, a set of tags is one for each tag, notes are
one for each line. A token that somebody wrote is open until somebody who could see it replaces it;
an open token has to be visible somewhere at any time, and everywhere in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tracker.sync.records import TWO_WAY, Field, Links, Record, Value

DATES = frozenset({Field.STARTED, Field.COMPLETED})
PLACED = frozenset({Field.STATUS, Field.SECTION, Field.REQUIRES}) | DATES
"""Fields of which different skills may have the same value; all others are told apart by value."""


class Token(NamedTuple):
    """One thing that somebody wrote; `key` is the skill's id where the value alone says little."""

    field: Field
    key: str
    value: object


Records = Iterable[tuple[str, Record]]
"""Skill ids, empty where there is none, with what a side says about each."""


def tokens_of(which: Field, key: str, value: Value) -> frozenset[Token]:
    """Return what a value consists of."""
    parts: Iterable[object] = (value,)
    if isinstance(value, Links):
        parts = value.items
    elif isinstance(value, frozenset):
        parts = value
    elif which is Field.NOTES and isinstance(value, str):
        parts = (line for line in value.split("\n") if line.strip())
    elif value is None or value == "":
        return frozenset()
    return frozenset(Token(which, key if which in PLACED else "", each) for each in parts)


def tokens_in(records: Records) -> set[Token]:
    """Return everything that one side says."""
    return {
        token
        for key, record in records
        for which in TWO_WAY
        for token in tokens_of(which, key, record.get(which))
    }


@dataclass
class Ledger:
    """The open tokens, and who wrote each last.

    `volatile` are the skills whose dates come and go with their status; `removed` are those that
    somebody removed: nobody can require them, even where they come back. `familiar` is all that
    ever stood anywhere, and `returned` what of it somebody wrote again.
    """

    open: dict[Token, str] = field(default_factory=dict)
    familiar: set[Token] = field(default_factory=set)
    returned: set[Token] = field(default_factory=set)
    volatile: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def write(self, key: str, seen: Mapping[Field, Value], now: Mapping[Field, Value], who: str):
        """Somebody looks at values of a skill and puts others in their place."""
        for which, value in now.items():
            before = tokens_of(which, key, seen[which]) if which in seen else frozenset()
            after = tokens_of(which, key, value)
            self.bury(before - after)
            self.familiar |= before
            self.returned |= (after - before) & self.familiar
            self.familiar |= after
            if key or which not in PLACED:
                self.open |= dict.fromkeys(after - before, who)
        if Field.STATUS in now:
            # A date goes when a status goes back, whoever wrote it, and on whichever machine.
            self.volatile.add(key)

    def remove(self, key: str, record: Record):
        """Somebody looks at a skill and removes it."""
        self.removed.add(key)
        for which in TWO_WAY:
            self.bury(tokens_of(which, key, record.get(which)))

    def rename(self, key: str, new: str, record: Record, still: set[Token]):
        """Know what was written on a row by the other id that it gets.

        What another row with the old id says as well is `still` known by that one.
        """
        for which in TWO_WAY:
            for token in tokens_of(which, key, record.get(which)):
                if token.key == key and token in self.open and token not in still:
                    self.open[token._replace(key=new)] = self.open.pop(token)
        if key in self.volatile:
            self.volatile.add(new)

    def settle(self, key: str, which: Field, winner: Value, loser: Value):
        """Somebody looks at both values of a conflict and chooses one."""
        self.write(key, {which: loser}, {which: winner}, "whoever settled it")

    def bury(self, tokens: Iterable[Token]):
        """Let go of what was seen and replaced."""
        for token in tokens:
            self.open.pop(token, None)

    def forgive(self, key: str, agreed: Mapping[Field, Value], after: Record | None):
        """Let go of what somebody wrote back, where the run that replaced it had it as agreed on.

        There and back again is no change that anyone could see; so it is where a conflict was
        settled for the older value.
        """
        for which in agreed:
            now = tokens_of(which, key, after.get(which)) if after else frozenset()
            self.bury((tokens_of(which, key, agreed[which]) - now) & self.returned)

    def missing(self, *sides: set[Token]) -> dict[Token, str]:
        """Return the open tokens that no side shows."""
        shown = set().union(*sides)
        return {token: who for token, who in self.open.items() if token not in shown}
