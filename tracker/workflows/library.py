"""The library: which roadmaps there are; how they are added, upgraded, begun, imported and exported.

Talks to ports only, and never to Notion: a new file is synced by the next sync. An upgrade is planned,
rehearsed on the text and shown before anything is written. The ports of import and export are here
because nobody else needs them; a web address where a file is wanted is refused with the command that
downloads it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import Protocol

from tracker.errors import Problem, RoadmapError, UsageError
from tracker.library_ports import IMPORTED, Edition, EditionReader, LibraryServices
from tracker.local_ports import LocalServices, RoadmapFile, RoadmapReader
from tracker.progress.tracks import TrackMatch, find_track_skills, find_tracks, list_tracks
from tracker.roadmap.model import Imported, Roadmap, Status, make_slug
from tracker.upgrade import (
    Alteration,
    Dropped,
    Upgrade,
    add_dropped,
    choose_base,
    make_dropped,
    make_upgrade,
    share_skills,
)
from tracker.workflows.local import list_names, select_files
from tracker.workflows.marks import make_diff

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Listed:
    """One roadmap of the list; `roadmap` is None when its file in the folder is broken.

    `is_here` is None outside a folder; `is_newer` says that a newer edition is bundled.
    """

    name: str
    roadmap: Roadmap | None
    is_bundled: bool
    is_here: bool | None
    is_newer: bool = False

    @property
    def links(self) -> int:
        """Number of links, each time one is listed."""
        skills = self.roadmap.skills if self.roadmap else ()
        return sum(len(skill.resources) for skill in skills)

    @property
    def hours(self) -> float:
        """Estimated hours of all skills."""
        skills = self.roadmap.skills if self.roadmap else ()
        return sum(skill.hours or 0.0 for skill in skills)

    @property
    def tracks(self) -> tuple[ListedTrack, ...]:
        """The goals that lead through the roadmap."""
        if self.roadmap is None:
            return ()
        listed = []
        for track in self.roadmap.tracks:
            skills = [self.roadmap.skills[at] for at in find_track_skills(self.roadmap, track)]
            hours = sum(skill.hours or 0.0 for skill in skills)
            listed.append(ListedTrack(track.id, track.title, len(skills), hours))
        return tuple(listed)


@dataclass(frozen=True, slots=True)
class ListedTrack:
    """A track of a listed roadmap, with the number and the estimated hours of its skills."""

    id: str
    title: str
    skills: int
    hours: float


@dataclass(frozen=True, slots=True)
class Added:
    """A roadmap that was added to the folder."""

    name: str
    path: str
    roadmap: Roadmap
    is_bundled: bool

    @property
    def done(self) -> int:
        """Number of skills that the file has as done or doing: somebody else's progress."""
        return sum(skill.status in {Status.DONE, Status.DOING} for skill in self.roadmap.skills)


def list_bundled(reader: EditionReader) -> tuple[Listed, ...]:
    """List the bundled roadmaps, outside a folder."""
    names = reader.load_names()
    return tuple(Listed(name, reader.load_bundled(name).roadmap, True, None) for name in names)  # noqa: FBT003  a field


def find_bundled_track(reader: EditionReader, query: str) -> TrackMatch:
    """Return the first bundled track with this id or title; raise UsageError where there is none."""
    roadmaps = {name: reader.load_bundled(name).roadmap for name in reader.load_names()}
    if found := find_tracks(roadmaps, query):
        return found[0]
    known = ", ".join(match.track.id for match in list_tracks(roadmaps))
    raise UsageError(
        Problem(
            code="unknown-track",
            what=f'no bundled roadmap has the track "{query}"',
            why=f"bundled are: {known or 'none'}",
            kept="nothing was written",
            next="tracker roadmaps    # lists them; for one of your own: track: NAME in tracker.yaml",
        )
    )


