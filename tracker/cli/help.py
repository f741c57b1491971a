"""Help pages: commands by group, headings in bold on a terminal, two examples each, any width.

Light, as `tracker.cli.app` is: imported on every start.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

import typer
from typer._click.formatting import HelpFormatter

from tracker.cli.lines import StyledLine

GROUPS = {
    "Learn": ("next", "list", "show", "open", "mark", "start", "done", "report"),
    "Sync": ("sync", "plan", "apply", "conflicts", "resolve", "log", "undo", "redo"),
    "Roadmaps": ("check", "roadmaps", "add", "upgrade", "new", "import", "export", "schema"),
    "Set-up": ("init", "connect", "adopt", "forget", "doctor", "serve", "demo"),
}
"""The commands in the order of the overview."""

EXAMPLES = {
    "next": ("--limit 3", "--track analyst --hours 4"),
    "list": ("cross-validation", "--level entry --ready"),
    "show": ("knn", '"decision trees"'),
    "open": ("knn", "knn --link 1"),
    "mark": ("knn done", "knn svm pca doing"),
    "start": ("knn", 'knn "decision trees"'),
    "done": ("knn", "knn svm pca"),
    "report": ("--since 7d", "ds-path --output progress.html --open"),
    "sync": ("--dry-run", "ds-path --prefer local"),
    "plan": ("-v", "ds-path --output plan.json"),
    "apply": ("plan.json", "plan.json --yes"),
    "conflicts": ("", "ds-path"),
    "resolve": ("", "knn goal --take local"),
    "log": ("--limit 5", "6a9ec5 -v"),
    "undo": ("--dry-run", "6a9ec5"),
    "redo": ("--dry-run", "--yes"),
    "check": ("", "ds-path --links"),
    "roadmaps": ("", "--json"),
    "add": ("ml-roadmap-2020", "path/to/roadmap.yaml"),
    "upgrade": ("--dry-run", "ds-path --yes"),
    "new": ("sql-notes", 'sql-notes --title "Notes on SQL"'),
    "import": ("checklist.md", "skills.csv --name my-skills"),
    "export": ("ds-path", "ds-path --output ds-path.csv"),
    "schema": ("", "--output roadmap.schema.json"),
    "init": ("--roadmap ds-path", "--track analyst"),
    "connect": ("https://www.notion.so/My-progress-…", "PAGE --save-token"),
    "adopt": ("https://www.notion.so/My-checklist-… --dry-run", "LINK --section Module"),
    "forget": ("ds-path", "ds-path --yes"),
    "doctor": ("", "--fix"),
    "serve": ("", "--port 9000"),
    "demo": ("", "-v"),
}
"""What follows the name of a command in its examples."""

NARROW = 60
TERMS = 30
"""Most columns of option names beside their descriptions."""


HYPHEN = "\u2011"
"""Stands for a hyphen at which no line is broken."""


def _keep_options(text: str) -> str:
    """Keep the names of options in one piece when lines are broken."""
    return re.sub(r"--?[a-z][a-z-]*", lambda found: found[0].replace("-", HYPHEN), text)


class HelpPage(HelpFormatter):
    """A page that fits the screen, with headings in bold if that is allowed."""

    def __init__(self, columns: int, *, has_style: bool) -> None:
        super().__init__(width=min(columns, 80) - (2 if columns >= NARROW else 0))
        self._is_narrow = columns < NARROW
        self._has_style = has_style

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        bold = f"\x1b[1m{heading}:\x1b[0m" if self._has_style else f"{heading}:"
        self.write(f"{'':>{self.current_indent}}{bold}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        super().write_text(_keep_options(text))

    def getvalue(self) -> str:
        """Return the page."""
        return super().getvalue().replace(HYPHEN, "-")

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = TERMS, col_spacing: int = 2
    ) -> None:
        """Write names with their descriptions: beside them, or below on a narrow screen."""
        rows = [(term, _keep_options(text)) for term, text in rows]
        if not self._is_narrow:
            super().write_dl(rows, col_max, col_spacing)
            return
        # A list of choices that is longer than the line is broken between them.
        rows = [
            (term if len(term) < TERMS else term.replace("|", "| "), text) for term, text in rows
        ]
        for row in rows:
            for text, indent in zip(
                row, (self.current_indent, self.current_indent + 4), strict=True
            ):
                lines = textwrap.wrap(
                    text,
                    self.width,
                    initial_indent=" " * indent,
                    subsequent_indent=" " * (indent + 2 * (text is row[0])),
                    break_long_words=False,
                    break_on_hyphens=False,
                )
                self.write("".join(f"{line}\n" for line in lines))


class HelpContext(typer.Context):
    """What a command is called with; makes its help page."""

    def make_formatter(self) -> HelpFormatter:
        """Return an empty page for this screen."""
        screen = getattr(self.find_root().obj, "screen", None)
        if screen is None:
            return HelpPage(80, has_style=False)
        return HelpPage(screen.width, has_style=not screen.out.is_plain)


def write_examples(name: str, formatter: HelpFormatter) -> None:
    """Write the examples of a command; one that is too long goes on so that it can be pasted."""
    with formatter.section("Examples"):
        for words in EXAMPLES[name]:
            line = f"{'':>{formatter.current_indent}}{f'tracker {name} {words}'.rstrip()}"
            if len(line) <= formatter.width:
                formatter.write(f"{line}\n")
                continue
            from tracker.cli.render.layout import fold  # noqa: PLC0415  on narrow screens only

            formatter.write("".join(f"{row}\n" for row in fold(StyledLine(line), formatter.width)))
