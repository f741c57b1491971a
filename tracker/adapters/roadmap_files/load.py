"""Load roadmap files: the folder, one file from its bytes, and a problem for all that is refused.

Must not write anything, and never raises for what a file holds: that becomes problems. The model
decides what is valid; the words for what it refuses come from the nodes, because only they know how
a value was written. `mend_values` puts stand-ins for refused values, so that the rules can judge the
rest of the file; what it returns never becomes a loaded roadmap.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from tracker.adapters.files import TooLargeError, read_file
from tracker.adapters.roadmap_files.build import Plain, Shaper, build_values
from tracker.adapters.roadmap_files.document import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    share_text,
)
from tracker.adapters.roadmap_files.parse import (
    MAX_BYTES,
    Locations,
    Surprise,
    explain_surprise,
    is_quoted,
    make_size_problem,
    parse_document,
    paused_collector,
)
from tracker.errors import Location, Problem, RoadmapError
from tracker.local_ports import Loaded, RoadmapFile
from tracker.roadmap.model import (
    COVERAGE_TAGS,
    SKILL_ID_PATTERN,
    KeyPath,
    Roadmap,
    Skill,
    SkillKind,
    Status,
    make_slug,
    show,
)
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
            return share_text(load_bytes(path).decode("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise RoadmapError(_make_unreadable_problem(error, shown)) from None
        except StopIteration:
            raise RoadmapError(_make_missing_problem(None)) from None

    def load_digests(self) -> Mapping[str, str]:
        """Load the SHA-256 of every roadmap file by its path; nothing when one cannot be read."""
        try:
            files = {path.name: load_bytes(path) for path in find_roadmap_files(self._root)}
        except OSError:
            return {}
        return {f"{FOLDER}/{it}": hashlib.sha256(files[it]).hexdigest() for it in files}

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
        document = parse_document(raw, path=path)
        if isinstance(document, Problem):
            return LoadedText(None, (document,))
        locations = Locations(path, document)
        built = build_values(document, path=path)
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
        try:
            made = _make_roadmap(built.value, shaper)
        except ValidationError:
            # What is wrong is explained for the whole; the values made by now are used up.
            shaper = Shaper(locations)
            values = build_values(document, path=path).value
            roadmap, found = _validate(shaper.shape(values), locations)
        else:
            roadmap, found = made, tuple(_check_rules(made, locations, frozenset()))
        # A value reached by several references is reported once.
        problems = dict.fromkeys((*built.problems, *shaper.problems, *found))
        ordered = sorted(problems, key=lambda problem: problem.sort_key)
        if any(map(is_breaking, ordered)):
            # That nothing is left to learn may well be the fault of an error.
            kept = tuple(problem for problem in ordered if problem.code != "no-skills")
            return LoadedText(None, kept, locations)
        return LoadedText(roadmap, tuple(ordered), locations)


def _make_roadmap(values: dict[str, Plain], shaper: Shaper) -> Roadmap:
    """Make the models section by section; takes the values of each one away on the way.

    All of them take as much memory as the models. Raises ValidationError for the first that is wrong.
    """
    sections = values.get("sections")
    if isinstance(sections, tuple):
        entries = [*sections]
        values["sections"] = sections = ()
        for index, entry in enumerate(entries):
            # In a roadmap of its own: to build a validator of sections, too, would take longer than
            # to read a usual file.
            alone = {"title": "one section", "sections": (shaper.shape_section(entry, index),)}
            (entries[index],) = Roadmap.model_validate(alone).sections
        values["sections"] = tuple(entries)
    return Roadmap.model_validate(shaper.shape(values))


def _validate(values: Plain, locations: Locations) -> tuple[Roadmap | None, tuple[Problem, ...]]:
    """Validate, then run the rules; where the model refused a value, on a stand-in for it."""
    try:
        roadmap = Roadmap.model_validate(values)
    except ValidationError as error:
        # In the order of the file, because a stand-in is named after its number.
        paths = (find_path(detail["loc"]) for detail in error.errors(include_url=False))
        # A choice without its list goes as a whole: no stand-in could be made for the list.
        refused = tuple(
            dict.fromkeys(path[:-1] if path[-2:] == _CHOSEN else path for path in paths)
        )
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
            f"`{show(path.name)}` is not a valid roadmap name",
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


# What the model refused, in words.

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "status": tuple(status.value for status in Status),
    "kind": tuple(kind.value for kind in SkillKind),
}
"""The words that a key takes."""

_QUOTED = "it is in quotes, which makes it text"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_SHAPES = {
    "sections": ("a section", "write `- title: …` with a list of `skills:`"),
    "skills": ("a skill", "write the skill's name, or a map with `name: …`"),
    "resources": ("a resource", 'write `- {title: "…", url: "https://…"}`'),
    "tracks": ("a track", 'write `- {id: …, title: "…", targets: […]}`'),
}

_REQUIRED = ("title", "name", "url")
_STAND_INS: dict[object, tuple[str, ...]] = {
    "sections": ("title",),
    "skills": ("name",),
    "resources": ("title", "url"),
}
_REFERENCES: dict[object, str] = {
    "requires": "unnamed",
    **dict.fromkeys(("covered_by", "any"), "unnamed/unnamed"),
}
_CHOSEN = ("covered_by", "any")

_Words = tuple[str, str, str, str]
"""Code, what, why, next."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """One refused value: what pydantic calls the refusal, its path and node, and what it belongs to.

    `parent` is the node of the map or list around it.
    """

    kind: str
    path: KeyPath
    node: Node | None
    owner: str
    parent: Node | None = None

    @property
    def label(self) -> str:
        """Name the value: `hours` of skill "kNN"."""
        last = self.path[-1]
        entry = f"entry {last + 1} of " if isinstance(last, int) else ""
        return f"{entry}`{self.key}` of {self.owner}"

    @property
    def key(self) -> str:
        """The key that the value, or the list around it, belongs to."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def raw(self) -> str:
        """The text of a scalar, empty for a list or map."""
        return self.node.value if isinstance(self.node, ScalarNode) else ""

    @property
    def shown(self) -> str:
        """The value as it was written, short and printable."""
        if isinstance(self.node, ScalarNode):
            return f"`{show(self.node.value)}`" if self.node.value else "nothing"
        return "a list" if isinstance(self.node, SequenceNode) else "a map"

    @property
    def surprise(self) -> Surprise | None:
        """What YAML reads the value as, when that is no text."""
        return explain_surprise(self.node)


