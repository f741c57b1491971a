"""Random edits, and what they mean in plain Python: the oracle for the splice editor.

Shares nothing with the editor: it edits what `yaml.load` returns.
"""

from __future__ import annotations

import random
from datetime import date

import yaml
from splice_texts import HOSTILE, WORDS

from tracker.roadmap.edits import (
    AddSection,
    InsertSkill,
    MoveSkill,
    RemoveSkill,
    RenameSection,
    SetHead,
    SetItems,
    SetValue,
)


class Merged(dict):
    """A mapping that takes over another one; its own nulls may hide a key."""


class Text(str):
    """A text that was set: a block scalar may end it with line breaks."""

    __slots__ = ()


class Loader(yaml.CSafeLoader):
    """Marks the mappings that take over others."""


def construct_mapping(loader, node):
    """Construct a mapping, as a Merged one when it has `<<`."""
    has_merge = any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value)
    data = (Merged if has_merge else dict)()
    yield data
    loader.flatten_mapping(node)
    data.update(loader.construct_mapping(node))


Loader.add_constructor("tag:yaml.org,2002:map", construct_mapping)


def load(text):
    """Return the plain data of a text, with nothing shared."""
    return unshare(yaml.load(text, Loader))


def unshare(value):
    """Copy data so that aliased parts become separate."""
    if isinstance(value, dict):
        return type(value)({key: unshare(each) for key, each in value.items()})
    return [unshare(each) for each in value] if isinstance(value, list) else value


def is_equal(found, wanted):
    """Compare data strictly: order of lists, types, but 2 equals 2.0."""
    if isinstance(wanted, dict):
        if isinstance(found, Merged):
            found = {
                key: value for key, value in found.items() if key in wanted or value is not None
            }
        return (
            isinstance(found, dict)
            and found.keys() == wanted.keys()
            and all(is_equal(found[key], wanted[key]) for key in wanted)
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(map(is_equal, found, wanted))
        )
    if isinstance(wanted, Text):
        return isinstance(found, str) and (found == wanted or found.rstrip("\n") == wanted)
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return wanted == found
    return type(found) is type(wanted) and found == wanted


def plain(value):
    """Return an edit's value as data."""
    if isinstance(value, tuple):
        return [plain_item(each) for each in value]
    return Text(value) if isinstance(value, str) else value


def plain_item(item):
    """Return an entry of a list as data: a None in it says nothing."""
    if isinstance(item, str):
        return item
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in item.items()
        if value is not None
    }


def apply_edits(data, edits):  # noqa: C901 - a branch for each edit
    """Return the data as it should be after the edits."""
    sections = data.get("sections") or []
    cells = {
        (s, k): [skill]
        for s, section in enumerate(sections)
        for k, skill in enumerate(section.get("skills") or [])
    }
    originals = [section["title"] for section in sections]
    removed = {edit.at for edit in edits if isinstance(edit, RemoveSkill)}
    moved = {edit.at: edit for edit in edits if isinstance(edit, MoveSkill)}
    for edit in edits:
        if isinstance(edit, RenameSection):
            sections[edit.index]["title"] = Text(edit.title)
    titles = [str(section["title"]) for section in sections]
    last = {(edit.at, edit.key): edit for edit in edits if isinstance(edit, SetValue | SetItems)}
    for edit in edits:
        if isinstance(edit, AddSection) and edit.title not in titles:
            texts = {"icon": edit.icon, "description": edit.description}
            own = {key: Text(text) for key, text in texts.items() if text}
            sections.append({"title": Text(edit.title), **own, "skills": []})
            titles.append(edit.title)
        elif isinstance(edit, SetHead):
            set_head(data if edit.section is None else sections[edit.section], edit)
        elif isinstance(edit, SetValue | SetItems) and last[edit.at, edit.key] is edit:
            set_value(cells[edit.at], edit)
    stay = {at for at in cells if at not in removed and at not in moved}
    for index in {at[0] for at in cells}:
        sections[index]["skills"] = [cells[at][0] for at in sorted(stay) if at[0] == index]
    for edit in edits:
        if isinstance(edit, InsertSkill):
            values = {key: plain(value) for key, value in edit.values.items()}
            arrive(sections, titles, originals, edit.section, values)
        elif isinstance(edit, MoveSkill) and edit.at not in removed and moved[edit.at] is edit:
            arrive(sections, titles, originals, edit.section, cells[edit.at][0])
    if sections:
        data["sections"] = sections
    return data


