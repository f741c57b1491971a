"""What somebody outside of the workspace has to say about its pages, and how much of it is shown.

Pure. The workspace asks for the notices whenever it shows a page, and knows nothing of what they are about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

MOST_NOTICES = 20
"""Notices that one page shows."""
LONGEST_WORDS = 700


@dataclass(frozen=True, slots=True)
class Notice:
    """A few words, values with a label each, and commands of which one settles it."""

    words: str
    values: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()


Notices = Mapping[str, Sequence[Notice]]
"""Notices by the id of a page; "" stands for the workspace as a whole."""
NoticeSource = Callable[[], Notices]


def pick_notices(notices: Notices, page_id: str) -> tuple[tuple[Notice, ...], int]:
    """Return the notices to show for a page, none of them too long, and how many there are beside them."""
    found = notices.get(page_id, ())
    shown = tuple(
        replace(
            one,
            words=_cut(one.words),
            values=tuple((_cut(label), _cut(value)) for label, value in one.values),
        )
        for one in found[:MOST_NOTICES]
    )
    return shown, len(found) - len(shown)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_WORDS else f"{text[: LONGEST_WORDS - 1]}…"
