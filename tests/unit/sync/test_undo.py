"""Taking a run back, decided: what comes back, where it stands, and what is left alone."""

from __future__ import annotations

from dataclasses import replace

from builders import TODAY, changes, edit, in_sync, only, page, record, roadmap, skill, without

from tracker.roadmap.model import Status
from tracker.sync.journal import JournalEntry
from tracker.sync.model import (
    Absence,
    Base,
    Binding,
    Change,
    Create,
    Delete,
    MissingRow,
    Policy,
    Side,
    Update,
)
from tracker.sync.planner import make_plan
from tracker.sync.records import Field
from tracker.sync.row_state import extend_seen
from tracker.sync.undo import make_undo


def entry(action, base=None, text=""):
    """Return the journal's entry of an action."""
    return JournalEntry("run", "now", "ds-path", "Data scientist path", action, text, base)


def trash(remote, *skill_ids):
    """Return a remote side with some rows in the trash, and told of."""
    gone = {page(each) for each in skill_ids}
    kept = tuple(each for each in remote.rows if each.page_id not in gone)
    missing = tuple(
        MissingRow(each.page_id, Absence.TRASHED, each)
        for each in remote.rows
        if each.page_id in gone
    )
    return replace(remote, rows=kept, missing=missing)


def trashed_here(skill_id, base, **values):
    """Return the entry of a row that went to the trash since the file had lost its skill."""
    action = Delete(Side.REMOTE, skill_id, record(skill_id.title(), **values), page(skill_id))
    return entry(action, base.bindings[skill_id].fields)


def test_what_a_row_lost_with_its_options_comes_back_to_the_file():
    """A skill comes back as both had agreed on, even if its row has no section or level any more."""
    base, local, remote = in_sync(roadmap(skill("knn", level="entry"), skill("svm")))
    remote = trash(edit(remote, "knn", section="", level=None), "knn")
    found = without(local, "knn")

    plan = make_undo([trashed_here("knn", base)], base, found, remote).plan

    (made,) = only(plan, Create)
    assert (made.side, made.record.section, made.record.level) == (Side.LOCAL, "Basics", "entry")


def test_a_skill_comes_back_between_its_neighbours_of_a_renamed_section():
    """Its row's number says where it stood, whatever the section is called meanwhile."""
    base, _, remote = in_sync(roadmap(skill("knn"), skill("svm"), skill("trees")))
    renamed = [
        Update(
            Side.REMOTE,
            each,
            (Change(Field.SECTION, "Basics", "Renamed"),),
            page(each),
        )
        for each in ("knn", "trees")
    ]
    agreed = {
        key: replace(it, fields={**it.fields, Field.SECTION: "Renamed"})
        for key, it in base.bindings.items()
        if key != "svm"
    }
    now = roadmap(skill("knn", section="Renamed"), skill("trees", section="Renamed"))
    remote = edit(edit(remote, "knn", section="Renamed"), "trees", section="Renamed")
    entries = [entry(each, {Field.SECTION: "Basics"}) for each in renamed]

    plan = make_undo(
        [*entries, trashed_here("svm", base, section="Basics")],
        Base(agreed),
        now,
        trash(remote, "svm"),
    ).plan

    (made,) = only(plan, Create)
    assert (made.place, plan.sections) == (1, (("Renamed", "Basics"),))
    assert not [each for each in only(plan, Update) if Field.ORDER in _fields(each)]


def test_a_row_in_the_trash_is_not_numbered():
    """A row that stays in the trash cannot be edited, so it gets no new number."""
    base, local, remote = in_sync(
        roadmap(skill("knn"), skill("svm"), skill("new", section="Later"))
    )
    made = Create(Side.REMOTE, "new", record("New", section="Later"), 3000.0, page("new"))
    moved = Update(Side.REMOTE, "svm", (Change(Field.SECTION, "Later", "Basics"),), page("svm"))
    unbound = Base({key: it for key, it in base.bindings.items() if key != "new"})

    plan = make_undo(
        [entry(made), entry(moved, {Field.SECTION: "Later"})],
        unbound,
        local,
        trash(remote, "new"),
    ).plan

    assert [each for each in only(plan, Update, Delete) if each.skill_id == "new"] == []


