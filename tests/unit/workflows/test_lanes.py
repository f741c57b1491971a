"""Lanes run side by side, in the order that prerequisites ask for."""

import threading

import pytest

from tracker.workflows.lanes import run_lanes


def answers(needs, *, workers=4, fail=()):
    started = []

    def start(key):
        started.append(key)

        def work():
            if key in fail:
                raise ValueError(key)
            return key.upper()

        return work

    settled = list(run_lanes(needs, start, workers=lambda: workers))
    return started, settled


def test_every_lane_ends_with_its_answer():
    """Each lane is yielded once, with what its function returned."""
    _, settled = answers({"a": [], "b": [], "c": []})

    assert {each.key: each.answer for each in settled} == {"a": "A", "b": "B", "c": "C"}


def test_prerequisites_end_before_what_needs_them_starts():
    """A lane starts only after all its prerequisites were yielded."""
    started, _ = answers({"c": ["b"], "b": ["a"], "a": []}, workers=3)

    assert started == ["a", "b", "c"]


def test_the_longest_chain_begins_first():
    """What most others wait for starts before what nobody waits for; equals keep their order."""
    started, _ = answers({"x": [], "y": [], "a": [], "b": ["a"], "c": ["b"], "d": ["y"]}, workers=1)

    assert started == ["a", "y", "b", "x", "c", "d"]


def test_the_number_of_lanes_may_change_on_the_way():
    """It is asked for anew whenever a lane ended."""
    allowed = iter([1, 3, 3, 3, 3, 3])
    started = []

    def start(key):
        started.append(key)
        return lambda: key

    lanes = run_lanes({number: [] for number in range(4)}, start, workers=lambda: next(allowed))
    next(lanes)
    before = len(started)
    next(lanes)
    lanes.close()

    assert before == 1
    assert len(started) == 4


def test_a_failed_lane_ends_with_its_error_and_stops_nobody():
    """An exception becomes a settled lane; what depends on it still runs."""
    _, settled = answers({"a": [], "b": ["a"]}, fail={"a"})

    assert [(each.key, type(each.error)) for each in settled] == [
        ("a", ValueError),
        ("b", type(None)),
    ]


def test_a_cycle_runs_all_the_same():
    """Lanes that wait for each other run unordered instead of never."""
    _, settled = answers({"a": ["b"], "b": ["a"]})

    assert {each.key for each in settled} == {"a", "b"}


def test_unknown_prerequisites_do_not_count():
    """A prerequisite that is no lane holds nothing back."""
    _, settled = answers({"a": ["elsewhere"]})

    assert [each.answer for each in settled] == ["A"]


def test_no_more_lanes_than_workers_run_at_once():
    """The number of lanes under way never exceeds the number of workers."""
    running, peak, guard = 0, 0, threading.Lock()

    def start(key):
        def work():
            nonlocal running, peak
            with guard:
                running += 1
                peak = max(peak, running)
            with guard:
                running -= 1
            return key

        return work

    list(run_lanes({number: [] for number in range(50)}, start, workers=lambda: 3))

    assert peak <= 3


def test_a_caller_that_stops_early_starts_no_further_lane():
    """After the caller leaves the loop nothing new starts."""
    started = []

    def start(key):
        started.append(key)
        return lambda: key

    lanes = run_lanes({number: [] for number in range(100)}, start, workers=lambda: 1)
    next(lanes)
    lanes.close()

    assert len(started) <= 2


def test_an_interrupt_in_a_lane_is_not_swallowed():
    """What is no ordinary exception reaches the caller."""

    def start(_key):
        def work():
            raise KeyboardInterrupt

        return work

    with pytest.raises(KeyboardInterrupt):
        list(run_lanes({"a": []}, start, workers=lambda: 1))


def test_an_interrupted_caller_hurries_the_lanes_under_way():
    """Before waiting for what is under way, whoever sleeps there is woken up."""
    woken = threading.Event()

    def start(key):
        return (lambda: key) if key == "quick" else (lambda: woken.wait(timeout=30))

    lanes = run_lanes({"quick": [], "slow": []}, start, workers=lambda: 2, stop=woken.set)
    next(lanes)
    lanes.close()

    assert woken.is_set()
