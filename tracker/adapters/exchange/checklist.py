"""Read a Markdown checklist as a roadmap: headings are sections, list entries are skills.

Pure. A single heading of the first level is the title. A heading below another one names a section
"One: other". Where no entry has a box, rows of tables and paragraphs that are links are skills as
well. Code, quotations and HTML are left out and reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from tracker.adapters.exchange.draft import (
    UNTITLED,
    FoundLink,
    ImportOutline,
    ImportReport,
    add_links,
    assemble,
)
from tracker.adapters.exchange.entries import read_entry, read_key, read_marks, read_value
from tracker.adapters.exchange.foreign_values import KEYS, list_words
from tracker.adapters.exchange.lines import (
    LineKind,
    MarkdownLine,
    References,
    find_definitions,
    read_lines,
    read_quoted,
    split_lines,
)
from tracker.adapters.exchange.lists import NO_SKILL, ListItem, ListReader
from tracker.adapters.exchange.table import read_table
from tracker.roadmap.model import Imported, show

_META = ("title", "description", "source", "edition")
_HEAD_KEYS = ("Source", "Edition")
_LEFT_OUT = frozenset({LineKind.CODE, LineKind.QUOTE, LineKind.HTML})
_YEAR = 999
"""Numbers above this do not number a list: "2024. A good year" is text."""

_OPEN_ENDS = frozenset(list_words("open"))
"""Words that end no sentence: the line after them goes on with it."""

_SHORT = 45
"""A shorter line ends on purpose, and not because it is full."""


def parse_markdown(text: str, *, path: str = "", title: str = "") -> Imported:
    """Parse a checklist; `title` is used if the text has none."""
    report = ImportReport(path)
    lines = split_lines(report.clean(text, 1))
    outline = ImportOutline(title=title)
    _Document(lines, outline, report).read()
    return assemble(outline, report)


@dataclass(slots=True)
class _Scope:
    """What is below one heading, up to the next; `path` has the titles of the headings around it.

    `count` is the number of skills before it. `items` are the list entries, `stack` the entry that is
    open and those above it. `is_parted` tells that text or a rule came after the last entry,
    `has_blocks` that code, a table or the like was left out here. `paragraphs` are those before the
    entries.
    """

    path: tuple[str, ...]
    heading: MarkdownLine | None = None
    count: int = 0
    links: tuple[FoundLink, ...] = ()
    items: list[ListItem] = field(default_factory=list)
    stack: list[ListItem] = field(default_factory=list)
    is_parted: bool = False
    has_blocks: bool = False
    paragraphs: list[list[MarkdownLine]] = field(default_factory=list)
    trailing: list[list[MarkdownLine]] = field(default_factory=list)
    """Paragraphs after the entries that belong to none of them."""

    def leave(self, indent: int) -> None:
        """Close the entries that have at least this indent: what follows is not below them."""
        while self.stack and self.stack[-1].line.indent >= indent:
            self.stack.pop()


class _Document:
    """Goes through the lines of a document once; one scope is open at a time."""

    def __init__(self, lines: Sequence[str], outline: ImportOutline, report: ImportReport) -> None:
        self._lines = lines
        self._outline = outline
        self._report = report
        self._references = References(find_definitions(lines))
        self._found = list(read_lines(lines))
        self._kinds = {line.number: line.kind for line in self._found}
        self._has_boxes = any(line.box is not None for line in self._found)
        self._scopes = ListReader(self._references, outline, report, has_boxes=self._has_boxes)
        tops = _find_top_headings(self._found)
        self._title_line = tops[0] if len(tops) == 1 else 0
        self._has_parts = len(tops) > 1
        """Whether several headings of the first level begin several roadmaps."""
        self._is_bare = not any(
            line.kind is LineKind.ENTRY
            or (line.kind is LineKind.HEADING and line.number != self._title_line)
            for line in self._found
        )
        """Whether there is nothing but text and tables below the title."""
        self._has_lists = any(line.kind in {LineKind.ENTRY, LineKind.TABLE} for line in self._found)
        self._has_link_skills = not self._has_boxes and self._find_link_skills()
        self._front_title: MarkdownLine | None = None
        self._headings: list[tuple[int, str]] = []
        self._scope = _Scope(())
        self._last = MarkdownLine(LineKind.BLANK, 0)

    def read(self) -> None:
        """Read all lines, and draft the skills."""
        for found in self._found:
            line = self._read_quoted(found) if found.kind is LineKind.QUOTE else found
            self._read(line)
            self._last = line
        self._close(level=0)
        for line in self._found:
            if line.kind is LineKind.DEFINITION and not self._references.is_used(line.text):
                what = f'"{show(line.text, 500)}" was left out'
                self._report.note(line.number, "link-not-imported", what, why="no link uses it")

    def _read(self, line: MarkdownLine) -> None:
        # Blank lines, comments and definitions say nothing by themselves.
        match line.kind:
            case LineKind.HEADING:
                self._open(line)
            case LineKind.UNDERLINE:
                self._read_underline(line)
            case LineKind.ENTRY if self._is_number(line):
                text = self._lines[line.number - 1].strip()
                self._add_text(replace(line, kind=LineKind.TEXT, text=text))
            case LineKind.ENTRY:
                self._add_entry(line)
            case LineKind.TEXT:
                self._add_text(line)
            case LineKind.META:
                self._read_meta(line)
            case LineKind.RULE:
                self._scope.stack.clear()
                self._scope.is_parted = True
            case LineKind.TABLE:
                self._read_table(line)
            case kind if kind in _LEFT_OUT:
                self._tell_block(line)

    def _open(self, heading: MarkdownLine) -> None:
        """Begin the section of a heading; the title of the document begins none."""
        self._close(level=heading.level)
        while self._headings and self._headings[-1][0] >= heading.level:
            self._headings.pop()
        value = read_value(heading.text, self._references)
        text = value.title or "Untitled"
        self._scopes.tell_images(value.images, text, heading.number)
        if heading.number == self._title_line:
            self._take_title(text)
        else:
            self._headings.append((heading.level, text))
        path = tuple(title for _, title in self._headings)
        self._scope = _Scope(path, heading, len(self._outline.drafts), value.links)

    def _take_title(self, text: str) -> None:
        """Take the title from the heading; report another one in the front matter."""
        given = self._front_title
        if given is not None and given.text.partition(": ")[2].strip(" \"'") != text:
            what = f'"{show(given.text)}" in the front matter was left out'
            self._report.note(
                given.number, "line-not-understood", what, why="a heading is the title"
            )
        self._outline.title = text

    def _read_underline(self, line: MarkdownLine) -> None:
        """Make a heading of the line above if it is a paragraph of its own; else this is a rule."""
        scope = self._scope
        paragraphs = scope.trailing or scope.paragraphs
        is_own = self._last.kind is LineKind.TEXT and paragraphs and paragraphs[-1] == [self._last]
        if is_own and not scope.stack:
            paragraphs.pop()
            above = self._last
            self._open(MarkdownLine(LineKind.HEADING, above.number, above.text, level=line.level))
        self._scope.stack.clear()
        self._scope.is_parted = True

    def _add_entry(self, line: MarkdownLine) -> None:
        scope = self._scope
        scope.leave(line.indent)
        parent = scope.stack[-1] if scope.stack else None
        item = ListItem(line, parent, [line.text], is_apart=scope.is_parted)
        while line.box is not None and parent and not parent.is_part:
            parent.is_part, parent = True, parent.parent
        scope.stack.append(item)
        scope.items.append(item)
        scope.is_parted = False

    def _is_number(self, line: MarkdownLine) -> bool:
        """Tell whether a line is text that begins with a number and a point by chance."""
        # In CommonMark, a numbered list can interrupt a paragraph only if it begins with 1.
        stack = self._scope.stack
        follows = self._last.kind in {LineKind.TEXT, LineKind.ENTRY} and line.box is None
        if not stack or not follows or stack[-1].paragraphs:
            return False
        is_child = stack[-1].line.indent < line.indent
        return line.level > (1 if is_child else _YEAR)

    def _add_text(self, line: MarkdownLine) -> None:
        """Add text to the entry that it continues or is below of, or to the paragraphs."""
        scope = self._scope
        follows = self._last.kind in {LineKind.TEXT, LineKind.ENTRY}
        if not follows or self._is_prose(line):
            # After a blank line, text belongs only to entries with a smaller indent.
            scope.leave(line.indent)
            follows = False
        if scope.stack:
            self._add_to_entry(scope.stack[-1], line, follows=follows)
            return
        scope.is_parted = True
        own = scope.trailing if scope.items else scope.paragraphs
        if self._last.kind is LineKind.TEXT and own and own[-1][-1] is self._last:
            own[-1].append(line)
        else:
            own.append([line])

    def _add_to_entry(self, item: ListItem, line: MarkdownLine, *, follows: bool) -> None:
        """Add a line to the text of an entry, or to the paragraphs below it after a break or a blank line."""
        # A key begins a line of its own: "Goal: can explain it" does not go on with the name.
        is_keyed = line.text[:1] in "*_" or line.text[:1].isupper()
        if follows and item.paragraphs:
            item.paragraphs[-1].append(line.text)
        elif follows and not (
            self._last.breaks or item.is_heading or (is_keyed and read_key(line.text, KEYS))
        ):
            item.lines.append(line.text)
        else:
            item.paragraphs.append([line.text])

    def _is_prose(self, line: MarkdownLine) -> bool:
        """Tell whether a line directly after an entry begins a text of its own."""
        # In Markdown every such line continues the entry. People also write a new sentence there: not
        # indented, with a capital letter, after a line that was not full.
        stack = self._scope.stack
        if not stack or line.indent > stack[-1].line.indent:
            return False
        above = self._last.text
        is_over = len(above) < _SHORT or above[-1:] in ".!?:;"
        before, _, last = above.rpartition(" ")
        if last[-1:] in {*",-&/("} or (before and last.casefold() in _OPEN_ENDS):
            return False
        return is_over and line.text.lstrip("*_\"'(")[:1].isupper()

    def _read_quoted(self, line: MarkdownLine) -> MarkdownLine:
        """Return a line of a quotation as an entry if it has a box, or has links of a skill."""
        quoted = read_quoted(line.text, line.number)
        if not self._has_boxes or quoted.kind is not LineKind.ENTRY:
            return line
        if quoted.box is not None:
            return quoted
        is_link = self._scope.items and read_value(quoted.text, self._references).links
        return replace(quoted, indent=line.indent) if is_link else line

    def _read_table(self, line: MarkdownLine) -> None:
        """Read the rows of a table as skills if no entry of the file has a box; else report it."""
        scope = self._scope
        rows = self._lines[line.number - 1 : line.number - 1 + line.level]
        section = ": ".join(scope.path) or None
        if self._has_boxes or not read_table(
            rows, (line.number, section), self._references, self._outline, self._report
        ):
            self._tell_block(line)
        scope.stack.clear()

    def _read_meta(self, line: MarkdownLine) -> None:
        key, _, value = line.text.partition(":")
        if line.level and key.casefold() in _META:
            setattr(self._outline, key.casefold(), value.strip(" \"'"))
            if key.casefold() == "title":
                self._front_title = line
        else:
            what = f'"{show(line.text)}" in the front matter was left out'
            why = add_links("", line.text, what)
            self._report.note(line.number, "line-not-understood", what, why=why)

    def _tell_block(self, line: MarkdownLine) -> None:
        """Report lines that are left out, once for neighbours of one kind."""
        self._scope.has_blocks = True
        if line.kind is self._last.kind and self._last.number + 1 == line.number:
            return
        size = line.level
        if not size:
            size = 1
            while self._kinds.get(line.number + size) is line.kind:
                size += 1
        what = f"{line.kind.value} was left out"
        what += f': "{show(line.text)}"' if line.text else ""
        what += f" ({size:,} lines)" if size > 1 else ""
        text = "\n".join(self._lines[line.number - 1 : line.number - 1 + size])
        self._report.tell(line.number, "line-not-understood", what, why=add_links("", text, what))

    def _close(self, *, level: int) -> None:
        """Draft what the open scope holds; `level` is that of the next heading."""
        scope, outline = self._scope, self._outline
        section = ": ".join(scope.path)
        fallback = outline.title or UNTITLED
        is_parent = scope.heading is not None and level > scope.heading.level
        # In a file of nothing but headings and text, headings that are links are the skills.
        is_lonely = not (self._has_lists or self._has_link_skills or is_parent)
        if scope.path and scope.heading and scope.links and is_lonely:
            above = ": ".join(scope.path[:-1]) or fallback
            self._scopes.read_paragraph_skill([scope.heading, *chain(*scope.paragraphs)], above)
            return
        if self._has_link_skills and self._scopes.is_prose(scope.items):
            for item in scope.items:
                self._scopes.tell_entry(item, "it is a sentence, and the skills here are links")
        else:
            self._scopes.read(scope.items, section, fallback)
        self._draft_paragraphs(section or fallback)
        # Entries were read before paragraphs: put them back into the order of the file.
        outline.drafts[scope.count :] = sorted(
            outline.drafts[scope.count :], key=lambda draft: draft.line
        )
        has_skills = len(outline.drafts) > scope.count
        if self._has_parts and scope.path:
            for draft in outline.drafts[scope.count :]:
                draft.group = scope.path[0]
        number = scope.heading.number if scope.heading else 0
        self._tell_paragraphs(scope.trailing)
        if not scope.path:
            self._read_head(scope.paragraphs)
            return
        # A heading with nothing below it stays as an empty section.
        is_bare = not (
            scope.items or scope.paragraphs or scope.has_blocks or is_parent or has_skills
        )
        if is_bare:
            outline.sections.setdefault(section, None)
        # Several headings of one title are one section: the first description counts.
        if (has_skills or is_bare) and outline.sections.get(section, "") is None:
            texts = [self._join(scope.paragraphs)] if scope.paragraphs else []
            texts += ["\n".join(self._scopes.write_links(scope.links, scope.path[-1], number))]
            outline.sections[section] = "\n\n".join(filter(None, texts)) or None
        else:
            self._tell_paragraphs(scope.paragraphs)
            for link in scope.links:
                self._scopes.tell_link(link, number, NO_SKILL)

    def _draft_paragraphs(self, section: str) -> None:
        """Draft skills of the paragraphs that are links; the others stay for the description."""
        scope = self._scope
        if self._has_boxes or not (scope.path or self._is_bare):
            return
        paragraphs = [*scope.paragraphs, *scope.trailing]
        found = [parts for paragraph in paragraphs if (parts := self._part(paragraph))]
        # One link beside a list is more likely a remark about the list than a skill.
        if scope.items and sum(map(len, found)) == 1:
            return
        for part in (part for parts in found for part in parts):
            self._scopes.read_paragraph_skill(part, section)
        drafted = {part[0].number for parts in found for part in parts}
        scope.paragraphs = [lines for lines in scope.paragraphs if lines[0].number not in drafted]
        scope.trailing = [lines for lines in scope.trailing if lines[0].number not in drafted]

    def _part(self, paragraph: Sequence[MarkdownLine]) -> list[list[MarkdownLine]]:
        """Part a paragraph before each line that is a link; return nothing if its first line is none."""
        parts: list[list[MarkdownLine]] = []
        for line in paragraph:
            if self._is_link(line):
                parts.append([line])
            elif parts:
                parts[-1].append(line)
            else:
                return []
        return parts

    def _is_link(self, line: MarkdownLine) -> bool:
        """Tell whether a line is a link, with or without an explanation."""
        # Most lines hold no address: look before parsing them.
        if "](" not in line.text and "][" not in line.text and "://" not in line.text:
            return False
        entry = read_entry(read_marks(line.text, None).text, self._references)
        # Several links in a row are a sentence or a menu, unless one leads and others explain it.
        if not entry.links or (len(entry.links) > 1 and entry.goal is None):
            return False
        title = entry.links[0].title.strip()
        if entry.images and title not in read_value(line.text, self._references).text:
            return False
        before, _, behind = entry.name.partition(title)
        is_first = not any(map(str.isalpha, before)) and not behind.strip()[:1].isalnum()
        return is_first and title in entry.name

    def _find_link_skills(self) -> bool:
        """Tell whether at least two lines of text below headings are links."""
        below = False
        count = 0
        for line in self._found:
            below = below or (line.kind is LineKind.HEADING and line.number != self._title_line)
            count += (
                below and line.kind is LineKind.TEXT and not line.indent and self._is_link(line)
            )
        return count > 1

    def _read_head(self, paragraphs: Sequence[Sequence[MarkdownLine]]) -> None:
        """Read the text above all sections: source, edition and description of the roadmap."""
        rest = []
        for paragraph in paragraphs:
            key, colon, value = paragraph[0].text.partition(": ")
            is_keyed = bool(colon) and key in _HEAD_KEYS
            if is_keyed:
                said = read_value(value, self._references)
                is_link = len(said.links) == 1 and not any(map(str.isalnum, said.beside))
                text = said.links[0].url if is_link else said.text
                setattr(self._outline, key.lower(), text)
            if len(paragraph) > is_keyed:
                rest.append(paragraph[is_keyed:])
        heading = self._scope.heading
        number = heading.number if heading else 0
        if rest and self._outline.description:
            self._tell_paragraphs(rest)
            rest = []
        texts = [self._join(rest)] if rest else [self._outline.description or ""]
        links = self._scopes.write_links(self._scope.links, self._outline.title, number)
        self._outline.description = "\n\n".join(filter(None, (*texts, "\n".join(links)))) or None

    def _join(self, paragraphs: Iterable[Sequence[MarkdownLine]]) -> str:
        texts = (self._read_paragraph(paragraph) for paragraph in paragraphs)
        return "\n\n".join(text for text in texts if text.strip())

    def _read_paragraph(self, lines: Sequence[MarkdownLine]) -> str:
        """Read text that belongs to no skill; report its links, as only their words are kept."""
        value = read_value(" ".join(line.text for line in lines), self._references)
        for link in value.links:
            if link.url not in value.text:
                self._scopes.tell_link(link, lines[0].number, NO_SKILL)
        self._scopes.tell_images(value.images, value.title, lines[0].number)
        return value.text.strip() if value.images else value.text

    def _tell_paragraphs(self, paragraphs: Iterable[Sequence[MarkdownLine]]) -> None:
        for paragraph in paragraphs:
            text = " ".join(line.text for line in paragraph)
            path = self._scope.path
            why = f'it stands below "{show(path[-1])}"' if path else ""
            self._scopes.tell_text(text, paragraph[0].number, why)


def _find_top_headings(lines: Iterable[MarkdownLine]) -> list[int]:
    """Return the line numbers of the headings of the first level."""
    found: list[int] = []
    above = MarkdownLine(LineKind.BLANK, 0)
    for line in lines:
        is_underlined = line.kind is LineKind.UNDERLINE and above.kind is LineKind.TEXT
        if line.level == 1 and (line.kind is LineKind.HEADING or is_underlined):
            found.append(above.number if is_underlined else line.number)
        above = line
    return found
