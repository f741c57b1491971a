"""Judge the list below one heading of a checklist: which entries are skills, which belong to one.

Pure. The first row that fits an entry decides:

    a box                                    a skill
    below a skill: a link, a key with its    a detail of that skill
      value or, in a file with boxes, text
    above an entry with a box                a part of the section
    a heading above skills, without boxes    a part of the section
    no boxes in the file, or a sign as ✅    a skill
    after a skill, with links                links of that skill
    any other                                no skill: left out, and reported
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.adapters.exchange.draft import (
    PART_OF,
    FoundLink,
    ImportDraft,
    ImportOutline,
    ImportReport,
    add_link,
    add_links,
)
from tracker.adapters.exchange.entries import (
    ProgressMarks,
    Span,
    TextValue,
    read_edges,
    read_entry,
    read_key,
    read_marks,
    read_resource,
    read_value,
    read_words,
)
from tracker.adapters.exchange.foreign_values import KEYS, ValueSetter
from tracker.adapters.exchange.lines import BOXES, MarkdownLine
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import Status, show

NO_SKILL = "it is in a text, and only skills have links"
_ID = re.compile(r"<!--\s*id:\s*([a-z0-9-]{1,100})\s*-->")
_HEADING = re.compile(r"\A#{1,6}[ \t]+")
_LONGEST = 500
"""Up to here, a report shows an entry that is left out with all its words: they are nowhere else."""

_SENTENCE = re.compile(r"[.!?\u3002\uff01\uff1f][)\"'\u201d]?\Z")


@dataclass(slots=True, eq=False)
class ListItem:
    """An entry with the lines of its text, and the paragraphs below it.

    `parent` is the entry above it in the tree. `is_part` tells that it is above skills, and names a
    part of the section; `is_apart` that text or a rule is between it and the entry before. `draft` is
    the skill that it is or belongs to, `group` the titles of the parts of the section around it.
    """

    line: MarkdownLine
    parent: ListItem | None
    lines: list[str]
    is_part: bool = False
    is_apart: bool = False
    paragraphs: list[list[str]] = field(default_factory=list)
    draft: ImportDraft | None = None
    group: str = ""

    @property
    def text(self) -> str:
        """All of its text."""
        return " ".join(filter(None, self.lines))

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading within a list, as in `- ## Models`."""
        return self.line.box is None and _HEADING.match(self.line.text) is not None


