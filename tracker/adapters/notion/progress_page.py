"""The Progress page beside the databases: found, made, and tracker's part of it written anew.

Tracker's part goes from the line with the marker to the last line that tracker wrote; everything before
and behind it is the learner's and is neither sent nor read into anything. One request replaces the part
as it was written last: Notion refuses to replace a text that is not there any more ("Update page
markdown", `update_content`), and then the page is read before it is written. A page that the learner
moved or renamed is known by its id, one in the trash stays there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from textwrap import indent

from tracker.adapters.notion.blocks import PAGE, walk_children
from tracker.adapters.notion.errors import (
    AmbiguousError,
    AnswerError,
    DeniedError,
    ForbiddenError,
    FullError,
    RejectedError,
    understood,
)
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, get_object, normal_id
from tracker.adapters.notion.rich_text import decode_text
from tracker.local_ports import PageRecord
from tracker.ports import PageFate
from tracker.progress.page import FOOTER, MARKER, join_waiting, split_waiting
from tracker.sync.model import PageId

TITLE = "Progress"
ICON = "📈"
MOST_LOOKED_INTO = 10
"""Pages of other titles that are read in search of the marker, when nothing is remembered."""
_ATTEMPTS = 2
_LONGEST_FOOTER = len(FOOTER) + 20
# Notion keeps pages and databases whose tags stay in the text ("Update page markdown").
_KEPT = re.compile(r"^\s*(<(?:page|database)\b.*)$", re.MULTILINE)
_TAG = re.compile(r"(?<!\\)</?[a-z][^<>\n]*>")
_MARKS = re.compile(r"^\s*[-*+]\s|[\s\\*_~`|]+", re.MULTILINE)

KeptPages = Callable[[], Mapping[str, str] | None]
"""Returns the titles of the pages beside the databases as this run listed them, None if it did not."""


class NotionProgressPage:
    """Implements `ports.ProgressPage` below one page; `address` begins the link of a row."""

    def __init__(
        self, gateway: Gateway, parent_page_id: str, address: str, listed: KeptPages
    ) -> None:
        self._gateway = gateway
        self._parent = normal_id(parent_page_id)
        self._address = address
        self._listed = listed

    def format_link(self, page_id: PageId) -> str:
        """Return the address of a row for a link on the page."""
        return f"{self._address}{page_id.replace('-', '')}"

    def fetch_fate(self, known: PageRecord) -> PageFate:
        """Return what would become of a text now, as `ports.ProgressPage` describes."""
        if not self._is_there(known.page_id):
            return PageFate.LEFT
        has_part = find_part(self._read(known.page_id)) is not None
        return PageFate.WRITTEN if has_part else PageFate.UNMARKED

    def write_text(
        self, text: str, known: PageRecord, *, is_first: bool
    ) -> tuple[PageRecord, PageFate]:
        """Put a text in the place of tracker's part, as `ports.ProgressPage` describes."""
        found: PageRecord | None = known
        # Another page holds the databases now, and so another Progress page counts.
        if not known.page_id or known.parent != self._parent:
            found = self._find(is_first=is_first)
        if found is None:
            return self._create(text)
        if found.is_gone and not known.is_gone:
            return found, PageFate.LEFT
        return self._update(text, found)

    def _create(self, text: str) -> tuple[PageRecord, PageFate]:
        body: Json = {
            "parent": {"type": "page_id", "page_id": self._parent},
            "icon": {"type": "emoji", "emoji": ICON},
            "properties": {"title": {"title": [{"type": "text", "text": {"content": TITLE}}]}},
            "markdown": text,
        }
        try:
            made_id = normal_id(str(self._gateway.create("pages", body)["id"]))
        except AmbiguousError as error:
            if error.saved_id is not None:
                made_id = normal_id(error.saved_id)
            # Not repeated: a page that is not found now is looked for, and made, by the next run.
            elif (found := self._find_titled(dict(self._walk()))) is not None:
                return self._update(text, found)
            else:
                raise
        counted = PageRecord(self._give_way(made_id), self._parent)
        if counted.page_id != made_id:
            return self._update(text, counted)
        # How the server spells the text is what the next change replaces.
        with suppress(AnswerError):
            counted = replace(counted, text=_own_part(self._read(made_id)))
        return counted, PageFate.WRITTEN

    def _give_way(self, made_id: str) -> str:
        """Return the page that counts: another machine may have made one at the same moment."""
        pages = [page_id for page_id in _list_titled(dict(self._walk())) if page_id != made_id]
        rivals = [page_id for page_id in pages if self._is_ours(page_id)]
        oldest = min((made_id, *rivals), key=self._fetch_age) if rivals else made_id
        if oldest != made_id:
            with suppress(AnswerError):
                self._gateway.patch(f"pages/{made_id}", {"in_trash": True})
        return oldest

    def _fetch_age(self, page_id: str) -> tuple[str, str]:
        return str(self._gateway.fetch(f"pages/{page_id}").get("created_time", "")), page_id

    def _update(self, text: str, known: PageRecord) -> tuple[PageRecord, PageFate]:
        """Replace tracker's part, reading the page only when it is not as tracker left it."""
        if known.is_gone and not self._is_there(known.page_id):
            return known, PageFate.LEFT
        known = replace(known, is_gone=False)
        refused: AnswerError | None = None
        for write in (self._replace_known, self._rewrite, self._rewrite):
            try:
                if known.text or write == self._rewrite:
                    return write(text, known)
            except (ForbiddenError, FullError):
                raise
            # The page itself tells why: it was edited in between, trashed, or deleted.
            except (RejectedError, DeniedError) as error:
                refused = error
                if write == self._rewrite and not self._is_there(known.page_id):
                    return replace(known, text="", is_gone=True), PageFate.LEFT
        raise refused or RuntimeError("nothing was tried")

    def _replace_known(self, text: str, known: PageRecord) -> tuple[PageRecord, PageFate]:
        return self._replace(known, known.text, _join(text, known.others)), PageFate.WRITTEN

    def _rewrite(self, text: str, known: PageRecord) -> tuple[PageRecord, PageFate]:
        markdown = self._read(known.page_id)
        part = find_part(markdown, f"{known.text}\n{text}")
        if part is None:
            is_there = self._is_there(known.page_id)
            fate = PageFate.UNMARKED if is_there else PageFate.LEFT
            return replace(known, text="", is_gone=not is_there), fate
        start, end = part
        old = markdown[start:end]
        known = replace(known, others=_find_others(old, known))
        text = _join(text, known.others)
        # Another machine may have written the same.
        if _fold(old) == _fold(text):
            return replace(known, text=old), PageFate.WRITTEN
        # Of two copies of the part the last is meant: with what stands before it there is only one.
        while start > 0 and markdown.count(markdown[start:end]) > 1:
            start = markdown.rfind("\n", 0, start - 1) + 1
        new = "\n".join([text, *_KEPT.findall(old)])
        return self._replace(known, old, new, markdown[start : part[0]]), PageFate.WRITTEN

    def _replace(self, known: PageRecord, old: str, new: str, before: str = "") -> PageRecord:
        """Replace tracker's part, known by what stands before it too; remember how it is then."""
        # Somebody may have moved it into a column or a toggle, whose blocks are indented.
        indented = indent(new, old[: len(old) - len(old.lstrip())])
        updates = [{"old_str": before + old, "new_str": before + indented}]
        body: Json = {"type": "update_content", "update_content": {"content_updates": updates}}
        answer = self._gateway.patch(f"pages/{known.page_id}/markdown", body)
        return replace(known, text=_own_part(self._whole(answer)))

    def _read(self, page_id: str) -> str:
        return self._whole(self._gateway.fetch(f"pages/{page_id}/markdown"))

    def _whole(self, answer: Json) -> str:
        """Return the text of a page; of a cut one nothing, because its end is not known."""
        return "" if answer.get("truncated") else str(answer.get("markdown") or "")

    def _is_there(self, page_id: str) -> bool:
        try:
            return not self._gateway.fetch(f"pages/{page_id}").get("in_trash")
        except ForbiddenError:
            raise
        except (DeniedError, RejectedError):
            return False

    def _find(self, *, is_first: bool) -> PageRecord | None:
        """Find the page by its title and the marker; None where it was never made.

        Where the databases were there before, it may have been renamed, or moved to the trash.
        """
        listed = self._listed() if is_first else None
        pages = dict(self._walk()) if listed is None else listed
        found = self._find_titled(pages)
        if found is not None or is_first:
            return found
        renamed = [page_id for page_id in pages if page_id not in _list_titled(pages)]
        for page_id in renamed[:MOST_LOOKED_INTO]:
            if self._is_ours(page_id):
                return PageRecord(page_id, self._parent)
        for page_id in self._search_trash():
            return PageRecord(page_id, self._parent, is_gone=True)
        return None

    def _find_titled(self, pages: Mapping[str, str]) -> PageRecord | None:
        for page_id in _list_titled(pages):
            # Without the marker it is left alone, and no second one is made either.
            if self._is_ours(page_id, is_marker_needed=False):
                return PageRecord(page_id, self._parent)
        return None

    def _walk(self) -> Iterator[tuple[str, str]]:
        for kind, page_id, title in walk_children(self._gateway, self._parent):
            if kind == PAGE:
                yield page_id, title

    def _is_ours(self, page_id: str, *, is_marker_needed: bool = True) -> bool:
        try:
            markdown = self._read(page_id)
        except AnswerError:
            return False
        if find_part(markdown) is not None:
            return True
        return not is_marker_needed and any(
            map(_is_last_line, map(_get_words, markdown.split("\n")))
        )

    def _search_trash(self) -> Iterator[str]:
        """Yield the Progress pages in the trash; what is there may take a while to be found."""
        wanted = {"property": "object", "value": "page", "in_trash": True}
        try:
            answer = self._gateway.query("search", {"query": TITLE, "filter": wanted})
        except AnswerError:
            return  # older servers know no such filter
        with understood():
            for page in answer["results"]:
                titles = get_object(get_object(page, "properties"), "title").get("title")
                is_below = normal_id(str(get_object(page, "parent").get("page_id"))) == self._parent
                page_id = normal_id(str(page["id"]))
                if page.get("in_trash") and is_below and decode_text(titles or ()) == TITLE:
                    with suppress(AnswerError):  # a server may not show what is in the trash
                        if find_part(self._read(page_id)) is None:
                            continue
                    yield page_id