def list_library(library: LibraryServices) -> tuple[Listed, ...]:
    """List the bundled roadmaps and those of the folder; one that is both as it is in the folder."""
    loaded = library.local.reader.load_roadmaps()
    files = {file.name: file for file in loaded.files}
    bundled = library.reader.load_names()
    listed = []
    present = list_names(loaded)
    for name in sorted({*bundled, *present}):
        file = files.get(name)
        is_bundled, is_here = name in bundled, name in present
        roadmap = file.roadmap if file else None
        if not is_here:
            roadmap = library.reader.load_bundled(name).roadmap
        is_newer = is_bundled and file is not None and has_upgrade(library, file)
        listed.append(Listed(name, roadmap, is_bundled, is_here, is_newer))
    return tuple(listed)


def run_add(library: LibraryServices, what: str, find: Callable[[Path], Path] = Path) -> Added:
    """Add a bundled roadmap by its name, or a roadmap file by its path, which `find` completes.

    Raises UsageError for one that is unknown or here already, RoadmapError for a broken file.
    """
    edition = _load(library, what, find)
    bundled = library.reader.load_names()
    # A bundled roadmap that was sent as a file is one, too, and can be upgraded.
    is_bundled = edition.name in bundled and (
        library.reader.load_bundled(edition.name).content == edition.content
    )
    with library.local.lock():
        path = library.writer.save_copy(edition)
        if is_bundled:
            library.writer.save_base(edition.name, edition.content)
    return Added(edition.name, path, edition.roadmap, is_bundled)


def _load(library: LibraryServices, what: str, find: Callable[[Path], Path]) -> Edition:
    refuse_address(what)
    # A bundled name has neither an ending nor a slash.
    is_path = what.lower().endswith((*ENDINGS, *IMPORTED)) or "/" in what or "\\" in what
    return (
        library.reader.load_sent(find(Path(what))) if is_path else library.reader.load_bundled(what)
    )


COMMENT = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)
COMMENTED = "its line in your file carries a comment, which would be lost"
UNSAFE = "it cannot be changed safely in your file"

Key = tuple[str, str]
"""A skill's id and one of its keys."""


