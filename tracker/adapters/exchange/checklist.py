"""A Markdown checklist to a roadmap: headings are sections, entries are skills.

Pure. The only heading of the first level is the title. A heading below another names a section
"One: other". Code, tables, quotations and HTML are reported and left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tracker.adapters.exchange.draft import UNTITLED, Outline, assemble
from tracker.adapters.exchange.entries import read_value
from tracker.adapters.exchange.lines import Kind, Line, find_definitions, read_lines, split_lines
from tracker.adapters.exchange.report import Report, show
from tracker.adapters.exchange.scope import Item, ScopeReader
from tracker.roadmap.imported import Imported

_META = ("title", "description", "source", "edition")
_HEAD_KEYS = ("Source", "Edition")
NO_SKILL = "it is in a text, and only skills have links"
_LEFT_OUT = frozenset({Kind.CODE, Kind.TABLE, Kind.QUOTE, Kind.HTML})


def parse_markdown(text: str, *, path: str = "", title: str = "") -> Imported:
    """Parse a checklist; `title` is that of a roadmap whose text has none."""
    report = Report(path)
    lines = split_lines(report.clean(text, 1))
    outline = Outline(title=title)
    _Document(lines, outline, report).read()
    return assemble(outline, report)


@dataclass(slots=True)
class _Scope:
    """What stands below one heading, up to the next; `path` names the headings around it."""

    path: tuple[str, ...]
    heading: Line | None = None
    items: list[Item] = field(default_factory=list)
    stack: list[int] = field(default_factory=list)
    paragraphs: list[list[Line]] = field(default_factory=list)
    trailing: list[list[Line]] = field(default_factory=list)
    """Paragraphs below the entries, which belong to none of them."""


class _Document:
    """Walks through the lines of a document once, with one scope open at a time."""

    def __init__(self, lines: Sequence[str], outline: Outline, report: Report) -> None:
        self._lines = lines
        self._outline = outline
        self._report = report
        self._references = find_definitions(lines)
        self._scopes = ScopeReader(self._references, outline, report)
        tops = _find_top_headings(read_lines(lines))
        self._title_line = tops[0] if len(tops) == 1 else 0
        self._has_parts = len(tops) > 1
        """Whether headings of the first level part several roadmaps."""
        self._front_title: Line | None = None
        self._headings: list[tuple[int, str]] = []
        self._scope = _Scope(())
        self._last = Line(Kind.BLANK, 0)

    def read(self) -> None:
        """Read all lines, and draft what they say."""
        for line in read_lines(self._lines):
            self._read(line)
            self._last = line
        self._close(level=0)

    def _read(self, line: Line) -> None:
        match line.kind:
            case Kind.HEADING:
                self._open(line)
            case Kind.UNDERLINE:
                self._read_underline(line)
            case Kind.ENTRY:
                self._add_entry(line)
            case Kind.TEXT:
                self._add_text(line)
            case Kind.META:
                self._read_meta(line)
            case Kind.RULE:
                self._scope.stack.clear()
            case kind if kind in _LEFT_OUT:
                self._tell_block(line)

    def _open(self, heading: Line) -> None:
        """Begin the section of a heading; the title of the document begins none."""
        self._close(level=heading.level)
        while self._headings and self._headings[-1][0] >= heading.level:
            self._headings.pop()
        text = read_value(heading.text, self._references).text.strip() or "Untitled"
        if heading.number == self._title_line:
            self._take_title(text)
        else:
            self._headings.append((heading.level, text))
        self._scope = _Scope(tuple(each for _, each in self._headings), heading)

    def _take_title(self, text: str) -> None:
        """Take the title from the text; one that front matter gave before has to go, and is told."""
        given = self._front_title
        if given is not None and given.text.partition(": ")[2].strip(" \"'") != text:
            what = f'"{show(given.text)}" in the front matter was left out'
            self._report.note(
                given.number, "line-not-understood", what, why="a heading is the title"
            )
        self._outline.title = text

    def _read_underline(self, line: Line) -> None:
        """Make a heading of the line above, if it is text of its own; else this is a rule."""
        paragraphs = self._scope.trailing or self._scope.paragraphs
        is_own = self._last.kind is Kind.TEXT and paragraphs and paragraphs[-1] == [self._last]
        if is_own and not self._scope.stack:
            paragraphs.pop()
            above = self._last
            self._open(Line(Kind.HEADING, above.number, above.text, level=line.level))
        self._scope.stack.clear()

    def _add_entry(self, line: Line) -> None:
        scope = self._scope
        while scope.stack and scope.items[scope.stack[-1]].line.indent >= line.indent:
            scope.stack.pop()
        parent = scope.stack[-1] if scope.stack else None
        scope.stack.append(len(scope.items))
        scope.items.append(Item(line, parent))

    def _add_text(self, line: Line) -> None:
        """Add text to the entry it stands below, or to the paragraphs of the section."""
        scope = self._scope
        follows = self._last.kind in {Kind.TEXT, Kind.ENTRY}
        if not follows:
            while scope.stack and scope.items[scope.stack[-1]].line.indent >= line.indent:
                scope.stack.pop()
        if scope.stack:
            paragraphs = scope.items[scope.stack[-1]].paragraphs
            if self._last.kind is Kind.TEXT and paragraphs:
                paragraphs[-1].append(line.text)
            else:
                paragraphs.append([line.text])
            return
        own = scope.trailing if scope.items else scope.paragraphs
        if self._last.kind is Kind.TEXT and own:
            own[-1].append(line)
        else:
            own.append([line])

    def _read_meta(self, line: Line) -> None:
        key, _, value = line.text.partition(":")
        if line.level and key.casefold() in _META:
            setattr(self._outline, key.casefold(), value.strip(" \"'"))
            if key.casefold() == "title":
                self._front_title = line
        else:
            what = f'"{show(line.text)}" in the front matter was left out'
            self._report.note(line.number, "line-not-understood", what)

    def _tell_block(self, line: Line) -> None:
        """Report what is left out; of lines that belong together only the first."""
        if line.kind is self._last.kind and self._last.number + 1 == line.number:
            return
        what = f"{line.kind.value} was left out"
        if line.text:
            what += f': "{show(line.text)}"'
        self._report.tell(line.number, "line-not-understood", what)

    def _close(self, *, level: int) -> None:
        """Draft what stands in the open scope; the next heading has this level."""
        scope = self._scope
        section = ": ".join(scope.path)
        count = len(self._outline.drafts)
        self._scopes.read(scope.items, section, self._outline.title or UNTITLED)
        has_skills = len(self._outline.drafts) > count
        if self._has_parts and scope.path:
            for draft in self._outline.drafts[count:]:
                draft.group = scope.path[0]
        is_parent = scope.heading is not None and level > scope.heading.level
        if not scope.path:
            self._read_head(scope.paragraphs)
        elif scope.paragraphs and has_skills and self._outline.sections.get(section, "") is None:
            self._outline.sections[section] = self._join(scope.paragraphs)
        else:
            self._tell_paragraphs(scope.paragraphs)
        if scope.path and not (scope.items or scope.paragraphs or is_parent):
            self._outline.sections.setdefault(section, None)
        self._tell_paragraphs(scope.trailing)

    def _read_head(self, paragraphs: Sequence[Sequence[Line]]) -> None:
        """Make text above all sections the roadmap's description, and its source or edition."""
        rest = []
        for paragraph in paragraphs:
            key, colon, value = paragraph[0].text.partition(": ")
            is_keyed = bool(colon) and key in _HEAD_KEYS
            if is_keyed:
                setattr(self._outline, key.lower(), read_value(value, self._references).text)
            if len(paragraph) > is_keyed:
                rest.append(paragraph[is_keyed:])
        if rest and not self._outline.description:
            self._outline.description = self._join(rest)
        else:
            self._tell_paragraphs(rest)

    def _join(self, paragraphs: Iterable[Sequence[Line]]) -> str:
        return "\n\n".join(self._read_paragraph(each) for each in paragraphs)

    def _read_paragraph(self, lines: Sequence[Line]) -> str:
        """Read text that is no skill's; the addresses behind its words have no place in it."""
        value = read_value(" ".join(line.text for line in lines), self._references)
        for link in value.links:
            if link.url not in value.text:
                what = f'the link `{show(link.url)}` behind "{show(link.title)}" was left out'
                self._report.note(lines[0].number, "link-not-imported", what, why=NO_SKILL)
        return value.text

    def _tell_paragraphs(self, paragraphs: Iterable[Sequence[Line]]) -> None:
        for paragraph in paragraphs:
            what = f'text was left out: "{show(paragraph[0].text)}"'
            self._report.tell(paragraph[0].number, "line-not-understood", what)


def _find_top_headings(lines: Iterable[Line]) -> list[int]:
    """Return the lines of the headings of the first level."""
    found: list[int] = []
    above = Line(Kind.BLANK, 0)
    for line in lines:
        is_underlined = line.kind is Kind.UNDERLINE and above.kind is Kind.TEXT
        if line.level == 1 and (line.kind is Kind.HEADING or is_underlined):
            found.append(above.number if is_underlined else line.number)
        above = line
    return found