def _list_titled(pages: Mapping[str, str]) -> list[str]:
    return [page_id for page_id, title in pages.items() if title.strip() == TITLE]


def find_part(markdown: str, own: str = "") -> tuple[int, int] | None:
    """Return where tracker's part of a page begins and ends; None without the line of the marker.

    Of several markers the last counts. Where tracker's last line was deleted, the part ends with the
    last line that is in `own` too, what tracker wrote or is about to write; without that, it is all
    that follows.
    """
    part, place = None, 0
    is_open = False
    # Whole lines only: the name of a skill may be the same words.
    for line in markdown.split("\n"):
        words = _get_words(line)
        if words == MARKER:
            part, is_open = (place, len(markdown)), True
        elif part and is_open and _is_last_line(words):
            part, is_open = (part[0], place + len(line)), False
        place += len(line) + 1
    if part and is_open and own:
        return part[0], _find_own_end(markdown, part[0], own)
    return part


def _find_own_end(markdown: str, start: int, own: str) -> int:
    """Return where the last line ends that is one of tracker's, with the tags that close there."""
    written = {_fold(line) for line in own.split("\n")} - {""}
    end = place = start
    is_own = False
    for line in markdown[start:].split("\n"):
        folded = _fold(line)
        is_own = folded in written or (is_own and not folded and line.lstrip().startswith("</"))
        end = place + len(line) if is_own else end
        place += len(line) + 1
    return end