def set_head(part, edit):
    """Apply a SetHead to the roadmap or to one of its sections."""
    if edit.value is None or edit.value == ():
        part.pop(edit.key, None)
    elif isinstance(edit.value, tuple):
        part[edit.key] = set_items(part.get(edit.key), edit.value)
    else:
        part[edit.key] = Text(edit.value)


def arrive(sections, titles, originals, title, skill):
    """Put a skill at the end of a section."""
    index = titles.index(title) if title in titles else originals.index(title)
    section = sections[index]
    bare = isinstance(skill, dict) and set(skill) == {"name"}
    section["skills"] = [*(section.get("skills") or []), Bare(skill) if bare else skill]


class Bare(dict):
    """A skill that has only a name; it may be written as a bare string."""


def set_value(cell, edit):
    """Apply a SetValue or SetItems to a skill."""
    value = edit.value if isinstance(edit, SetValue) else edit.items
    skill = cell[0]
    if isinstance(skill, str):
        skill = Bare({"name": skill})
    if value is None or value == ():
        skill.pop(edit.key, None)
    elif isinstance(edit, SetItems):
        skill[edit.key] = set_items(skill.get(edit.key), edit.items)
    else:
        skill[edit.key] = plain(value)
    cell[0] = skill


def set_items(old, items):
    """Keep entries in their place, change their named keys, add the new ones at the end."""
    wanted = {identity(item): item for item in reversed(items)}
    entries = [
        update(entry, wanted[identity(entry)]) for entry in old or [] if identity(entry) in wanted
    ]
    known = {identity(entry) for entry in old or []}
    fresh = dict.fromkeys(identity(item) for item in items)
    return entries + [plain((wanted[key],))[0] for key in fresh if key not in known]


def identity(item):
    """Return what makes an entry the same one."""
    if isinstance(item, str):
        return item
    return item["url"] if "url" in item else item["id"]


def update(entry, item):
    """Set the named keys of an entry; a type that is not named goes, and what is set to None."""
    if isinstance(item, str):
        return entry
    rest = {key: value for key, value in entry.items() if key != "type" or "type" in item}
    changed = {**rest, **item}
    gone = [key for key, value in item.items() if value is None]
    lists = {key: set_items(rest.get(key), it) for key, it in item.items() if isinstance(it, tuple)}
    return {key: it for key, it in {**changed, **lists}.items() if key not in gone and it != []}


def is_same_data(found, wanted):
    """Compare, with skills that have only a name in either form."""
    for section in wanted.get("sections") or []:
        for index, skill in enumerate(section.get("skills") or []):
            if isinstance(skill, Bare) and set(skill) == {"name"}:
                other = find(found, wanted["sections"].index(section), index)
                section["skills"][index] = skill["name"] if isinstance(other, str) else dict(skill)
    return is_equal(found, wanted)


def find(data, section, skill):
    """Return a skill of found data, None when it is not there."""
    try:
        return data["sections"][section]["skills"][skill]
    except (LookupError, TypeError):
        return None


def make_text(rng):
    """Return a random text to be set."""
    if rng.random() < 0.3:
        return rng.choice(HOSTILE) or "x"
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 5)))


def make_notes(rng):
    """Return a random text of several lines."""
    lines = [rng.choice([make_text(rng), "", " - x", "# y"]) for _ in range(rng.randint(1, 4))]
    return "\n".join([*lines, make_text(rng).strip() or "z"])


def make_value(rng, key):  # noqa: PLR0911 - a branch a key
    """Return a random value for a key."""
    if key == "hours":
        return rng.choice([1, 2.0, 0.25, 40])
    if key in {"started", "completed"}:
        return date(2027, rng.randint(1, 12), 3)
    if key == "status":
        return rng.choice(["todo", "doing", "done", "skipped"])
    if key == "kind":
        return rng.choice(["skill", "project", "milestone"])
    if key == "evidence":
        return f"https://example.org/mine/{rng.randint(0, 9)}"
    if key == "notes":
        return make_notes(rng) if rng.random() < 0.7 else make_text(rng)
    return f"id-{rng.randint(0, 999)}" if key == "id" else make_text(rng)


