"""Set up a learner's folder: settings, chosen bundled roadmaps, a line in .gitignore.

Never overwrites an existing file; running it again adds what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tracker.adapters.files import check_kind, check_own, make_disk_problem, read_file, replace_file
from tracker.adapters.notion.ids import DATABASE_LINK, WHY_A_PAGE, is_database_link, parse_page_id
from tracker.adapters.settings_file import load_settings
from tracker.errors import Problem, SettingsError, UsageError
from tracker.settings import SETTINGS_NAME
from tracker.text import quote_argument

_HEADER = """\
# Settings of this folder; tracker finds it from here and from any folder below.
# prefer: ask | local | notion     which side settles a conflict; ask keeps both values
prefer: ask
# target: 2027-06-30               when you want to be done; `tracker report` says what it asks for
# hours_per_week: 8                how much you mean to learn
# track: analyst                   the goal that `tracker next` keeps to; `tracker roadmaps` lists them
"""

BUILT_IN = """\

# The Notion side is the built-in workspace in .tracker/ (tracker serve shows it).
# To use Notion, share a page with your connection and name it here:
# notion:
#   parent: <page id>
"""

NOTION = """\

notion:
  parent: {parent}
"""

MOST_BYTES = 5_000_000
"""The largest `.gitignore` that is read."""

_IGNORED = {b".tracker", b".tracker/", b"/.tracker/", b"/.tracker"}


def make_folder(
    folder: Path, bundled: Path, *, roadmaps: Sequence[str], notion: str | None
) -> tuple[str, ...]:
    """Create what is missing and return the paths of the new files, relative to the folder.

    Raises UsageError for an unknown page or roadmap, and SettingsError when the folder is already
    set up for another Notion page; nothing is written in these cases.
    """
    parent = parse_parent(notion) if notion is not None else None
    if notion is not None and is_database_link(notion):
        raise as_database_link("", "", format_init(roadmaps), notion)
    sources = [find_bundled(bundled, name) for name in roadmaps]
    if (folder / SETTINGS_NAME).exists():
        _check_parent(folder, parent)
    settings = _HEADER + (NOTION.format(parent=parent) if parent else BUILT_IN)
    wanted = {SETTINGS_NAME: settings.encode()}
    wanted |= {f"roadmaps/{source.name}": source.read_bytes() for source in sources}
    made: list[str] = []
    try:
        check_own(folder / ".gitignore")
        check_kind(folder / ".gitignore")
        for name, content in wanted.items():
            path = folder / name
            if not path.exists():
                # A link to a file that does not exist yet: writing would create that file elsewhere.
                check_own(path)
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, content, expected_digest=None)
                made.append(name)
        if _ignore_own_folder(folder / ".gitignore"):
            made.append(".gitignore")
        (folder / "roadmaps").mkdir(exist_ok=True)
    except OSError as error:
        problem = Problem(
            code="unwritable",
            what=f"cannot set up {folder}",
            kept="files that were there are as they were",
            next="free disk space or make the folder writable, then run the command again",
        )
        raise SettingsError(make_disk_problem(error, problem)) from None
    return tuple(made)


def list_bundled(bundled: Path) -> tuple[str, ...]:
    """Return the names of the bundled roadmaps."""
    return tuple(sorted(path.stem for path in bundled.glob("*.yaml")))


def list_roadmaps(folder: Path) -> tuple[str, ...]:
    """Return the names of the roadmap files of a folder."""
    found = (folder / "roadmaps").iterdir()
    return tuple(sorted(path.stem for path in found if path.suffix in {".yaml", ".yml"}))


def parse_parent(notion: str) -> str:
    """Return the id of the page that a link or an id names; raise UsageError when it names none."""
    try:
        return parse_page_id(notion)
    except ValueError:
        raise UsageError(
            Problem(
                code="bad-page",
                what=f"this is not a Notion page: {notion}",
                why="expected a Notion page link or a 32-digit id",
                kept="nothing was written",
                next="in Notion: Share, Copy link; then tracker init --notion LINK",
            )
        ) from None


def format_init(roadmaps: Sequence[str]) -> str:
    """Return the command that makes a folder, up to the page."""
    return " ".join(["tracker init", *(f"--roadmap {name}" for name in roadmaps), "--notion"])


def as_database_link(title: str, around: str, command: str, link: str) -> UsageError:
    """Return the error for a database where a page is wanted.

    `around` is the page that holds it, `command` the one to repeat with a page behind it, and `link`
    what was given for a page.
    """
    adopted = f"then tracker adopt {quote_argument(link)} makes a roadmap of it"
    named = f'the database "{title}"' if title else "a database"
    return UsageError(
        Problem(
            code=DATABASE_LINK,
            what=f"this is the link of {named}, not of a page",
            why=WHY_A_PAGE,
            kept="nothing was written",
            next=f"{command} {around}    # the page around the database; {adopted}"
            if around
            else "in Notion open the page around the database, or a new one, Share, Copy link; "
            f"then {command} LINK; {adopted}",
        )
    )


def find_bundled(bundled: Path, name: str) -> Path:
    """Return the file of a bundled roadmap; raise UsageError when there is none of this name."""
    names = list_bundled(bundled)
    if re.fullmatch(r"[a-z0-9-]+", name) and name in names:
        return bundled / f"{name}.yaml"
    raise UsageError(
        Problem(
            code="unknown-roadmap",
            what=f'there is no bundled roadmap "{name}"',
            why=f"bundled are: {', '.join(names)}",
            kept="nothing was written",
            next="tracker roadmaps    # lists them",
        )
    )


def _check_parent(folder: Path, parent: str | None) -> None:
    current = load_settings(folder).notion.parent
    if parent is not None and current != parent:
        raise SettingsError(
            Problem(
                code="other-page",
                what="this folder is already set up with another Notion side",
                why=f"{SETTINGS_NAME} names {current or 'the built-in workspace'}",
                kept="nothing was written",
                next=f"tracker connect {parent}    # moves it there with all progress",
            )
        )


def _ignore_own_folder(path: Path) -> bool:
    """Add a line to .gitignore; the rest stays as it is, byte by byte."""
    check_own(path)
    before = read_file(path, MOST_BYTES) if path.exists() else b""
    if _IGNORED & {line.strip() for line in before.splitlines()}:
        return False
    end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = end if before and not before.endswith(b"\n") else b""
    replace_file(path, before + gap + b".tracker/" + end, expected_digest=None)
    return True
