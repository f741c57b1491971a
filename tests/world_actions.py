"""What people do in a world, on either side; every act is entered in the ledger.

A act that makes no sense at the moment, or would break the rules of a roadmap file, does not
happen. `pick` and `how` are any numbers: which skill or row, and in which way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import unquote

import editor
from ledger import tokens_of
from machine import World
from notion_fakes import NAMES
from world_learner import Learner
from world_notion import LABELS, Row

from tracker.roadmap.model import Status
from tracker.sync.records import TWO_WAY, Field, Link, Links, LocalSkill, Record, Value
from tracker.workspace.values import Options

Item = TypeVar("Item")
SECTIONS = ("Alpha", "Beta", "Gamma")
EDITED = tuple(
    each for each in Field if each not in {Field.ORDER, Field.ID, Field.SECTION, Field.REQUIRES}
)
"""The fields whose values people type."""


def choose(items: Sequence[Item], pick: int) -> Item | None:
    """Return one of several things, or None when there is none."""
    return items[pick % len(items)] if items else None


def think_up(world: World, which: Field, seen: Value, how: int) -> Value:
    """Return a value that a person writes over the one that is there: new, less, more, or none."""
    number, is_less = world.next(), how % 5 == 4
    match which:
        case Field.STATUS:
            return choose([each for each in Status if each is not seen], how)
        case Field.NAME:
            return None if how % 10 == 9 else f"Name {number}"
        case Field.TAGS:
            more = frozenset() if is_less else {f"tag {number}"}
            return frozenset(sorted(seen)[how % 2 :]) | more
        case Field.RESOURCES:
            fresh = Link(f"https://example.org/{number}", f"Title {number}")
            return Links((*seen.items[how % 2 :], *([] if is_less else [fresh])))
        case Field.NOTES:
            lines = seen.split("\n") if seen else []
            at = how % (len(lines) + 1)
            return "\n".join([*lines[:at], f"line {number}", *lines[at + how % 2 :]])
        case _:
            return None if is_less else _think_up_one(which, number, how)


def _think_up_one(which: Field, number: int, how: int) -> Value:
    """Return a number, a date or a text; started is before completed, but not always."""
    day = date(1990, 1, 1) + timedelta(days=number)
    return {
        Field.HOURS: float(number),
        Field.EVIDENCE: f"https://example.org/work/{number}",
        Field.STARTED: day,
        Field.COMPLETED: day if how % 5 == 3 else day.replace(year=day.year + 60),
    }.get(which, f"{which.value} {number}")


# In a file.


def edit_file(world: World, learner: Learner, which: Field, pick: int, how: int) -> None:
    """Type another value into the file."""
    skill = choose(learner.skills(), pick)
    if skill is not None:
        value = think_up(world, which, skill.record.get(which), how)
        _type(world, learner, skill, which, value)


def copy_value(world: World, learner: Learner, which: Field, pick: int, how: int) -> None:
    """Type into the file what the row has: both sides agree without having met."""
    skill = choose([each for each in learner.skills() if each.skill_id], pick)
    rows = [row for row in world.notion.rows() if skill and row.tracker_id == skill.skill_id]
    if len(rows) == 1:
        _type(world, learner, skill, which, rows[0].record.get(which))


def require_in_file(world: World, learner: Learner, pick: int, how: int) -> None:
    """Add or take out a prerequisite."""
    skill = choose(learner.skills(), pick)
    other = choose([each.skill_id for each in learner.skills() if each.skill_id], how)
    if skill is not None and other is not None:
        _type(world, learner, skill, Field.REQUIRES, skill.record.requires ^ {other})


def _type(world: World, learner: Learner, skill: LocalSkill, which: Field, value: Value) -> None:
    seen = skill.record.get(which)
    if value == seen:
        return
    if value or which is Field.STATUS:
        text = editor.set_key(learner.text, skill.at, which.value, _spelled(value))
    else:
        text = editor.drop_key(learner.text, skill.at, which.value)
    if learner.write(text):
        _enter(world, skill.skill_id or "", skill.record, {which: value}, learner.folder.name)


def _spelled(value: Value) -> object:
    if isinstance(value, Links):
        return [{"title": each.title, "url": each.url} for each in value.items]
    return sorted(value) if isinstance(value, frozenset) else value


def _enter(world: World, key: str, seen: Record, now: dict[Field, Value], who: str) -> None:
    world.ledger.write(key, seen.values(), now, who)
    if Field.NAME in now:
        by_name = not key and who != "notion"
        world.renamed(seen.name, now[Field.NAME] or "", by_name=by_name)


def add_to_file(world: World, learner: Learner, pick: int, how: int) -> None:
    """Add a skill: a bare string, a map in block or flow style, with an id or without."""
    number = world.next()
    name = f"Skill {number}"
    items = {
        0: name,
        1: f"id: skill-{number}\nname: {name}\nhours: {number}",
        2: f"{{name: {name}, tags: [tag {number}]}}",
        3: f"name: {name}",
        4: f"{{id: own-{number}, name: {name}}}",
    }
    item = items[how % 5]
    titles = editor.find_titles(learner.text)
    if titles and learner.write(editor.add_skill(learner.text, pick % len(titles), item)):
        _bear(world, learner, name)


def add_to_both_files(world: World, pick: int, how: int) -> None:
    """Write the same new skill into both files, as after a merge of the learner's repository."""
    number = world.next()
    name = f"Skill {number}"
    item = choose([name, f"id: both-{number}\nname: {name}", f"{{name: {name}}}"], how)
    for learner in world.learners:
        titles = editor.find_titles(learner.text)
        if titles and learner.write(editor.add_skill(learner.text, pick % len(titles), item)):
            if name in world.names:
                world.allowed[name] -= 1
            _bear(world, learner, name)


