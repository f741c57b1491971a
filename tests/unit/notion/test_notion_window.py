"""When requests may leave: against servers of many kinds, in simulated time."""

from __future__ import annotations

import math
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pacing import LAYERS, Push, Server, Simulation, Wire, find_ideal, make_push

from tracker.adapters.notion.window import (
    CAREFUL,
    CROSSING,
    LIKELY,
    LONGEST_REFUSAL,
    MOST_IN_VAIN,
    MOST_LANES,
    MOST_REFUSED,
    WINDOW,
    Answer,
    Learned,
    WindowRule,
)

PUSH = make_push()
LATENCY = 0.9
"""Seconds that Notion takes for a request, measured."""

latencies = st.floats(0.05, 3.0)
roundings = st.sampled_from([math.ceil, math.floor, round])
wires = st.builds(
    Wire,
    latency=latencies,
    jitter=st.sampled_from([0.0, 0.05, 0.2]),
    arrives=st.floats(0.01, 0.99),
    refusal=st.sampled_from([None, 0.05]),
    is_dated=st.booleans(),
    seed=st.integers(0, 1000),
)


def run(server: Server, *, wire: Wire | None = None, rule: WindowRule | None = None, push=PUSH):
    rule = rule or WindowRule()
    seconds = Simulation(rule, server, wire or Wire(), MOST_LANES).run(push)
    return seconds, rule


@cache
def ideal(budget: int) -> float:
    return find_ideal(PUSH, budget, LATENCY)


def spend(rule: WindowRule, now: float, requests: int, answer=Answer.ACCEPTED) -> float:
    """Send requests one after the other, each as soon as it may; return when the last one left."""
    for _ in range(requests):
        while (delay := rule.find_delay(now)) > 0:
            now += delay
        departure = rule.leave(rule.take(1), now)
        rule.settle(departure, now, answer)
        rule.lanes_in_use -= 1
    return now


@pytest.mark.parametrize(("budget", "most"), [(180, 1.10), (600, 1.13)])
@given(
    phase=st.floats(0, 60),
    rounding=roundings,
    wire=st.builds(
        Wire,
        latency=st.just(LATENCY),
        jitter=st.just(0.03),
        arrives=st.floats(0.01, 0.99),
        seed=st.integers(0, 1000),
    ),
)
def test_a_first_push_takes_little_longer_than_the_ideal_schedule(
    budget, most, phase, rounding, wire
):
    """With a budget that nobody told: about a tenth longer at most, and ten refused requests.

    It takes longest where the minute of the server's clock begins among the first rows.
    """
    server = Server(budget, phase=phase, rounding=rounding)

    seconds, _ = run(server, wire=wire)

    assert seconds <= most * ideal(budget)
    assert server.refused <= MOST_REFUSED


@given(budget=st.sampled_from(LIKELY), rounding=roundings, wire=wires)
def test_a_likely_budget_is_found_with_few_refusals(budget, rounding, wire):
    """Of a window that nobody else uses."""
    server = Server(budget, rounding=rounding)

    _, rule = run(server, wire=wire)

    assert server.refused <= CROSSING + 3
    assert rule.budget in {None, budget}


@given(
    budget=st.integers(1, 400),
    kind=st.sampled_from(["opened", "aligned", "sliding"]),
    phase=st.floats(0, 60),
    rounding=roundings,
    share=st.floats(0, 1),
    before=st.floats(0, 55),
    wire=wires,
)
def test_whatever_the_server_counts_the_run_ends(  # noqa: PLR0917  what a server may do
    budget, kind, phase, rounding, share, before, wire
):
    """Nothing starves, and refusals stay few, whoever used the window before."""
    push = make_push(LAYERS[: 2 if budget < 10 else 12])
    used = (int(budget * share), 1000.0 - before)
    server = Server(budget, kind, rounding, phase, used=used)

    seconds, _ = run(server, wire=wire, push=push)

    assert server.accepted == len(push.needs) + push.before + push.after
    windows = server.accepted / budget + 2
    # With a budget of a few requests, a window may pass to find out where the next one begins.
    assert seconds <= 2 * windows * WINDOW + 2 * wire.latency * server.accepted
    # All lanes may be under way when the rule stops trying, and some more find the new limit.
    assert server.refused <= MOST_IN_VAIN + MOST_LANES + MOST_REFUSED


def test_a_budget_that_was_found_out_is_kept_to():
    """The next run goes on to its end at once, and asks once at most whether a new window began."""
    _, rule = run(Server(180))
    learned = rule.learned(10_000.0)
    again = WindowRule()
    again.recall(learned, 1000.0)
    server = Server(180)

    seconds, _ = run(server, rule=again)

    assert learned == Learned(180, is_confirmed=True)
    assert seconds <= 1.10 * ideal(180)
    assert server.refused <= 1


