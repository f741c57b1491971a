"""A learner's copy and the author's next edition, as small acts that hypothesis can draw.

Every act leaves a roadmap without errors: one that would break the rules does not happen. `Paper`
holds the files in memory and stands for a folder on disk; the splice editor in it is the real one.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date

from hypothesis import strategies as st
from roadmap_values import broken_rules

from tracker.adapters.editions import SpliceRehearsal
from tracker.adapters.roadmap_files.format import format_roadmap
from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.adapters.roadmap_files.splice import splice
from tracker.errors import Severity
from tracker.library_ports import Edition, LibraryServices
from tracker.local_ports import Loaded, LocalServices, RoadmapFile
from tracker.roadmap.model import AnyOf, Resource, Roadmap, Section, Skill, SkillKind, Status, Track
from tracker.upgrade import add_dropped

NAME = "path"
TODAY = date(2026, 11, 23)
NUMBERS = st.integers(0, 30)
BASE_IDS = ("knn", "svm", "trees", "pca", "cnn", "rag")
TITLES = ("Basics", "Models", "Cloud", "Deep: nets", "Basics again")
VALUES = {
    "name": ("kNN", "SVM, again", "Trees: all", "no", "PCA # 1"),
    "goal": (None, "Can do it.", "Can explain it.", "Can do a # b.", "Can: two\nlines."),
    "level": (None, "entry", "advanced"),
    "hours": (None, 1.0, 2.5, 40.0),
    "tags": ((), ("a",), ("b",), ("a", "b"), ("b", "c")),
    "covered_by": ((), ("other/x",), ("other/y", "other/x"), AnyOf(any=("other/x", "other/z"))),
    "kind": tuple(SkillKind),
    "aliases": ((), ("k n n",), ("k n n", "neighbours")),
    "prove": ((), ("It runs.",), ("It runs: twice", "It runs.")),
    "notes": (None, "mine", "mine\nand more"),
    "evidence": (None, "https://example.org/mine"),
}
CONTENT = ("name", "kind", "goal", "level", "hours")
PROGRESS = ("status", "started", "completed", "evidence", "notes")
LINKS = tuple(
    Resource(title=title, url=f"https://{host}.org/#x", type=kind, **more)
    for host in "abc"
    for title, kind, more in (
        ("A", None, {}),
        ("A again", "docs", {"free": True, "part": "ch. 8.2"}),
        ("A paid", "docs", {"free": False, "minutes": 90, "lang": "en"}),
        ("A first", "docs", {"primary": True}),
    )
)
ICONS = (None, "🌱", "☁️")
AUTHOR = (
    "set", "set", "link", "unlink", "require", "require", "drop", "add", "add", "move", "rename section",
    "describe", "split", "retitle", "new id", "icon", "track", "track",
)  # fmt: skip
LEARNER = (
    "set", "set", "note", "progress", "progress", "link", "unlink", "require", "drop", "add own", "add",
    "move", "rename section", "describe", "merge sections", "retitle", "lose id", "own section",
    "icon", "track", "evidence",
)  # fmt: skip

Act = tuple[str, int, int]


def acts(kinds: tuple[str, ...]):
    """Draw a few acts: what, which skill or section, which value."""
    return st.lists(st.tuples(st.sampled_from(kinds), NUMBERS, NUMBERS), max_size=8)


@st.composite
def bases(draw) -> Roadmap:
    """Draw a first edition of up to six skills in up to three sections."""
    count = draw(st.sampled_from([4, 6, 3, 1]))
    sections = draw(st.sampled_from([2, 3, 1]))
    made = [Section(title=title) for title in TITLES[:sections]]
    roadmap = Roadmap(title="Path", description="D.", edition="1", sections=tuple(made))
    for index, each in enumerate(BASE_IDS[:count]):
        skill = Skill(id=each, name=each.title(), goal="Can do it.", resources=LINKS[:1])
        roadmap = _put(roadmap, index % sections, skill)
    for act in draw(acts(("set", "link", "require", "require", "icon", "track"))):
        roadmap = do(roadmap, act)
    return roadmap


def do(roadmap: Roadmap, act: Act) -> Roadmap:
    """Do something to a roadmap, unless it would break the rules."""
    kind, at, value = act
    after = _ACTS[kind](roadmap, at, value)
    if after is None or broken_rules(after) or not after.skills:
        return roadmap
    return after


def do_all(roadmap: Roadmap, listed: list[Act]) -> Roadmap:
    """Do several things, one after the other."""
    for act in listed:
        roadmap = do(roadmap, act)
    return roadmap


COMMENTABLE = re.compile(
    r" +(- )?(id|name|goal|level|hours|status|tags|requires|title): [^|]*|\s+- \{.*\}"
)


def decorate(text: str, marks: list[int]) -> str:
    """Put comments and unknown keys into a text, as a person would."""
    lines = text.splitlines()
    for number, mark in enumerate(marks):
        index = mark % len(lines)
        line = lines[index]
        if not COMMENTABLE.fullmatch(line):
            continue
        if number % 3 == 0 and line.lstrip().startswith("- "):
            lines.insert(index, " " * (len(line) - len(line.lstrip())) + f"# mine {number}")
        elif number % 3 == 1 and line.lstrip().startswith("name: "):
            lines.insert(index + 1, " " * (len(line) - len(line.lstrip())) + f"x-mine-{number}: 1")
        elif "# mine" not in line:
            lines[index] = f"{line}  # mine {number}"
    return "\n".join(lines) + "\n"


def load(text: str) -> Roadmap:
    """Load a roadmap that has no errors."""
    loaded = load_roadmap_text(text.encode(), path="path.yaml")
    assert loaded.roadmap is not None, loaded.problems
    return loaded.roadmap


@dataclass
class MemoryFolder:
    """A folder with one copy, and the bundled edition of it, in memory."""

    copy: str
    bundled: str
    base: Roadmap | None = None
    saved: list[str] = field(default_factory=list)

    @property
    def library(self) -> LibraryServices:
        """What the workflows are handed."""
        return LibraryServices(
            LocalServices(self, self, self, nullcontext), self, self, SpliceRehearsal()
        )

    def today(self):
        return TODAY

    def now(self):
        return "2026-11-23T12:00:00Z"

    def load_roadmaps(self):
        loaded = load_roadmap_text(self.copy.encode(), path="path.yaml")
        assert loaded.roadmap is not None, loaded.problems
        warnings = [each for each in loaded.problems if each.severity is not Severity.ERROR]
        file = RoadmapFile(NAME, "roadmaps/path.yaml", self.copy, loaded.roadmap, loaded.locations)
        return Loaded((file,), tuple(warnings))

    def load_text(self, name):
        assert name == NAME
        return self.copy

    def save_edits(self, name, digest, edits, *, keep=None):
        assert (name, digest) == (NAME, self.copy)
        spliced = splice(self.copy, edits)
        if keep is not None and spliced.removed:
            keep(spliced.removed)
        self.copy = spliced.text
        self.saved.append(self.copy)
        return self.copy

    def load_names(self):
        return (NAME,)

    def load_bundled(self, name):
        return Edition(name, self.bundled.encode(), load(self.bundled))

    def load_base(self, name):
        return self.base

    def load_published(self, name, edition):
        return None

    def save_base(self, name, content, dropped=None):
        self.base = add_dropped(load(content.decode()), dropped and load(format_roadmap(dropped)))

    def save_removed(self, name, texts):
        return "removed.txt"


def _put(roadmap: Roadmap, section: int, skill: Skill) -> Roadmap:
    return _with_skills(roadmap, section, (*roadmap.sections[section].skills, skill))


def _with_skills(roadmap: Roadmap, index: int, skills) -> Roadmap:
    section = roadmap.sections[index].model_copy(update={"skills": tuple(skills)})
    return _with_section(roadmap, index, section)


def _with_section(roadmap: Roadmap, index: int, section: Section | None) -> Roadmap:
    sections = list(roadmap.sections)
    sections[index : index + 1] = [] if section is None else [section]
    return roadmap.model_copy(update={"sections": tuple(sections)})


def _pick(items, at: int):
    return items[at % len(items)]


def _change(roadmap: Roadmap, at: int, **values) -> Roadmap:
    """Change one skill, or take it out with `gone`."""
    number = at % len(roadmap.skills)
    for index, section in enumerate(roadmap.sections):
        if number < len(section.skills):
            skills = list(section.skills)
            if values.pop("gone", False):
                del skills[number]
            else:
                skills[number] = Skill(**{**dict(skills[number]), **values})
            return _with_skills(roadmap, index, skills)
        number -= len(section.skills)
    raise IndexError(at)


def _set(roadmap, at, value):
    key = _pick([key for key in VALUES if key not in {"notes", "evidence"}], value)
    return _change(roadmap, at, **{key: _pick(VALUES[key], at + value)})


def _note(roadmap, at, value):
    return _change(roadmap, at, notes=_pick(VALUES["notes"], value))


def _evidence(roadmap, at, value):
    return _change(roadmap, at, evidence=_pick(VALUES["evidence"], value))


def _icon(roadmap, at, value):
    index = at % len(roadmap.sections)
    section = roadmap.sections[index].model_copy(update={"icon": _pick(ICONS, value)})
    return _with_section(roadmap, index, section)


def _track(roadmap, at, value):
    """Add a track, give one other targets, or take it out."""
    kept = {track.id: track for track in roadmap.tracks}
    track_id, target = f"track-{at % 2}", _pick(roadmap.skills, value).id
    if value % 3 == 0 and track_id in kept:
        del kept[track_id]
    elif target is not None:
        title = _pick(("Analyst", "Way: one"), value)
        kept[track_id] = Track(id=track_id, title=title, targets=(target,))
    return roadmap.model_copy(update={"tracks": tuple(kept.values())})


def _progress(roadmap, at, value):
    status = _pick(tuple(Status), value)
    completed = date(2026, 2, 1) if status is Status.DONE else None
    started = date(2026, 1, 1) if status in {Status.DOING, Status.DONE} else None
    return _change(roadmap, at, status=status, started=started, completed=completed)


def _link(roadmap, at, value):
    skill, link = _pick(roadmap.skills, at), _pick(LINKS, value)
    others = {each.url: each for each in skill.resources}
    return _change(roadmap, at, resources=tuple({**others, link.url: link}.values()))


def _unlink(roadmap, at, value):
    links = list(_pick(roadmap.skills, at).resources)
    if links:
        links.pop(value % len(links))
    return _change(roadmap, at, resources=tuple(links))


def _require(roadmap, at, value):
    skill, other = _pick(roadmap.skills, at), _pick(roadmap.skills, value).id
    if other is None:
        return None
    kept = tuple(each for each in skill.requires if each != other)
    return _change(roadmap, at, requires=kept if other in skill.requires else (*kept, other))


def _drop(roadmap, at, _value):
    gone = _pick(roadmap.skills, at).id
    for index, each in enumerate(roadmap.skills):
        kept = tuple(one for one in each.requires if one != gone)
        roadmap = _change(roadmap, index, requires=kept)
    return _change(roadmap, at, gone=True)


def _add(roadmap, at, value, *, prefix="new", named=True):
    skill_id = f"{prefix}-{value % 3}"
    needed = _pick(roadmap.skills, at).id
    skill = Skill(
        id=skill_id if named else None,
        name=skill_id.title(),
        goal=_pick(VALUES["goal"], at),
        requires=(needed,) if needed and at % 2 else (),
        resources=(_pick(LINKS, value),),
    )
    return _put(roadmap, at % len(roadmap.sections), skill)


def _move(roadmap, at, value):
    skill = _pick(roadmap.skills, at)
    return _put(_change(roadmap, at, gone=True), value % len(roadmap.sections), skill)


def _rename_section(roadmap, at, value):
    index = at % len(roadmap.sections)
    title = _pick(("Renamed", "Other", *TITLES), value)
    section = roadmap.sections[index].model_copy(update={"title": title})
    return _with_section(roadmap, index, section)


def _describe(roadmap, at, value):
    index, text = at % len(roadmap.sections), _pick((None, "First.", "Second: x"), value)
    section = roadmap.sections[index].model_copy(update={"description": text})
    return _with_section(roadmap, index, section)


def _split(roadmap, at, value):
    index = at % len(roadmap.sections)
    skills = roadmap.sections[index].skills
    half = len(skills) // 2
    roadmap = _with_skills(roadmap, index, skills[:half])
    fresh = Section(title=_pick(("Split", "Other"), value), skills=skills[half:])
    return roadmap.model_copy(update={"sections": (*roadmap.sections, fresh)})


def _merge_sections(roadmap, at, value):
    one, other = at % len(roadmap.sections), value % len(roadmap.sections)
    if one == other:
        return None
    skills = (*roadmap.sections[other].skills, *roadmap.sections[one].skills)
    return _with_section(_with_skills(roadmap, other, skills), one, None)


def _own_section(roadmap, at, value):
    fresh = Section(
        title=_pick(("Mine", "Split", "Other"), value), skills=(Skill(name=f"Own {at}"),)
    )
    return roadmap.model_copy(update={"sections": (*roadmap.sections, fresh)})


_ACTS = {
    "set": _set,
    "note": _note,
    "evidence": _evidence,
    "icon": _icon,
    "track": _track,
    "progress": _progress,
    "link": _link,
    "unlink": _unlink,
    "require": _require,
    "drop": _drop,
    "add": _add,
    "add own": lambda *act: _add(*act, prefix="own", named=bool(act[2] % 2)),
    "move": _move,
    "rename section": _rename_section,
    "describe": _describe,
    "split": _split,
    "merge sections": _merge_sections,
    "own section": _own_section,
    "retitle": lambda roadmap, _, value: roadmap.model_copy(
        update={"title": _pick(("Path", "Way", "Road"), value)}
    ),
    "new id": lambda roadmap, at, value: _change(roadmap, at, id=f"again-{value % 2}"),
    "lose id": lambda roadmap, at, _: _change(roadmap, at, id=None),
}