def _bear(world: World, learner: Learner, name: str) -> None:
    world.born(name)
    skill = next(each for each in learner.skills() if each.record.name == name)
    record = skill.record
    world.ledger.write(skill.skill_id or "", {}, record.values(), learner.folder.name)
    world.ledger.volatile.discard(skill.skill_id or "")


def delete_from_file(world: World, learner: Learner, pick: int) -> None:
    """Delete a skill, and what requires it stops to do so."""
    skills = learner.skills()
    skill = choose(skills, pick)
    if skill is None:
        return
    text = learner.text
    needing = [each for each in skills if skill.skill_id in each.record.requires]
    for each in needing:
        left = sorted(each.record.requires - {skill.skill_id})
        text = editor.set_key(text, each.at, "requires", left)
    text, _ = editor.cut_skill(text, skill.at)
    if learner.write(text):
        world.ledger.remove(skill.skill_id or "", skill.record)
        learner.marks = {it: key for it, key in learner.marks.items() if key != skill.skill_id}
        for each in needing:
            now = {Field.REQUIRES: each.record.requires - {skill.skill_id}}
            _enter(world, each.skill_id or "", each.record, now, learner.folder.name)


def move_in_file(world: World, learner: Learner, pick: int, how: int) -> None:
    """Move a skill to the end of a section, perhaps of its own."""
    skill = choose(learner.skills(), pick)
    titles = editor.find_titles(learner.text)
    if skill is None:
        return
    row = how % len(titles)
    text, item = editor.cut_skill(learner.text, skill.at)
    if learner.write(editor.add_skill(text, row, item)):
        now: dict[Field, Value] = {Field.SECTION: titles[row]}
        _enter(world, skill.skill_id or "", skill.record, now, learner.folder.name)
        learner.marks = {
            mark: key for mark, key in learner.marks.items() if mark in learner.text
        }  # the comment above it stayed behind


def rename_in_file(world: World, learner: Learner, pick: int, how: int) -> None:
    """Give a section another title."""
    titles = editor.find_titles(learner.text)
    row = pick % len(titles)
    title = f"Section {world.next()}" if how % 2 else choose(SECTIONS, how)
    skills = [each for each in learner.skills() if each.at[0] == row]
    if title not in titles and learner.write(editor.rename_section(learner.text, row, title)):
        for each in skills:
            now: dict[Field, Value] = {Field.SECTION: title}
            _enter(world, each.skill_id or "", each.record, now, learner.folder.name)


