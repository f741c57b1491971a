"""Promises about the base: it learns what both sides have, and nothing earlier."""

from builders import POLICY, edit, in_sync, only, roadmap, row, skill

from tracker.sync.model import Base, Create, RemoteObservation, Side, Update, make_ledger
from tracker.sync.planner import make_plan
from tracker.sync.records import Field


def ledger_for(base, local, remote):
    plan = make_plan(base, local, remote, POLICY)
    return plan, make_ledger(plan)


def test_a_field_written_on_both_sides_is_settled_by_the_last_write():
    """A stamped date is agreed on when Notion has it, not when the file has."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    plan, ledger = ledger_for(base, local, edit(remote, "knn", status="done"))

    here, there = only(plan, Update)

    assert ledger.learn(here) == {Field.STATUS: "done"}
    assert ledger.learn(there) == {Field.COMPLETED: POLICY.today}


def test_a_created_row_settles_all_its_values():
    """A new row has what the file has."""
    plan, ledger = ledger_for(Base(), roadmap(skill("knn")), RemoteObservation())

    [create] = only(plan, Create)

    assert ledger.learn(create) == create.record.values()


def test_a_section_given_by_us_is_settled_in_notion():
    """A row that gets the inbox as its section agrees on it when it has it."""
    typed = RemoteObservation((row(None, "typed", name="X", section=""),))
    plan, ledger = ledger_for(Base(), roadmap(), typed)

    [create] = only(plan, Create)
    [update] = only(plan, Update)

    assert Field.SECTION not in ledger.learn(create)
    assert ledger.learn(update) == {Field.SECTION: "Inbox"}
    assert (create.side, update.side) == (Side.LOCAL, Side.REMOTE)