def test_a_budget_that_became_smaller_is_found_out_again():
    """Refused below it, the run learns the new one."""
    rule = WindowRule()
    rule.recall(Learned(600, is_confirmed=True), 1000.0)
    server = Server(180)

    run(server, rule=rule)

    assert rule.budget == 180
    assert server.refused <= MOST_LANES


def test_a_budget_that_became_larger_is_noticed():
    """One request beyond a budget that nobody confirmed proves it wrong, and the run goes on."""
    rule = WindowRule()
    rule.recall(Learned(100), 1000.0)
    server = Server(600)

    seconds, _ = run(server, rule=rule)

    assert seconds <= WINDOW
    assert rule.budget is None


def test_a_run_within_the_same_minute_continues_the_count():
    """What the run before used of the window is missing from it."""
    rule = WindowRule()
    rule.recall(Learned(180, is_confirmed=True, count=100, ends_after=30.0, ends_before=31.0), 0.0)

    early = spend(rule, 0.0, 80)
    late = spend(rule, early, 1)

    assert early == 0.0
    assert 31.0 <= late <= 32.0


def test_a_ceiling_holds_in_any_minute():
    """Counted from when the server may have seen them, requests never exceed what a person allows."""
    rule = WindowRule(ceiling=7)
    moments, now = [], 0.0

    for _ in range(40):
        now = spend(rule, now, 1)
        moments.append(now)
        now += 0.9

    gaps = [later - early for early, later in zip(moments, moments[7:], strict=False)]
    assert min(gaps) >= WINDOW - 1e-6


def test_only_few_ask_before_more_was_accepted_than_every_plan_allows():
    """While nothing is known of the server, a refusal costs few requests."""
    rule = WindowRule()

    taken = 0
    while rule.find_delay(0.0) == 0:
        rule.leave(rule.take(1), 0.0)
        taken += 1

    assert taken == CAREFUL
    assert rule.find_delay(0.0) == math.inf


def test_a_refusal_stops_everybody_until_the_window_ends():
    """The window began with the first request, so it is over a minute later, and few go first."""
    rule = WindowRule()
    spend(rule, 0.0, 5)
    refused = rule.leave(rule.take(1), 10.0)
    rule.settle(refused, 10.0, Answer.REFUSED, 50.0)
    rule.lanes_in_use -= 1

    delay = rule.find_delay(10.0)
    turns = [rule.take(1) for _ in range(5) if rule.find_delay(10.0 + delay) == 0]
    for turn in turns:
        rule.leave(turn, 60.0)

    assert delay == pytest.approx(50.0, abs=0.1)
    assert rule.budget == 5
    assert rule.find_delay(61.0) > 0


def test_other_limits_say_nothing_of_the_window():
    """A pause that the server asks for longer than a window is kept to, and teaches no budget."""
    rule = WindowRule()
    refused = rule.leave(rule.take(1), 0.0)
    rule.settle(refused, 0.0, Answer.REFUSED, 300.0)
    rule.lanes_in_use -= 1

    assert rule.find_delay(0.0) == 300.0
    assert spend(rule, 300.0, 5) == 300.0
    assert rule.budget is None


@pytest.mark.parametrize("retry_after", [None, 35.0])
def test_a_server_that_takes_nothing_any_more_is_given_up(retry_after):
    """After a quarter of an hour of refusals all who wait may ask once more, and learn it."""
    rule, now = WindowRule(), 0.0
    while not rule.is_given_up(now):
        now += rule.find_delay(now)
        refused = rule.leave(rule.take(1), now)
        rule.settle(refused, now, Answer.REFUSED, retry_after)
        rule.lanes_in_use -= 1
    now += rule.find_delay(now)

    asking = 0
    while rule.find_delay(now) == 0:
        rule.leave(rule.take(1), now)
        asking += 1

    assert now < 2 * LONGEST_REFUSAL
    assert asking == CAREFUL


def test_one_accepted_request_shows_that_a_server_takes_some():
    """However many were refused before, waiting is of use again."""
    rule = WindowRule()
    spend(rule, 0.0, 1, Answer.REFUSED)

    spend(rule, 800.0, 1)
    spend(rule, 1600.0, 1, Answer.REFUSED)

    assert not rule.is_given_up(1700.0)


def test_a_pause_only_grows():
    """A shorter pause does not cut a longer one short."""
    rule = WindowRule()

    rule.pause(0.0, 30.0)
    rule.pause(0.0, 5.0)

    assert rule.find_delay(0.0) == 30.0


def test_rows_without_prerequisites_go_as_fast():
    """A push without any chain is bound by the lanes alone."""
    push = Push({f"r{number}": frozenset() for number in range(200)})
    rule = WindowRule()
    rule.recall(Learned(600, is_confirmed=True), 1000.0)

    seconds, _ = run(Server(600), rule=rule, push=push)

    assert seconds == pytest.approx(find_ideal(push, 600), rel=0.01)