def mark_file(world: World, learner: Learner, pick: int, how: int) -> None:
    """Write a comment or a key of one's own to a skill."""
    skill = choose([each for each in learner.skills() if each.skill_id], pick)
    if skill is None:
        return
    mark = f"mark-{world.next()}-"
    texts = [
        lambda: editor.put_above(learner.text, skill.at, mark),
        lambda: editor.put_behind(learner.text, skill.at, mark),
        lambda: editor.set_key(learner.text, skill.at, f"x-{mark}", 1),
    ]
    if learner.write(choose(texts, how)()) and mark in learner.text:
        learner.marks[mark] = skill.skill_id


# In Notion.


def edit_row(world: World, which: Field, pick: int, how: int) -> None:
    """Type another value into a row."""
    row = choose(world.notion.rows(), pick)
    if row is not None:
        _set(world, row, which, think_up(world, which, row.record.get(which), how))


def clash(world: World, learner: Learner, which: Field, pick: int, how: int) -> None:
    """Edit the same value on both sides, differently."""
    skill = choose([each for each in learner.skills() if each.skill_id], pick)
    rows = [row for row in world.notion.rows() if skill and row.tracker_id == skill.skill_id]
    if len(rows) == 1:
        edit_file(world, learner, which, learner.skills().index(skill), how)
        seen = rows[0].record.get(which)
        _set(world, rows[0], which, think_up(world, which, seen, how + 1))


def relate(world: World, pick: int, how: int) -> None:
    """Add or take out a relation between rows, at one of its ends."""
    rows = world.notion.rows()
    row, other = choose(rows, pick), choose(rows, how)
    if row is None or other is None:
        return
    pages = {each["id"] for each in _prop(world, row, Field.REQUIRES)["relation"]} ^ {other.page_id}
    if how % 2:
        world.notion.relate_back(row.page_id, other)
    else:
        world.notion.patch(row.page_id, {Field.REQUIRES: frozenset(pages)})
    key = other.tracker_id or other.page_id
    now = row.record.requires ^ {key}
    if other.tracker_id and not _key(world, other):
        now -= {key}  # of several rows with one id nobody knows yet which it will be
    _enter_row(world, row, {Field.REQUIRES: now})


def move_row(world: World, pick: int, how: int) -> None:
    """Choose another section for a row, or none, or a new one."""
    row = choose(world.notion.rows(), pick)
    titles = [*SECTIONS, f"Section {world.next()}", None]
    if row is not None:
        _set(world, row, Field.SECTION, choose(titles, how))


def _set(world: World, row: Row, which: Field, value: Value) -> None:
    if value == row.record.get(which):
        return
    if which is Field.STATUS and value not in world.notion.statuses():
        return
    world.notion.patch(row.page_id, {which: value})
    _enter_row(world, row, {which: value})


def _enter_row(world: World, row: Row, now: dict[Field, Value]) -> None:
    _enter(world, _key(world, row), row.record, now, "notion")
    _bury_doubtful(world, row, now)


def _bury_doubtful(world: World, row: Row, fields: Iterable[Field]) -> None:
    """Let go of what a row says, if others have its id: it may be the one that is the skill."""
    if not _key(world, row):
        for which in fields:
            world.ledger.bury(tokens_of(which, row.tracker_id, row.record.get(which)))


def _prop(world: World, row: Row, which: Field) -> dict:
    wanted = world.notion.ids[which]
    return next(each for each in row.page["properties"].values() if each["id"] == wanted)


def _key(world: World, row: Row) -> str:
    """Return the id of the skill that a row is; nothing while it is a copy of another row."""
    same = [each for each in world.notion.rows() if each.tracker_id == row.tracker_id]
    return row.tracker_id if len(same) == 1 else ""