def _get_words(line: str) -> str:
    return _TAG.sub("", line).strip().strip("*_~ ")


def _is_last_line(words: str) -> bool:
    return words.startswith(FOOTER) and len(words) < _LONGEST_FOOTER


def _own_part(markdown: str) -> str:
    part = find_part(markdown)
    return markdown[slice(*part)] if part else ""


def _find_others(old: str, known: PageRecord) -> tuple[str, ...]:
    """Return the conflicts on the page that another machine wrote there.

    What this machine wrote is its own, and settled where it is not written again. Nothing is known of
    either when nothing is remembered.
    """
    own = _fold_items(split_waiting(known.text)) - _fold_items(known.others)
    return tuple(it for it in split_waiting(old) if known.text and _fold(it) not in own)


def _join(text: str, others: Sequence[str]) -> str:
    """Return a page with the conflicts of other machines that it does not list itself."""
    own = _fold_items(split_waiting(text))
    return join_waiting(text, [item for item in others if _fold(item) not in own])


def _fold_items(items: Iterable[str]) -> set[str]:
    return {_fold(item) for item in items}


def _fold(markdown: str) -> str:
    """Return a text without tags, marks and spaces: servers spell tables and escapes as they like."""
    return _MARKS.sub("", _TAG.sub("", markdown))