@dataclass(frozen=True, slots=True)
class PlannedUpgrade:
    """What an edition changes in one file; `diff` shows the file before and after.

    `is_remembered` says that this folder knows already that the copy is based on this edition;
    `removed` is the text of the removed skills, by id.
    """

    file: RoadmapFile
    edition: Edition
    upgrade: Upgrade
    dropped: Roadmap | None
    is_remembered: bool
    diff: str = ""
    removed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was done to the files.

    `removed` holds the text of removed skills, by roadmap, and `kept` the files that keep it.
    """

    plans: tuple[PlannedUpgrade, ...]
    confirmed: bool = True
    dry_run: bool = False
    removed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    kept: tuple[str, ...] = ()


def plan_upgrades(
    library: LibraryServices, names: Sequence[str], remove: Collection[str] = ()
) -> tuple[PlannedUpgrade, ...]:
    """Plan the upgrade of the named copies, or of all that are bundled; writes nothing.

    `remove` are references `roadmap/id` of dropped skills to remove. Raises UsageError for a
    name that is not bundled or not here, RoadmapError for a broken file.
    """
    loaded = library.local.reader.load_roadmaps()
    bundled = library.reader.load_names()
    present = list_names(loaded)
    for name in names:
        if name not in bundled or name not in present:
            raise UsageError(_not_upgradable(name, bundled, present))
    chosen = names or [name for name in bundled if name in present]
    files = select_files(loaded, chosen) if chosen else ()
    return tuple(_plan_one(library, file, remove) for file in files)


def choose_removals(
    plans: Sequence[PlannedUpgrade], words: Sequence[str], *, every: bool = False
) -> frozenset[str]:
    """Return the references `roadmap/id` of the dropped skills that these words mean.

    `every` adds those that the learner never touched. Raises UsageError for any other word.
    """
    offers = list_dropped(plans)
    chosen = {key for key, skill in offers.items() if every and not skill.is_touched}
    for word in words:
        found = {key for key, it in offers.items() if word in {key, it.skill_id, it.name}}
        if not found:
            offered = "no edition dropped any skill you have"
            if offers:
                offered = f"those are: {', '.join(sorted(offers))}"
            raise UsageError(
                Problem(
                    code="not-dropped",
                    what=f'"{word}" is no skill that an edition dropped',
                    why=offered,
                    kept="nothing was written",
                    next="tracker upgrade --dry-run",
                )
            )
        chosen |= found
    return frozenset(chosen)


def list_dropped(plans: Sequence[PlannedUpgrade]) -> dict[str, Dropped]:
    """Return the skills that are offered for removal, by reference."""
    return {
        f"{plan.file.name}/{skill.skill_id}": skill
        for plan in plans
        for skill in (*plan.upgrade.dropped, *plan.upgrade.removed)
    }


def run_upgrade(library: LibraryServices, plans: Sequence[PlannedUpgrade]) -> Upgraded:
    """Write what was planned, file by file, and remember the editions the copies are based on now.

    Raises RoadmapError, with that file untouched, when it changed since it was read.
    """
    kept: list[str] = []
    with library.local.lock():
        for plan in plans:
            file, edits = plan.file, plan.upgrade.edits
            if plan.removed:
                # The text is kept before it leaves the file: the run may be cut off in between.
                kept.append(library.writer.save_removed(file.name, plan.removed))
            if edits:
                library.local.writer.save_edits(file.name, file.digest, edits)
            if not plan.is_remembered:
                library.writer.save_base(file.name, plan.edition.content, plan.dropped)
    removed = {plan.file.name: plan.removed for plan in plans if plan.removed}
    return Upgraded(tuple(plans), removed=removed, kept=tuple(kept))


def has_upgrade(library: LibraryServices, file: RoadmapFile) -> bool:
    """Tell whether a newer edition would change a copy."""
    edition = library.reader.load_bundled(file.name).roadmap
    base = _find_base(library, file, library.reader.load_base(file.name), edition)
    return not make_upgrade(base, file.roadmap, edition).is_empty


def _find_base(
    library: LibraryServices, file: RoadmapFile, stored: Roadmap | None, edition: Roadmap
) -> Roadmap | None:
    """Return the edition that a copy came from: as remembered, or else as it was published."""
    base = choose_base(stored, file.roadmap, edition)
    if base is None and file.roadmap.edition is not None:
        base = library.reader.load_published(file.name, file.roadmap.edition)
    return base


def _plan_one(
    library: LibraryServices, file: RoadmapFile, remove: Collection[str]
) -> PlannedUpgrade:
    edition = library.reader.load_bundled(file.name)
    edition = replace(edition, roadmap=share_skills(edition.roadmap, file.roadmap))
    stored = library.reader.load_base(file.name)
    stored = share_skills(stored, edition.roadmap) if stored is not None else None
    base = _find_base(library, file, stored, edition.roadmap)
    prefix = f"{file.name}/"
    ids = {word.removeprefix(prefix) for word in remove if word.startswith(prefix)}
    before = library.local.reader.load_text(file.name)
    held: dict[Key, str] = {}
    # What the editor refuses is held back, and the rest planned anew, until all of it can be written.
    while True:
        upgrade = make_upgrade(base, file.roadmap, edition.roadmap, remove=ids, held=held)
        after, unsafe = _rehearse(library, upgrade, before, held)
        if after is not None and unsafe.keys() <= held.keys():
            break
        held |= unsafe
    if errors := library.rehearsal.check_text(after, file.path):
        would_break = Problem(
            code="upgrade-would-break",
            what=f"the new edition does not fit into {file.path}",
            why="the result would break the rules of a roadmap, as follows",
            kept="nothing was written",
            next="tracker check",
        )
        raise RoadmapError(would_break, *errors)
    kept = {it.id for it in file.roadmap.skills} - {it.skill_id for it in upgrade.removed}
    dropped = make_dropped(base, kept, edition.roadmap)
    is_remembered = stored == add_dropped(edition.roadmap, dropped)
    diff = make_diff(before, after, file.path)
    removed = library.rehearsal.find_removed(before, upgrade.edits) if upgrade.removed else {}
    return PlannedUpgrade(file, edition, upgrade, dropped, is_remembered, diff, removed)


def _rehearse(
    library: LibraryServices, upgrade: Upgrade, before: str, held: Collection[Key]
) -> tuple[str | None, dict[Key, str]]:
    """Return the text after an upgrade, and the values whose change would cost a comment.

    Without a text, the values are those that the editor refuses. Raises RoadmapError when it refuses
    the rest as well, though all of them are `held`.
    """
    try:
        after = library.rehearsal.make_text(before, upgrade.edits)
    except RoadmapError:
        # Together they cannot be written: find those that cannot be written alone.
        refused = {
            (change.skill_id, change.key): UNSAFE
            for change in upgrade.alterations
            if _try_one(library, change, before) is None
        }
        if refused.keys() <= set(held):
            raise
        return None, refused
    if not _lost_comments(before, after):  # the usual case: one try, and no search
        return after, {}
    return after, {
        (change.skill_id, change.key): COMMENTED
        for change in upgrade.alterations
        if _is_removing(change)
        and _lost_comments(before, _try_one(library, change, before) or before)
    }


def _try_one(library: LibraryServices, alteration: Alteration, before: str) -> str | None:
    try:
        return library.rehearsal.make_text(before, [alteration.edit])
    except RoadmapError:
        return None


def _is_removing(alteration: Alteration) -> bool:
    before, after = alteration.before, alteration.after
    # A comment can only be lost with what it stands beside.
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        return not before <= after
    return after is None or alteration.key == "resources"


def _lost_comments(before: str, after: str) -> Counter[str]:
    return Counter(COMMENT.findall(before)) - Counter(COMMENT.findall(after))


def _not_upgradable(name: str, bundled: Sequence[str], present: Collection[str]) -> Problem:
    if name in present:
        why, then = "no edition of it is bundled", "edit the file: it is yours alone"
    elif name in bundled:
        why, then = "it is not in this folder", f"tracker add {name}"
    else:
        why, then = f"bundled are: {', '.join(bundled)}", "tracker roadmaps    # lists them"
    return Problem(
        code="not-upgradable",
        what=f'there is no upgrade for "{name}"',
        why=why,
        kept="nothing was written",
        next=then,
    )


_NO_WORDS = re.compile(r"skill-[0-9a-f]{8}")

Format = Callable[[Mapping[str, Roadmap]], str]
"""Formats roadmaps, by their names, as one text."""


class ForeignReader(Protocol):
    """Reads roadmaps in foreign formats."""

    def load_foreign(self, path: Path, form: str | None) -> Imported:
        """Load a roadmap in a format, or in that of the file's ending.

        Raises UsageError or RoadmapError when the file cannot be read.
        """


class NewFileWriter(Protocol):
    """Creates files; raises UsageError for one that exists, and never replaces it."""

    def check_new(self, name: str) -> None:
        """Raise UsageError for a name that is invalid or taken; writes nothing."""

    def save_roadmap(self, name: str, roadmap: Roadmap) -> str:
        """Write a new roadmap file and return its path in the folder."""

    def save_skeleton(self, name: str, title: str) -> tuple[str, ...]:
        """Write a first roadmap and what belongs to it; return the paths in the folder."""

    def save_text(self, path: Path, text: str) -> None:
        """Write a text to a new file."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """A roadmap that was imported: its file, and what of the foreign one was not understood."""

    name: str
    path: str
    roadmap: Roadmap
    not_understood: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportResult:
    """Roadmaps that were exported; `path` is the file that was written, if any was."""

    roadmaps: tuple[str, ...]
    form: str
    text: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class NewResult:
    """A new roadmap, and the files that were created for it."""

    name: str
    title: str
    files: tuple[str, ...]


def run_import(
    local: LocalServices,
    foreign: ForeignReader,
    files: NewFileWriter,
    *,
    path: Path,
    wanted: tuple[str | None, str | None] = (None, None),
) -> ImportResult:
    """Import a roadmap as a new file; `wanted` are its name and the format, where they are given.

    Raises RoadmapError when nothing in the file is a skill, UsageError for a web address; nothing
    is written then.
    """
    refuse_address(path.as_posix())
    name, form = wanted
    imported = foreign.load_foreign(path, form)
    if not imported.roadmap.skills:
        empty = Problem(
            code="nothing-to-import",
            what=f"no skill was found in {path.name}",
            why="a checklist has entries below headings, a table a column Skill, a graph topics",
            kept="nothing was written",
            next="tracker import FILE --format markdown    # or csv, roadmap-sh",
        )
        raise RoadmapError(empty, *imported.not_understood)
    name = name or make_name(imported.roadmap.title, path)
    with local.lock():
        saved = files.save_roadmap(name, imported.roadmap)
    return ImportResult(name, saved, imported.roadmap, imported.not_understood)


def run_export(
    reader: RoadmapReader, names: Sequence[str], form: str, format_all: Format
) -> ExportResult:
    """Format the named roadmaps, or all, as one text; raise RoadmapError when one is broken."""
    chosen = select_files(reader.load_roadmaps(), names)
    text = format_all({file.name: file.roadmap for file in chosen})
    return ExportResult(tuple(file.name for file in chosen), form, text)


def run_new(local: LocalServices, files: NewFileWriter, name: str, title: str | None) -> NewResult:
    """Create a roadmap to fill in; without a title it is made of the name."""
    chosen = title if title and title.strip() else name.replace("-", " ").capitalize()
    with local.lock():
        made = files.save_skeleton(name, chosen)
    return NewResult(name, chosen, made)


def make_name(title: str, path: Path) -> str:
    """Make a roadmap's name from its title, or from its file when no word of the title can be used."""
    # A title without Latin letters or digits has a slug of a hash, which no one would recognise.
    slug = make_slug(title, ())
    return make_slug(f"roadmap {path.stem}", ()) if _NO_WORDS.fullmatch(slug) else slug


