"""Load roadmap files: the folder, and one file from its bytes.

Must not write anything, and never raises for what a file holds: that becomes problems.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from tracker.adapters.files import TooLargeError, read_file
from tracker.adapters.roadmap_files.build import Plain, Shaper, build_values
from tracker.adapters.roadmap_files.explain import explain_refusals, mend_values
from tracker.adapters.roadmap_files.parse import (
    MAX_BYTES,
    Locations,
    make_size_problem,
    parse_document,
    paused_collector,
)
from tracker.errors import Location, Problem, RoadmapError
from tracker.ports import Loaded, RoadmapFile
from tracker.roadmap.model import SKILL_ID_PATTERN, KeyPath, Roadmap, make_slug, show
from tracker.roadmap.rules import check_references, find_all, is_breaking, make_problem

FOLDER = "roadmaps"
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class LoadedText:
    """One file's content; `roadmap` is None when a problem is an error."""

    roadmap: Roadmap | None
    problems: tuple[Problem, ...] = ()
    locations: Mapping[KeyPath, Location] = field(default_factory=dict)


class RoadmapFolder:
    """The `roadmaps` folder of a learner: reads every roadmap file in it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def load_roadmaps(self) -> Loaded:
        """Load every roadmap file; never raises for the content of one."""
        try:
            paths = find_roadmap_files(self._root)
        except OSError as error:
            return Loaded(problems=(_make_missing_problem(error),))
        if not paths:
            return Loaded(problems=(_make_missing_problem(None),))
        files: list[RoadmapFile] = []
        problems: list[Problem] = []
        broken: set[str] = set()
        for path in paths:
            file, found = self._load_file(path, paths)
            problems.extend(found)
            if file is None:
                broken.add(path.stem)
            else:
                files.append(file)
        by_name = {file.name: file for file in files}
        problems.extend(
            check_references(
                {file.name: file.roadmap for file in files},
                lambda name, at: by_name[name].locations.get(at, Location(by_name[name].path)),
            )
        )
        ordered = sorted(problems, key=lambda problem: problem.sort_key)
        return Loaded(tuple(files), tuple(ordered), frozenset(broken))

    def load_text(self, name: str) -> str:
        """Load the text of one roadmap file; raises RoadmapError when it cannot be read."""
        shown = f"{FOLDER}/{name}{SUFFIXES[0]}"
        try:
            path = next(file for file in find_roadmap_files(self._root) if file.stem == name)
            return load_bytes(path).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise RoadmapError(_make_unreadable_problem(error, shown)) from None
        except StopIteration:
            raise RoadmapError(_make_missing_problem(None)) from None

    def _load_file(
        self, path: Path, paths: Collection[Path]
    ) -> tuple[RoadmapFile | None, tuple[Problem, ...]]:
        shown = f"{FOLDER}/{path.name if is_slug(path.stem) else show(path.name)}"
        problems = tuple(_check_path(path, paths, shown))
        if problems:
            return None, problems
        try:
            raw = load_bytes(path)
        except TooLargeError:
            return None, (make_size_problem(shown, f"more than {MAX_BYTES:,} bytes"),)
        except OSError as error:
            return None, (_make_unreadable_problem(error, shown),)
        text = load_roadmap_text(raw, path=shown)
        if text.roadmap is None:
            return None, text.problems
        digest = hashlib.sha256(raw).hexdigest()
        file = RoadmapFile(path.stem, shown, digest, text.roadmap, text.locations)
        return file, text.problems


def find_roadmap_files(root: Path) -> list[Path]:
    """List the roadmap files of a learner's folder by name; raises OSError when it cannot be read."""
    # Hidden files and the backups and locks of editors (`.x`, `x~`, `#x#`) are no roadmaps.
    files = [path for path in (root / FOLDER).iterdir() if path.name[0] not in ".~#"]
    return sorted(
        (path for path in files if path.suffix.lower() in SUFFIXES), key=lambda path: path.name
    )


def is_slug(name: str) -> bool:
    """Tell whether a file's stem can name a roadmap."""
    return re.fullmatch(SKILL_ID_PATTERN, name) is not None


def make_file_name(path: Path) -> str:
    """Make a good name of a bad one; of one without Latin letters, a name to begin with."""
    slug = make_slug(path.stem, ())
    return f"{slug if is_slug(slug) and not slug.startswith('skill-') else 'my-roadmap'}.yaml"


def load_bytes(path: Path) -> bytes:
    """Read a file that is one and no larger than a roadmap may be; raises OSError, as `read_file`."""
    return read_file(path, MAX_BYTES)