def find_path(place: KeyPath) -> KeyPath:
    """Return the path in the file of a value that pydantic refused."""
    return tuple(
        step
        for step, before in zip(place, ("", *place), strict=False)
        if not (before == "covered_by" and step in COVERAGE_TAGS)
    )


def explain_refusals(error: ValidationError, locations: Locations) -> tuple[Problem, ...]:
    """Make a problem of every refusal of the model."""
    problems = []
    for refusal in error.errors(include_url=False, include_context=False, include_input=False):
        path = find_path(refusal["loc"])
        refused = _Refused(
            refusal["type"],
            path,
            locations.node(path),
            _describe_owner(path, locations),
            locations.node(path[:-1]),
        )
        code, what, why, advice = _EXPLAINED.get(refused.kind, _explain_other)(refused)
        place = locations.nearest(path)
        problems.append(Problem(code, what, location=place, why=why, next=advice))
    return tuple(problems)


def _explain_other(refused: _Refused) -> _Words:
    return ("wrong-type", f"{refused.label} cannot be {refused.shown}", refused.kind, "")


def _explain_missing(refused: _Refused) -> _Words:
    key, owner = refused.key, refused.owner
    # `name: ~` is there, and YAML reads it as nothing.
    if refused.surprise is not None:
        return _explain_text(refused)
    what = f"{owner} has no `{key}`" if refused.node is None else f"`{key}` of {owner} is empty"
    if refused.path[-2:] == _CHOSEN:
        what = f"`covered_by` of {owner} names no skills"
    example = {"url": 'url: "https://…"', "any": "any: [roadmap/skill, roadmap/skill]"}.get(
        key, f"{key}: …"
    )
    meant = _find_split_name(refused)
    advice = f'; for a name with a colon, put it in quotes: "{show(meant)}"' if meant else ""
    return ("missing-key", what, f"`{key}` is required", f"write `{example}`{advice}")