def make_items(rng, key):
    """Return random entries for a list."""
    picked = rng.sample(range(6), rng.randint(0, 4))
    if key != "resources":
        return tuple(f"t{each}" if rng.random() < 0.9 else make_text(rng) for each in picked)
    items = []
    for url in picked:
        item = {"title": make_text(rng), "url": f"https://example.org/{url}"}
        if rng.random() < 0.6:
            item["type"] = rng.choice(["docs", "book"])
        for name, values in LINK_EXTRAS.items():
            if rng.random() < 0.2:
                item[name] = rng.choice([*values, None])
        items.append(item)
    return tuple(items)


def make_tracks(rng):
    """Return random tracks, some of them without targets."""
    return tuple(
        {
            "id": f"track-{number}",
            "title": make_text(rng),
            "targets": tuple(f"s{each}" for each in rng.sample(range(6), rng.randint(0, 3))),
        }
        for number in rng.sample(range(4), rng.randint(0, 3))
    )


LINK_EXTRAS = {
    "part": ["ch. 8.2", "pp. 1-9, 12", "8.20"],
    "minutes": [5, 90],
    "primary": [True],
    "lang": ["en", "no"],
    "free": [True, False],
}
SCALARS = [
    "id", "name", "kind", "goal", "status", "level", "hours", "started", "completed", "evidence",
    "notes",
]  # fmt: skip
LISTS = ["aliases", "requires", "tags", "prove", "resources"]


def make_edit(rng, data, kinds):  # noqa: C901, PLR0911 - a branch for each edit
    """Return a random edit of a roadmap, None when it has no place for it."""
    sections = data["sections"]
    ats = [
        (s, k) for s, each in enumerate(sections) for k, _ in enumerate(each.get("skills") or [])
    ]
    titles = [each["title"] for each in sections]
    kind = rng.choice(kinds)
    if kind == "insert":
        keys = [
            "id",
            "name",
            *(key for key in ["goal", "status", *LISTS, "notes"] if rng.random() < 0.4),
        ]
        values = {
            key: make_items(rng, key) if key in LISTS else make_value(rng, key) for key in keys
        }
        values = {key: value for key, value in values.items() if value != ()}
        if rng.random() < 0.1:
            values = {"name": values["name"]}
        return InsertSkill(rng.choice([*titles, "New"]), values)
    if kind == "add":
        icon = rng.choice([None, None, "🌱", "☁️"])
        return AddSection(rng.choice(["New", "Other: 1", *titles]), icon=icon)
    if kind == "rename" and sections:
        return RenameSection(rng.randrange(len(sections)), rng.choice(["Ren", "no", "2024-01-01"]))
    if kind == "head":
        key = rng.choice(["description", "source", "edition"])
        value = make_text(rng) if rng.random() < 0.8 else None
        section = rng.choice([None, *range(len(sections))])
        if section is not None:
            key = rng.choice(["description", "icon"])
        elif rng.random() < 0.3:
            key, value = "tracks", rng.choice([None, make_tracks(rng), make_tracks(rng)])
        return SetHead(key, value, section)
    if not ats or kind == "rename":
        return None
    at = rng.choice(ats)
    if kind == "remove":
        return RemoveSkill(at)
    if kind == "move":
        return MoveSkill(at, rng.choice([*titles, "New"]))
    if kind == "items":
        key = rng.choice(LISTS)
        return SetItems(at, key, make_items(rng, key))
    key = rng.choice(SCALARS)
    if kind == "clear" and key != "name":
        return SetValue(at, key, None)
    return SetValue(at, key, make_value(rng, key))


KINDS = [
    "set",
    "set",
    "set",
    "items",
    "items",
    "clear",
    "insert",
    "add",
    "rename",
    "remove",
    "move",
    "head",
]


def make_edits(rng: random.Random, data):
    """Return a random batch: often one edit, sometimes many."""
    count = rng.choice([1, 1, 1, 2, 3, 5, 8])
    kinds = ["set"] if rng.random() < 0.3 else KINDS
    edits = [edit for _ in range(count) if (edit := make_edit(rng, data, kinds))]
    return with_new_section(edits)


def with_new_section(edits):
    """Return edits with one that makes the section which they fill."""
    used = {edit.section for edit in edits if isinstance(edit, InsertSkill | MoveSkill)}
    has_new = any(isinstance(edit, AddSection) and edit.title == "New" for edit in edits)
    return [*edits, *([AddSection("New")] if "New" in used and not has_new else [])]