def test_skills_arrive_in_a_new_section_as_the_rows_are_numbered():
    """What comes back stands in front of what moves back, and the numbers need no change."""
    base, _, remote = in_sync(roadmap(skill("knn"), skill("svm")))
    moved = Update(Side.REMOTE, "svm", (Change(Field.SECTION, "Basics", "Later"),), page("svm"))
    agreed = replace(
        base.bindings["svm"], fields={**base.bindings["svm"].fields, Field.SECTION: "Later"}
    )
    now = roadmap(skill("svm", section="Later"), skill("pca", section="Later"))
    remote = trash(edit(remote, "svm", section="Later"), "knn")

    plan = make_undo(
        [trashed_here("knn", base, section="Basics"), entry(moved, {Field.SECTION: "Basics"})],
        Base({"svm": agreed}),
        now,
        remote,
    ).plan

    numbered = [each for each in only(plan, Update) if Field.ORDER in _fields(each)]
    assert [each.skill_id for each in only(plan, Create)] == ["knn"]
    assert changes(plan, Side.LOCAL, "svm") == {Field.SECTION: ("Later", "Basics")}
    assert numbered == []


def test_a_conflict_that_comes_back_is_no_unseen_write():
    """The conflict has its old reason: this machine knows what it writes back."""
    base, local, remote = in_sync(roadmap(skill("knn", goal="base")))
    local, remote = edit(local, "knn", goal="mine"), edit(remote, "knn", goal="theirs")
    run = make_plan(base, local, remote, Policy(prefer=Side.LOCAL, today=TODAY))
    (settled,) = only(run, Update)
    chains = extend_seen({}, settled.changes)
    agreed = replace(
        base.bindings["knn"], fields={**base.bindings["knn"].fields, Field.GOAL: "mine"}
    )
    row = replace(edit(remote, "knn", goal="mine").rows[0], seen=chains)

    undoing = make_undo(
        [entry(settled, {Field.GOAL: "base"})],
        Base({"knn": replace(agreed, seen=chains)}),
        local,
        replace(remote, rows=(row,)),
    )

    (back,) = only(undoing.plan, Update)
    (bound,) = undoing.bookkeeping.bind
    fields = {**agreed.fields, **bound.fields}
    after = replace(edit(remote, "knn", goal="theirs").rows[0], seen=back.seen)
    later = make_plan(
        Base({"knn": Binding("knn", page("knn"), fields, chains)}),
        local,
        replace(remote, rows=(after,)),
        Policy(today=TODAY),
    )
    (conflict,) = later.conflicts
    assert (conflict.base, conflict.local, conflict.remote) == ("base", "mine", "theirs")
    assert conflict.reason == ""


def test_an_option_that_was_deleted_is_not_deleted_again():
    """A section that was put back into a row whose option had gone stays there, as agreed on."""
    base, local, remote = in_sync(roadmap(skill("knn", section="Renamed")))
    written = Update(Side.REMOTE, "knn", (Change(Field.SECTION, "", "Renamed"),), page("knn"))

    plan = make_undo([entry(written, {Field.SECTION: "Basics"})], base, local, remote).plan

    for side in Side:
        assert changes(plan, side, "knn") == {Field.SECTION: ("Renamed", "Basics")}


def test_a_row_that_was_brought_back_stays():
    """A run that took a bound skill's row out of the trash made nothing that could be removed."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    restored = Update(Side.REMOTE, "knn", (), page("knn"), restore=True)

    plan = make_undo([entry(restored, base.bindings["knn"].fields)], base, local, remote).plan

    assert plan.actions == ()


def test_what_a_cut_off_run_brought_back_is_agreed_on():
    """Where only the last commit is missing, both sides stand and the base is completed."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    cut_off = Base({"knn": Binding("knn", page("knn"))})

    undoing = make_undo([trashed_here("knn", base)], cut_off, local, remote)

    (bound,) = undoing.bookkeeping.bind
    assert undoing.plan.actions == ()
    assert bound.fields == base.bindings["knn"].fields


