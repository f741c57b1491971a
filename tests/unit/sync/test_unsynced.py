"""Promises of what is called not synced, by the base alone."""

from __future__ import annotations

from builders import edit, in_sync, roadmap, skill, without

from tracker.sync.model import Base, Binding
from tracker.sync.records import Field
from tracker.sync.unsynced import Unsynced, count_unsynced

LOCAL = roadmap(skill("knn"), skill("svm"), skill("pca"))


def agreed(base):
    """Return the values of a base."""
    return {skill_id: binding.fields for skill_id, binding in base.bindings.items()}


def test_a_file_that_is_in_sync_has_nothing():
    """Where file and base agree there is nothing to carry over."""
    base, local, _ = in_sync(LOCAL)

    assert count_unsynced(agreed(base), local) == Unsynced(bound=3)


def test_changed_new_and_removed_skills_are_counted_once_each():
    """Several changed fields of a skill are one; a skill without an id is a new one."""
    base, local, _ = in_sync(LOCAL)
    local = edit(local, "knn", status="done", goal="Explain k.")
    local = roadmap(*without(local, "pca").skills, skill("glm"), skill(None))

    found = count_unsynced(agreed(base), local)

    assert (found, found.count) == (Unsynced(added=2, changed=1, removed=1, bound=3), 4)


def test_a_field_that_is_open_is_no_change():
    """A field without a base is a conflict or held, and told as that."""
    base, local, _ = in_sync(LOCAL)
    knn = base.bindings["knn"]
    known = {which: value for which, value in knn.fields.items() if which is not Field.GOAL}
    base = Base({**base.bindings, "knn": Binding(knn.skill_id, knn.page_id, known)})

    assert count_unsynced(agreed(base), edit(local, "knn", goal="Explain k.")).count == 0


def test_what_waits_for_a_person_is_no_change():
    """A field in conflict, and a skill that is held, are told elsewhere, not as left to a sync."""
    base, local, _ = in_sync(LOCAL)
    local = edit(edit(local, "knn", goal="Explain k."), "svm", goal="Explain margins.")

    assert count_unsynced(agreed(base), local, {("knn", "goal")}).changed == 1
    assert count_unsynced(agreed(base), local, {("knn", "goal"), ("svm", "")}).count == 0
    assert count_unsynced(agreed(base), without(local, "pca"), {("pca", "")}).removed == 0