def add_row(world: World, pick: int, how: int) -> None:
    """Make a row, with a name or without, in a section or in none."""
    number = world.next()
    values: dict[Field, Value] = {Field.HOURS: float(number)}
    if how % 4:
        values[Field.NAME] = f"Row {number}"
        world.born(f"Row {number}")
    if pick % 3:
        values[Field.SECTION] = choose(SECTIONS, pick)
    if how % 3 == 0:
        values[Field.STATUS] = choose(world.notion.statuses(), pick)
    world.notion.add(values)
    world.ledger.write("", {}, values, "notion")


def copy_row(world: World, pick: int) -> None:
    """Duplicate a row, Tracker ID and all, some minutes after it was made.

    Within moments of the other a row with the same values is its twin, not a copy.
    """
    row = choose(world.notion.rows(), pick)
    if row is None:
        return
    world.time.now += 180
    kept = [each for each in world.notion.ids if each is not Field.REQUIRES]
    properties = {world.notion.ids[which]: _prop(world, row, which) for which in kept}
    body = {name: {each["type"]: _sent(each)} for name, each in properties.items()}
    source = world.notion.person.source()["id"]
    world.notion.person.send(
        "POST", "pages", {"parent": {"data_source_id": source}, "properties": body}
    )
    world.born(row.record.name)


def _sent(prop: dict) -> object:
    value = prop[prop["type"]]
    if prop["type"] in {"title", "rich_text"}:
        return [{"text": each["text"]} for each in value]
    if prop["type"] in {"select", "status"}:
        return value and {"name": value["name"]}
    if prop["type"] == "multi_select":
        return [{"name": each["name"]} for each in value]
    return value


def trash_row(world: World, pick: int) -> None:
    """Move a row to the trash."""
    row = choose(world.notion.rows(), pick)
    if row is not None:
        world.ledger.remove(_key(world, row), row.record)
        world.ledger.removed.add(row.tracker_id)  # Notion lets go of relations to the page
        _bury_doubtful(world, row, TWO_WAY)
        world.is_trashed = True
        world.notion.person.send("PATCH", f"pages/{row.page_id}", {"in_trash": True})


def restore_row(world: World, pick: int) -> None:
    """Take a row out of the trash."""
    page = choose(sorted(world.notion.person.trashed(), key=lambda page: page["id"]), pick)
    if page is not None:
        world.notion.person.send("PATCH", f"pages/{page['id']}", {"in_trash": False})
        (row,) = (each for each in world.notion.rows() if each.page_id == page["id"])
        world.born(row.record.name)


def rename_column(world: World, pick: int) -> None:
    """Give a column another name, when all machines know it by its id."""
    if all(learner.has_state for learner in world.learners):
        column = choose(list(world.notion.ids.values()), pick)
        _change_columns(world, {column: {"name": f"Column {world.next()}"}})


def drop_state(world: World, learner: Learner) -> None:
    """Delete the state; what without it is known by its name only gets the usual one back."""
    learner.drop_state()
    names = {world.notion.ids[which]: {"name": name} for which, name in NAMES.items()}
    _change_columns(world, names)
    for status, name in world.notion.labels.items():
        usual = LABELS[status]
        for index in range(8 if name != usual else 0):
            change_option(
                world,
                Field.STATUS,
                index,
                lambda it, name=name, usual=usual: {"name": usual} if it["name"] == name else {},
            )
    world.notion.labels = dict(LABELS)


def _change_columns(world: World, change: dict) -> None:
    source = world.notion.person.source()["id"]
    world.notion.person.send("PATCH", f"data_sources/{source}", {"properties": change})


OPTIONS = (Field.SECTION, Field.LEVEL, Field.TAGS, Field.STATUS)