def _find_split_name(refused: _Refused) -> str:
    """Return the name that YAML took for a key and its value, such as `Python: the basics`."""
    pairs = refused.parent.value if isinstance(refused.parent, MappingNode) else []
    if not pairs or refused.path[-1] != "name" or refused.node is not None:
        return ""
    key, value = pairs[0]
    is_text = isinstance(key, ScalarNode) and isinstance(value, ScalarNode)
    # A key that looks like one of a skill is mistyped, not a part of the name.
    if not is_text or get_close_matches(str(key.value)[:60].lower(), Skill.model_fields, n=1):
        return ""
    return f"{key.value}: {value.value}"


def _explain_text(refused: _Refused) -> _Words:
    surprise = refused.surprise
    if surprise is not None:
        what = f"{refused.label} must be text, but {surprise.what}"
        return ("yaml-surprise", what, surprise.why, surprise.quoted)
    what = f"{refused.label} must be text, not {refused.shown}"
    return ("wrong-type", what, "", "write text, in quotes if it holds `: `, `#` or brackets")


def _explain_list(refused: _Refused) -> _Words:
    what = f"{refused.label} must be a list, not {refused.shown}"
    if refused.key in _SHAPES:
        return ("wrong-type", what, "", f"start each entry with `- `: {_SHAPES[refused.key][1]}")
    return ("wrong-type", what, "", f"write `{refused.key}: [first, second]`")


def _explain_map(refused: _Refused) -> _Words:
    name, advice = _SHAPES.get(refused.key, ("the roadmap", "write `title: …`"))
    surprise = refused.surprise
    if surprise is not None and refused.key == "skills":
        what = f"{name} must be text or a map, but {surprise.what}"
        return ("yaml-surprise", f"{what} ({refused.label})", surprise.why, surprise.quoted)
    text_or = "text or " if refused.key == "skills" else ""
    what = f"{refused.label} must be {text_or}a map, not {refused.shown}"
    return ("wrong-type", what, "", advice)


def _explain_number(refused: _Refused) -> _Words:
    surprise = refused.surprise
    is_whole = refused.key == "minutes"
    example = (
        "a whole number of minutes, such as 90"
        if is_whole
        else "a plain number, 0 or more, such as 2 or 1.5"
    )
    advice = f"write {example}"
    if surprise is not None and surprise.is_odd:
        what = f"{refused.label} must be a plain number, but {surprise.what}"
        return ("yaml-surprise", what, surprise.why, advice)
    why = _QUOTED if is_quoted(refused.node) else ""
    why = (
        f"a number of {refused.key} cannot be negative"
        if refused.kind == "greater_than_equal"
        else why
    )
    return ("bad-number", f"{refused.label} cannot be {refused.shown}", why, advice)


def _explain_date(refused: _Refused) -> _Words:
    why = ""
    if _DAY.match(refused.raw):
        is_longer = len(refused.raw) > len("2026-11-03")
        why = _QUOTED if is_quoted(refused.node) else "there is no such day"
        why = "it is more than a day" if is_longer else why
    what = f"{refused.label} must be a date, not {refused.shown}"
    return ("bad-date", what, why, "write year-month-day without quotes, such as 2026-11-03")


def _explain_word(refused: _Refused) -> _Words:
    choices = _CHOICES.get(refused.key, ())
    nearest = get_close_matches(refused.raw[:60].lower(), choices, n=1)
    guess = f"did you mean `{nearest[0]}`? " if nearest else ""
    return (
        f"unknown-{refused.key}",
        f"{refused.label} cannot be {refused.shown}",
        refused.surprise.why if refused.surprise else "",
        f"{guess}allowed: {', '.join(choices)}",
    )