def test_what_a_cut_off_run_changed_back_is_agreed_on():
    """Both sides have the old value again; only the base still says what the run had brought."""
    base, local, remote = in_sync(roadmap(skill("knn", status="doing"), skill("svm")))
    finished = Change(Field.STATUS, Status.DOING, Status.DONE)
    written = Update(Side.REMOTE, "knn", (finished,), page("knn"))
    known = base.bindings["knn"]
    cut_off = Base(
        {**base.bindings, "knn": replace(known, fields={**known.fields, Field.STATUS: Status.DONE})}
    )

    undoing = make_undo([entry(written, {Field.STATUS: Status.DOING})], cut_off, local, remote)

    (bound,) = undoing.bookkeeping.bind
    assert undoing.plan.actions == ()
    assert (bound.skill_id, bound.fields) == ("knn", {Field.STATUS: Status.DOING})


def test_what_comes_back_does_not_require_what_is_gone():
    """A prerequisite that left the file meanwhile is left out, and with it the text of before."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm", requires=["knn"])))
    deleted = Delete(Side.LOCAL, "svm", local.skills[1].record, page("svm"), at=local.skills[1].at)
    text = "- id: svm\n  requires: [knn]\n"

    plan = make_undo(
        [entry(deleted, base.bindings["svm"].fields, text)],
        Base(),
        without(local, "knn", "svm"),
        trash(without(remote, "knn"), "svm"),
    ).plan

    (made,) = only(plan, Create)
    assert (made.skill_id, made.record.requires, made.text) == ("svm", frozenset(), "")


def test_what_is_changed_back_does_not_close_a_circle():
    """Prerequisites of before stay taken away where the other skill requires this one meanwhile."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm", requires=["knn"])))
    removed = Change(Field.REQUIRES, frozenset({"svm"}), frozenset())
    written = Update(Side.REMOTE, "knn", (removed,), page("knn"))

    plan = make_undo(
        [entry(written, {Field.REQUIRES: frozenset({"svm"})})], base, local, remote
    ).plan

    (held,) = plan.holds
    assert only(plan, Update) == []
    assert (held.skill_id, held.field) == ("knn", Field.REQUIRES)
    assert held.reason == "its prerequisites would go round in a circle: knn, svm"


def test_a_skill_that_is_required_meanwhile_stays():
    """What the run put into the file is kept where another skill has come to require it."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm")))
    made = Create(Side.LOCAL, "svm", local.skills[1].record, page_id=page("svm"))

    plan = make_undo([entry(made)], base, edit(local, "knn", requires=["svm"]), remote).plan

    (held,) = plan.actions
    assert (held.skill_id, held.reason) == ("svm", "changed since: knn requires it")


def test_neighbours_get_new_numbers_where_there_is_no_room():
    """A row that is made again between two neighbouring numbers moves the next one on."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm"), skill("trees")))
    remote = edit(edit(remote, "knn", order=1.0), "trees", order=2.0)
    deleted = Delete(Side.LOCAL, "svm", local.skills[1].record, page("svm"), at=local.skills[1].at)
    bound = Base({key: it for key, it in base.bindings.items() if key != "svm"})

    plan = make_undo(
        [entry(deleted, base.bindings["svm"].fields)],
        bound,
        without(local, "svm"),
        without(remote, "svm"),
    ).plan

    (made,) = (action for action in only(plan, Create) if action.side is Side.REMOTE)
    numbers = changes(plan, Side.REMOTE, "trees")
    assert numbers[Field.ORDER][0] == 2.0
    assert 1.0 < made.order < numbers[Field.ORDER][1]


def _fields(action):
    return {change.field for change in action.changes}