def rename_option(world: World, pick: int, how: int) -> None:
    """Rename an option, as Notion's own pages can: every row that has it changes."""
    which = choose(OPTIONS, pick)
    if which is Field.STATUS and not all(learner.has_state for learner in world.learners):
        return  # to a machine that knows no options a new name is a new option of its group
    rows = world.notion.rows()
    after = f"Option {world.next()}"
    before = change_option(world, which, how, lambda option: option | {"name": after})
    if before is None:
        return
    if which is Field.STATUS:
        labels = world.notion.labels
        world.notion.labels = {it: after if n == before else n for it, n in labels.items()}
        return
    having = [row for row in rows if before in _options_of(row, which)]
    for row in having:
        seen = row.record.get(which)
        now: Value = seen - {before} | {after} if which is Field.TAGS else after
        _enter_row(world, row, {which: now})
    if which is Field.TAGS and {row.tracker_id for row in having} <= world.ledger.removed:
        # Who renames a tag edits no row: that saves none from being removed.
        world.ledger.bury(tokens_of(which, "", frozenset({after})))


def _options_of(row: Row, which: Field) -> Iterable[Value]:
    value = row.record.get(which)
    return value if isinstance(value, frozenset) else (value,)


def change_option(
    world: World, which: Field, how: int, change: Callable[[dict], dict]
) -> str | None:
    """Change an option in the store, because the API refuses it; return its name before."""
    store = world.notion.app.extensions["workspace"]
    source_id = world.notion.person.source()["id"]
    with store.transaction():
        source = store.containers.data_source(source_id)
        wanted = unquote(world.notion.ids[which])
        prop = next(each for each in source.schema.values() if each.id == wanted)
        option = choose(prop.config["options"], how)
        if option is None:
            return None
        before = option["name"]
        prop.config["options"] = Options(
            {**each, **change(each)} if each is option else each for each in prop.config["options"]
        )
        store.containers.put(source)
    return before


def delete_option(world: World, pick: int, how: int) -> None:
    """Delete an option: every row that has it loses it, though nobody edited a row."""
    which = choose(OPTIONS, pick)
    columns = world.notion.person.source()["properties"].values()
    column = next(each for each in columns if each["id"] == world.notion.ids[which])
    kind = column["type"]
    options = column[kind]["options"]
    gone = choose(options, how)
    if gone is None or len(options) == 1:
        return
    kept = [{"id": each["id"]} for each in options if each is not gone]
    for row in world.notion.rows():
        # Who deletes an option sees what goes with it; what a file has by now stays.
        lost = tokens_of(which, row.tracker_id, row.record.get(which))
        world.ledger.bury(
            each for each in lost if world.notion.labels.get(each.value, each.value) == gone["name"]
        )
    _change_columns(world, {column["id"]: {kind: {"options": kept}}})
    if which is Field.STATUS:
        for status, name in world.notion.labels.items():
            if name == gone["name"]:
                world.notion.labels[status] = LABELS[status]


def add_extras(world: World, pick: int, how: int) -> None:
    """Write into a column of one's own, or on the page itself."""
    row = choose(world.notion.rows(), pick)
    if row is None:
        return
    send, page, number = world.notion.person.send, row.page_id, world.next()
    text = [{"type": "text", "text": {"content": f"extra {number}"}}]
    if how % 3 == 0:
        name = f"Own {how % 2}"
        _change_columns(world, {name: {"rich_text": {}}})
        send("PATCH", f"pages/{page}", {"properties": {name: {"rich_text": text}}})
    else:
        block = {"type": "paragraph", "paragraph": {"rich_text": text}}
        send("PATCH", f"blocks/{page}/children", {"children": [block]})
    world.extras[page] = world.look_at(page)


def write_on_progress(world: World, how: int) -> None:
    """Write above or below tracker's part of the Progress page, or into it, which does not last."""
    pages, send, text = (
        world.notion.progress_pages(),
        world.notion.person.send,
        f"my {world.next()}",
    )
    if not pages:
        return
    path, place = f"pages/{pages[0]}/markdown", how % 3
    if place < 2:
        position = {"type": ("start", "end")[place]}
        send("PATCH", path, {"insert_content": {"content": text, "position": position}})
        world.typed.add(text)
    else:
        update = {"old_str": "## Path\n", "new_str": f"## Path\n{text}\n"}
        if send("GET", path)["markdown"].count("## Path\n") == 1:
            send("PATCH", path, {"update_content": {"content_updates": [update]}})