def _explain_form(refused: _Refused) -> _Words:
    what = f"{refused.label} cannot be {refused.shown}"
    if refused.key in {"id", "requires", "targets"}:
        return (
            "bad-id",
            what,
            "an id has lower-case letters and digits, parted by single hyphens, at most 100",
            "write an id such as train-test-split",
        )
    if refused.key in _CHOSEN:
        return ("bad-reference", what, "it must name a roadmap and a skill", "write roadmap/skill")
    return ("empty-text", f"{refused.label} is empty", "it must hold some text", "write the text")


def _explain_choice(refused: _Refused) -> _Words:
    what = f"{refused.label} must be true or false, not {refused.shown}"
    unknown = "; leave it out while it is unknown" if refused.key == "free" else ""
    return ("wrong-type", what, "", f"write true or false{unknown}")


_EXPLAINED: dict[str, Callable[[_Refused], _Words]] = {
    "missing": _explain_missing,
    "tuple_type": _explain_list,
    "enum": _explain_word,
    **dict.fromkeys(("string_type", "string_unicode", "string_sub_type"), _explain_text),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), _explain_map),
    **dict.fromkeys(
        (
            *("float_type", "finite_number", "greater_than_equal", "float_parsing"),
            *("int_type", "int_parsing", "int_parsing_size", "int_from_float"),
        ),
        _explain_number,
    ),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_inexact"), _explain_date),
    **dict.fromkeys(
        ("string_pattern_mismatch", "string_too_long", "string_too_short"), _explain_form
    ),
    **dict.fromkeys(("bool_type", "bool_parsing"), _explain_choice),
}
"""How to explain a refusal, by the name of its type in pydantic."""


def _describe_owner(path: KeyPath, locations: Locations) -> str:
    """Name the innermost roadmap, section, skill, resource or track that a path lies in."""
    owner = "the roadmap"
    for length in range(2, len(path)):
        kind, index = path[length - 2 : length]
        if kind not in _SHAPES or not isinstance(index, int):
            continue
        word = str(kind).removesuffix("s")
        title = "name" if kind == "skills" else "title"
        node = locations.node((*path[:length], title))
        named = node.value.strip() if isinstance(node, ScalarNode) else ""
        within = f" of {owner}" if kind == "resources" else ""
        owner = f'{word} "{show(named)}"{within}' if named else f"{word} {index + 1} of {owner}"
    return owner


def mend_values(values: Plain, paths: Iterable[KeyPath], locations: Locations) -> Plain:
    """Return a copy in which the values at these paths are valid.

    A text that is required stays what was written, if anything was. Lists keep their
    length, so that paths into the copy are paths into the file.
    """
    refused = list(paths)
    # No rule of a skill looks at tracks: a refused one takes all of them along.
    if isinstance(values, dict) and any(path[:1] == ("tracks",) for path in refused):
        values = {key: value for key, value in values.items() if key != "tracks"}
    texts: dict[KeyPath, str] = {}
    for number, path in enumerate(refused, 1):
        node = locations.node(path)
        written = node.value.strip() if isinstance(node, ScalarNode) else ""
        texts[path] = written or f"unnamed {number}"
    return _mend(values, (), texts)


def _mend(value: Plain, path: KeyPath, texts: dict[KeyPath, str]) -> Plain:
    if isinstance(value, dict):
        # What is refused goes, but for what is required: that gets its text, even if it is missing.
        kept = {key: part for key, part in value.items() if (*path, key) not in texts}
        mended = {key: _mend(part, (*path, key), texts) for key, part in kept.items()}
        given = {key: texts[(*path, key)] for key in _REQUIRED if (*path, key) in texts}
        return {**mended, **given}
    if isinstance(value, tuple):
        return tuple(
            _stand_in(path[-1], texts[(*path, index)])
            if (*path, index) in texts
            else _mend(entry, (*path, index), texts)
            for index, entry in enumerate(value)
        )
    return value


def _stand_in(key: str | int, text: str) -> Plain:
    """Make an entry of the list under a key that the model accepts."""
    if key in _STAND_INS:
        return dict.fromkeys(_STAND_INS[key], text)
    return _REFERENCES.get(key, text)