class ListReader:
    """Turns the entries below headings into drafts of skills.

    `has_boxes` tells whether any entry of the file has one.
    """

    def __init__(
        self,
        references: Mapping[str, str],
        outline: ImportOutline,
        report: ImportReport,
        *,
        has_boxes: bool,
    ) -> None:
        self._references = references
        self._outline = outline
        self._report = report
        self._has_boxes = has_boxes
        self._setter = ValueSetter(report)

    def read(self, items: Sequence[ListItem], section: str, fallback: str) -> None:
        """Draft the skills of one list of a section; `fallback` is the title of a section without one."""
        if not self._has_boxes:
            self._mark_headings(items)
        labels: dict[str, tuple[ListItem, TextValue]] = {}
        before: dict[ListItem | None, ImportDraft] = {}
        for item in items:
            owner = item.parent.draft if item.parent else None
            item.group = item.parent.group if item.parent else ""
            # The skill right before this entry on the same level, to which links below it belong.
            neighbour = before.pop(item.parent, None)
            # One branch for each row of the table at the head of this module.
            if item.line.box is not None:
                item.draft = self._read_skill(item, owner, (section, item.group), fallback)
            elif owner is not None and self._read_detail(item, owner):
                # Entries below a detail belong to its skill as well.
                item.draft = owner
            elif item.is_part:
                value = self._read_label(item)
                item.group = ": ".join(filter(None, (item.group, value.text)))
                labels[": ".join(filter(None, (section, item.group)))] = (item, value)
            elif not self._has_boxes or read_marks(item.text, None).status is not None:
                item.draft = self._read_skill(item, owner, (section, item.group), fallback)
            elif neighbour and not item.is_apart and self._holds_links(item):
                self._read_detail(item, neighbour)
                item.draft = neighbour
            else:
                self.tell_entry(item, "it has no box, and other entries have one")
            if item.draft is not None:
                before[item.parent] = item.draft
        # Only now is it known which parts have skills, and so are sections.
        for title, (item, value) in labels.items():
            self._describe(title, item, value)

    def read_paragraph_skill(self, lines: Sequence[MarkdownLine], section: str) -> None:
        """Draft a skill of a paragraph that begins with a link."""
        first, *others = lines
        item = ListItem(first, None, [first.text])
        rest = " ".join(line.text for line in others)
        if rest and read_entry(first.text, self._references).goal is not None:
            item.lines.append(rest)
        elif rest:
            item.paragraphs.append([line.text for line in others])
        self._read_skill(item, None, (section,), section)

    def is_prose(self, items: Sequence[ListItem]) -> bool:
        """Tell whether a list has only sentences, without boxes, links or signs."""
        return bool(items) and all(
            item.line.box is None
            and _SENTENCE.search(item.text)
            and not self._holds_links(item)
            and read_marks(item.text, None).status is None
            for item in items
        )

    def _read_skill(
        self, item: ListItem, owner: ImportDraft | None, titles: Sequence[str], fallback: str
    ) -> ImportDraft | None:
        # What is not the name is taken off from outside to inside: id, heading, signs, links, and signs
        # again, as in `- [✅ kNN](https://…)`.
        text, skill_id = item.text, ""
        if found := _ID.search(text):
            text = f"{text[: found.start()].rstrip()} {text[found.end() :].lstrip()}".rstrip()
            skill_id = found[1]
        box = item.line.box
        if box is None:
            text = _HEADING.sub("", text)
        marks = read_marks(text, None if box is None else BOXES.get(box))
        if box is None:
            read_words(marks)
        entry = read_entry(marks.text, self._references)
        # Tables of contents come first in many lists, and have no boxes.
        is_plain = box is None and entry.links and entry.goal is None
        if is_plain and all(link.url.startswith("#") for link in entry.links):
            self.tell_entry(item, "it only leads to another place in the same document")
            return None
        name = entry.name if entry.name.strip() else entry.links[0].url if entry.links else ""
        if not name.strip():
            self.tell_entry(item, "it has no text to name a skill")
            return None
        if box is None and entry.goal is None:
            edges = ProgressMarks(name.strip(), marks.status)
            read_edges(edges, marks.status)
            name, marks.status = edges.text, edges.status
        section = ": ".join(filter(None, titles)) or fallback
        draft = ImportDraft(name, item.line.number, section, skill_id, entry.goal)
        self._read_progress(item, draft, marks)
        if owner is not None:
            draft.notes.append(f"{PART_OF}{owner.name.strip().rstrip(':')}")
        draft.notes += [" ".join(marks.rest)] if marks.rest else []
        for link in entry.links:
            add_link(draft, link, item.line.number, self._report)
        self.tell_images(entry.images, draft.name, item.line.number)
        self._outline.drafts.append(draft)
        self._outline.sections.setdefault(draft.section, None)
        self._read_paragraphs(item, draft, "goal")
        return draft

    def _read_progress(self, item: ListItem, draft: ImportDraft, marks: ProgressMarks) -> None:
        """Read the box, and the marks beside the words; a day of completion outweighs an open box."""
        box, line = item.line.box, item.line.number
        if box is not None and box not in BOXES:
            what = f"`[{box}]` is taken for a skill to do"
            why = "known are `[ ]` todo, `[/]` doing, `[x]` done, `[-]` skipped"
            self._report.note(line, "unknown-box", what, why=why)
        draft.started, draft.completed = marks.started, marks.completed
        draft.status = BOXES.get(box or " ", Status.TODO)
        draft.has_status = box is not None or marks.status is not None
        is_over = marks.completed is not None or marks.status is Status.SKIPPED
        if box is None and marks.status is not None:
            draft.status = marks.status
        elif box == " " and is_over:
            draft.status = marks.status or Status.DONE
            what = f'"{show(draft.name)}" is taken for {draft.status.value}'
            why = "its box is empty, but there is a day on which it was"
            self._report.note(line, "box-outweighed", what, why=why)

    def _mark_headings(self, items: Sequence[ListItem]) -> None:
        """Mark the headings within the list that have a skill below them."""
        for item in items:
            if (
                item.parent
                and item.parent.is_heading
                and read_resource(item.text, self._references) is None
                and read_key(item.text, KEYS) is None
            ):
                item.parent.is_part = True

    def _holds_links(self, item: ListItem) -> bool:
        return bool(read_value(item.text, self._references).links)

    def _read_detail(self, item: ListItem, owner: ImportDraft) -> bool:
        """Read an entry as a detail of the skill above it; return False if it is a skill itself."""
        line = item.line
        link = read_resource(item.text, self._references)
        keyed = read_key(item.text, KEYS)
        if link is not None:
            add_link(owner, link, line.number, self._report)
        elif keyed is not None and keyed[0] != "resources":
            self._add_value(owner, *keyed, line.number)
        elif keyed is not None or self._has_boxes:
            self._add_value(owner, "notes", keyed[1] if keyed else item.text, line.number)
        else:
            return False
        self._read_paragraphs(item, owner, "notes")
        return True

    def _add_value(self, draft: ImportDraft, key: str, text: str, line: int) -> None:
        """Set the value of a key; links in it become links of the skill, but for its evidence."""
        value = read_value(text, self._references)
        own = value.links[:1] if key == "evidence" else ()
        for link in value.links[len(own) :]:
            add_link(draft, link, line, self._report)
        for link in own:
            self._setter.set(draft, key, link.url, line)
            # The words beside the address are no part of it.
            key = "notes"
        self.tell_images(value.images, draft.name, line)
        # A value that is nothing but links or images has no text of its own to keep.
        is_text = bool(value.text.strip()) or not value.images
        if is_text and (not value.links or any(map(str.isalnum, value.beside))):
            self._setter.set(draft, key, value.text, line)

    def tell_images(self, images: Sequence[Span], name: str, line: int) -> None:
        """Report images, which a roadmap cannot hold."""
        for image in images:
            shown = f' ("{show(image.text)}")' if image.text.strip() else ""
            what = f'an image of "{show(name)}" was left out{shown}'
            self._report.note(line, "image-not-imported", what, why=show(image.picture, 500))

    def tell_link(self, link: FoundLink, line: int, why: str) -> None:
        """Report a link outside skills, which a roadmap cannot hold."""
        what = f'the link `{show(link.url, 500)}` behind "{show(link.title)}" was left out'
        self._report.note(line, "link-not-imported", what, why=why)

    def write_links(self, links: Sequence[FoundLink], title: str, line: int) -> list[str]:
        """Write the links of a heading as lines for a description; report those that are no addresses."""
        written: list[str] = []
        for link in links:
            if fault := find_url_fault(link.url):
                self.tell_link(link, line, fault)
            else:
                is_own = link.title.strip() in {"", title, link.url}
                written.append(link.url if is_own else f"{link.title.strip()}: {link.url}")
        return written

    def _read_paragraphs(self, item: ListItem, draft: ImportDraft, key: str) -> None:
        """Read the text below an entry as the value of a key: goal for a skill, notes for its details.

        A line that begins with the name of a key and a colon begins the value of that key.
        """
        for paragraph in item.paragraphs:
            parts: list[tuple[str, str]] = []
            for text in paragraph:
                keyed = read_key(text, KEYS)
                if keyed is not None:
                    found = "notes" if keyed[0] == "resources" else keyed[0]
                    parts.append((found, keyed[1]))
                elif parts:
                    parts[-1] = (parts[-1][0], f"{parts[-1][1]} {text}")
                else:
                    parts.append((key, text))
            for found, text in parts:
                self._add_value(draft, found, text, item.line.number)

    def _read_label(self, item: ListItem) -> TextValue:
        """Read an entry that names a part of a section."""
        value = read_value(_HEADING.sub("", item.text), self._references)
        name = value.title.rstrip(":").rstrip() or "Untitled"
        self.tell_images(value.images, name, item.line.number)
        return TextValue(name, value.links)

    def _describe(self, title: str, item: ListItem, value: TextValue) -> None:
        """Keep the links and the text of a part's entry as the description of its section."""
        # A section without skills, or with a description already, can hold none: report them.
        number = item.line.number
        sections = self._outline.sections
        if title not in sections or sections[title] is not None:
            for link in value.links:
                self.tell_link(link, number, NO_SKILL)
            for paragraph in item.paragraphs:
                self.tell_text(" ".join(paragraph), number)
            return
        texts: list[str] = []
        for paragraph in item.paragraphs:
            read = read_value(" ".join(paragraph), self._references)
            self.tell_images(read.images, title, number)
            texts.append("\n".join([read.text, *self.write_links(read.links, read.text, number)]))
        texts += self.write_links(value.links, value.text, number)
        sections[title] = "\n\n".join(texts) or None

    def tell_text(self, text: str, line: int, why: str = "") -> None:
        """Report a paragraph that has no place in a roadmap."""
        what = f'text was left out: "{show(text)}"'
        self._report.tell(line, "line-not-understood", what, why=add_links(why, text, what))

    def tell_entry(self, item: ListItem, why: str) -> None:
        """Report an entry that is no skill, with the text below it."""
        what = f'"{show(item.text, _LONGEST)}" was left out' if item.text else "an empty list entry"
        self._report.tell(
            item.line.number, "line-not-understood", what, why=add_links(why, item.text, what)
        )
        for paragraph in item.paragraphs:
            self.tell_text(" ".join(paragraph), item.line.number, why)
