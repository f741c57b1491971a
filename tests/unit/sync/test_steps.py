"""Promises of stepping back and forward through runs, as in an editor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.sync.journal import JournalKind, Undo, find_steps, find_undoer, trace_run


class Journal:
    """Runs by name, oldest first, and which takes which back; plays `undo` and `redo`."""

    def __init__(self):
        self.names, self.undos = [], []

    def play(self, acts):
        """Do one act after the other: a name is an edit, `<` a step back, `>` a step forward."""
        for act in acts.split():
            if act in "<>":
                self.step(act)
            elif act.startswith("<"):
                self.take_back(act[1:])
            else:
                self.names.append(act)
        return self

    def step(self, sign, *, is_open=False):
        """Undo or redo the next run, if there is one."""
        steps = self.steps.undo if sign == "<" else self.steps.redo
        if steps:
            self.take_back(steps[-1], is_open=is_open)
        return bool(steps)

    def take_back(self, run, *, is_open=False, writes=True):
        """Take a run back under a name that tells what it does."""
        kind, root = trace_run(self.undos, run)
        name = f"{'redo' if kind is JournalKind.UNDO else 'undo'}-{root}-{len(self.undos)}"
        self.undos.append(Undo(name, run, is_open=is_open))
        if writes:
            self.names.append(name)
        return name

    @property
    def steps(self):
        """The steps that there are."""
        return find_steps(self.names, self.undos)

    def roots(self):
        """Return what people see: the edits to undo and to redo, the next one last."""
        steps = self.steps
        return tuple(
            "".join(trace_run(self.undos, name)[1] for name in names)
            for names in (steps.undo, steps.redo)
        )


@pytest.mark.parametrize(
    ("acts", "undo", "redo"),
    [
        pytest.param("", "", "", id="nothing was done"),
        pytest.param("a b c", "abc", "", id="runs pile up"),
        pytest.param("a b c <", "ab", "c", id="a step back"),
        pytest.param("a b c < <", "a", "cb", id="two steps back are two runs"),
        pytest.param("a b < < <", "", "ba", id="back to the beginning and no further"),
        pytest.param("a b < >", "ab", "", id="back and forward"),
        pytest.param("a b c < < >", "ab", "c", id="two back and one forward"),
        pytest.param("a b c < < > >", "abc", "", id="two back and two forward"),
        pytest.param("a b c < < > > >", "abc", "", id="forward to the end and no further"),
        pytest.param("a b < > <", "a", "b", id="back again what was redone"),
        pytest.param("a b < > < >", "ab", "", id="back and forward, twice"),
        pytest.param("a b < > < <", "", "ba", id="what was redone is one step, not two"),
        pytest.param("a b < c", "ac", "", id="a new run ends the way forward"),
        pytest.param("a b < c >", "ac", "", id="and there is nothing to redo then"),
        pytest.param("a b < c < <", "", "ca", id="what was undone before a new run stays undone"),
        pytest.param("a b c < < > d", "abd", "", id="a new run after a redo"),
        pytest.param("a b c < < > d < <", "a", "db", id="back over a new run and what was redone"),
        pytest.param("a b c <a", "bc", "a", id="an earlier run by its name"),
        pytest.param("a b c <a >", "bca", "", id="an earlier run that is redone is the last one"),
        pytest.param("a b c <a <", "b", "ac", id="an earlier run, then a step back"),
        pytest.param("a b c < <a", "b", "ca", id="a step back, then an earlier run"),
    ],
)
def test_steps_are_those_of_an_editor(acts, undo, redo):
    """Each step back takes the last run that stands, each step forward the last that was undone."""
    assert Journal().play(acts).roots() == (undo, redo)


@given(st.lists(st.sampled_from("e<>"), max_size=25))
def test_any_mixture_is_what_an_editor_does(acts):
    """However runs, undos and redos follow each other, two stacks tell the same."""
    journal, back, forward = Journal(), [], []
    for number, act in enumerate(acts):
        name = chr(ord("a") + number)
        if act == "e":
            journal.play(name)
            back, forward = [*back, name], []
        elif act == "<":
            assert journal.step("<") is bool(back)
            forward += [back.pop()] if back else []
        else:
            assert journal.step(">") is bool(forward)
            back += [forward.pop()] if forward else []

        assert journal.roots() == ("".join(back), "".join(forward))
        for letter in (chr(ord("a") + place) for place, it in enumerate(acts) if it == "e"):
            if letter in journal.names:
                is_undone = letter not in back
                assert bool(find_undoer(journal.undos, letter)) is is_undone


def test_what_is_redone_stands_for_what_was_done():
    """The step back from a redo takes the redo back, which knows the newest rows."""
    journal = Journal().play("a < >")

    assert [trace_run(journal.undos, name) for name in journal.names] == [
        (JournalKind.EDIT, "a"),
        (JournalKind.UNDO, "a"),
        (JournalKind.REDO, "a"),
    ]
    assert journal.steps.undo == (journal.names[-1],)


def test_what_was_cut_off_changes_no_step():
    """An undo or a redo that did not come to its end leaves its run where it is."""
    journal = Journal().play("a b")
    journal.step("<", is_open=True)
    undone_in_part = journal.roots()
    journal = Journal().play("a b <")
    journal.step(">", is_open=True)
    redone_in_part = journal.roots()
    journal.take_back(journal.names[-1])

    assert undone_in_part == ("ab", "")
    assert redone_in_part == ("a", "b")
    assert journal.roots() == ("a", "b")


def test_what_had_nothing_left_to_undo_is_no_obstacle():
    """A run of which nothing is left counts as undone, though nothing was written for it."""
    journal = Journal().play("a b")
    journal.take_back("b", writes=False)

    assert journal.roots() == ("a", "")


def test_a_run_that_is_forgotten_is_the_end_of_its_chain():
    """The journal is bounded: an undo may outlive what it took back."""
    assert find_steps(["undo"], [Undo("undo", "gone")]).redo == ("undo",)
    assert trace_run([Undo("undo", "gone")], "undo") == (JournalKind.UNDO, "gone")