def load_roadmap_text(raw: bytes, *, path: str) -> LoadedText:
    """Load one roadmap from the bytes of its file; `path` is what problems call the file."""
    with paused_collector():
        root = parse_document(raw, path=path)
        if isinstance(root, Problem):
            return LoadedText(None, (root,))
        locations = Locations(path, root)
        built = build_values(root, path=path)
        if not built.is_usable:
            return LoadedText(None, built.problems)
        if not isinstance(built.value, dict):
            problem = Problem(
                "not-a-map",
                "the file does not hold a roadmap",
                location=locations.nearest(()),
                why="a roadmap is a map with `title:` and `sections:`",
                next="begin the file with `title: …`",
            )
            return LoadedText(None, (*built.problems, problem), locations)
        shaper = Shaper(locations)
        roadmap, found = _validate(shaper.shape(built.value), locations)
        # A value reached by several references is reported once.
        problems = dict.fromkeys((*built.problems, *shaper.problems, *found))
        ordered = sorted(problems, key=lambda problem: problem.sort_key)
        if any(map(is_breaking, ordered)):
            # That nothing is left to learn may well be the fault of an error.
            kept = tuple(problem for problem in ordered if problem.code != "no-skills")
            return LoadedText(None, kept, locations)
        return LoadedText(roadmap, tuple(ordered), locations)


def _validate(values: Plain, locations: Locations) -> tuple[Roadmap | None, tuple[Problem, ...]]:
    """Validate, then run the rules; where the model refused a value, on a stand-in for it."""
    try:
        roadmap = Roadmap.model_validate(values)
    except ValidationError as error:
        # In the order of the file, because a stand-in is named after its number.
        refused = tuple(dict.fromkeys(detail["loc"] for detail in error.errors(include_url=False)))
        problems = explain_refusals(error, locations)
    else:
        return roadmap, tuple(_check_rules(roadmap, locations, frozenset()))
    try:
        mended = Roadmap.model_validate(mend_values(values, refused, locations))
    except ValidationError:
        return None, problems
    return None, (*problems, *_check_rules(mended, locations, frozenset(refused)))


def _check_rules(
    roadmap: Roadmap, locations: Locations, refused: frozenset[KeyPath]
) -> Iterator[Problem]:
    """Run the rules, and leave out what they find in stand-ins for refused values."""
    for rule, finding in find_all(roadmap):
        around = (finding.path[:length] for length in range(len(finding.path) + 1))
        if not refused or refused.isdisjoint(around):
            yield make_problem(rule, finding, locations.nearest)


def _check_path(path: Path, paths: Collection[Path], shown: str) -> Iterator[Problem]:
    """Yield what makes a file unfit to be read, before it is opened."""
    place = Location(shown)
    if not is_slug(path.stem) or path.suffix not in SUFFIXES:
        yield Problem(
            "bad-file-name",
            f"`{show(path.name)}` is no name for a roadmap",
            location=place,
            why="it needs lower-case letters, digits and single hyphens, and ends in .yaml",
            next=f"rename the file, for example to {make_file_name(path)}",
        )
    if not path.is_file():
        yield Problem(
            "not-a-file",
            f"`{show(path.name)}` is no ordinary file",
            location=place,
            why="it is a link that leads nowhere"
            if path.is_symlink() and not path.exists()
            else "it is a folder, a pipe or a device, or a link to one",
            next="put the file itself there",
        )
    same = _find_same(path, paths) if path.is_symlink() else None
    if same is not None:
        yield Problem(
            "same-file",
            f"`{show(path.name)}` and `{show(same.name)}` are the same file",
            location=place,
            why="a link leads from one to the other, and each roadmap needs a file of its own",
            next=f"remove the link {FOLDER}/{show(path.name)}",
        )
    twins = [other.name for other in paths if other.stem == path.stem and other != path]
    if twins:
        yield Problem(
            "same-name",
            f"`{show(path.name)}` and `{show(twins[0])}` are the same roadmap",
            location=place,
            why=f"both are called `{show(path.stem)}`",
            next="remove or rename one of them",
        )


def _find_same(link: Path, paths: Collection[Path]) -> Path | None:
    """Return another roadmap that a link leads to, if it does."""
    try:
        return next((other for other in paths if other != link and other.samefile(link)), None)
    except OSError:
        return None


def _make_missing_problem(error: OSError | None) -> Problem:
    is_missing = error is None or isinstance(error, FileNotFoundError)
    return Problem(
        "no-roadmaps",
        "there are no roadmap files",
        location=Location(FOLDER),
        why=f"{FOLDER}/ holds no .yaml file"
        if is_missing
        else f"{FOLDER}/ cannot be read: {error.strerror if error else ''}",
        kept="nothing was written",
        next="tracker add NAME    # brings one in; tracker roadmaps lists those to choose from",
    )


def _make_unreadable_problem(error: OSError | UnicodeDecodeError, shown: str) -> Problem:
    return Problem(
        "unreadable-file",
        f"`{shown}` cannot be read",
        location=Location(shown),
        why=getattr(error, "strerror", None) or type(error).__name__,
        next="check the file's permissions",
    )