_ADDRESS = re.compile(r"(https?):/+(.+)", re.IGNORECASE)
"""An address; as a path it has kept only one of its two slashes."""

_GITHUB_PAGE = re.compile(r"(https?://github\.com/[^/]+/[^/]+)/blob/", re.IGNORECASE)
_ROADMAPS = frozenset({".yaml", ".yml"})


def refuse_address(text: str) -> None:
    """Raise UsageError for a web address, with the commands that download and import it."""
    address = _ADDRESS.fullmatch(text)
    if address is None:
        return
    # A page of GitHub is HTML; the file itself has another address.
    url = _GITHUB_PAGE.sub(r"\1/raw/", f"{address[1]}://{address[2]}")
    target = PurePosixPath(re.split(r"[?#]", address[2])[0])
    name = target.name if len(target.parts) > 1 else "roadmap"
    name = name if PurePosixPath(name).suffix else f"{name}.md"
    command = "add" if PurePosixPath(name).suffix.lower() in _ROADMAPS else "import"
    raise UsageError(
        Problem(
            code="address-not-file",
            what=f"{url} is a web address, not a file",
            why="only files on this machine are taken in",
            kept="nothing was written",
            next=f"curl -fL -o {quote(name)} {quote(url)} && tracker {command} {quote(name)}",
        )
    )
