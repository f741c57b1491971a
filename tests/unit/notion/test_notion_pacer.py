from threading import Event, Thread

import pytest
from notion_fakes import ManualTime

from tracker.adapters.notion.pacer import FEWEST_LANES, Gate, Lanes, Pacer
from tracker.adapters.notion.window import MOST_LANES, WINDOW, Answer, Learned, WindowRule


def make_pacer(time, *, ceiling=None, lanes=None):
    return Pacer(
        WindowRule(ceiling), lanes or Lanes(MOST_LANES), clock=time.clock, sleep=time.sleep
    )


def spend(pacer, requests, time, latency=0.0):
    moments = []
    for _ in range(requests):
        with pacer.turn() as turn:
            departure = pacer.leave(turn)
            moments.append(time.now)
            time.now += latency
            pacer.settle(departure, Answer.ACCEPTED)
    return moments


def test_a_window_is_spent_as_a_burst():
    """A whole budget leaves at once; only the request after it waits for the next window."""
    time = ManualTime()
    pacer = make_pacer(time)
    pacer.recall(Learned(5, is_confirmed=True))

    moments = spend(pacer, 6, time)

    assert moments[:5] == [1000.0] * 5
    assert moments[5] == pytest.approx(1000.0 + WINDOW, abs=0.1)
    assert pacer.requests == 6


def test_a_pause_stops_everyone():
    """Nothing leaves before it is over, and everything does afterwards."""
    time = ManualTime()
    pacer = make_pacer(time)

    pacer.pause(30.0)

    assert spend(pacer, 2, time) == [1030.0, 1030.0]


def test_places_that_are_not_used_are_released():
    """A turn that ends early leaves its places to others."""
    time = ManualTime()
    pacer = make_pacer(time, ceiling=2)

    with pacer.turn(2):
        pass

    assert spend(pacer, 2, time) == [1000.0, 1000.0]


def test_a_turn_asks_for_no_more_than_a_window_has():
    """With a budget of one, a look and its write follow each other window by window."""
    time = ManualTime()
    pacer = make_pacer(time, ceiling=1)

    with pacer.turn(2) as turn:
        pacer.settle(pacer.leave(turn), Answer.ACCEPTED)
        must_wait = pacer.must_wait()
        pacer.extend(turn)
        pacer.settle(pacer.leave(turn), Answer.ACCEPTED)

    assert must_wait
    assert time.now == 1000.0 + WINDOW


@pytest.mark.parametrize(
    ("seconds", "lanes"), [(0.01, FEWEST_LANES), (0.3, 11), (0.9, 32), (5.0, 32)]
)
def test_slow_answers_get_more_lanes(seconds, lanes):
    """As many as carry some 36 requests a second, within bounds."""
    found = Lanes(32)
    for _ in range(5):
        found.widen(seconds)

    assert found.limit == lanes


def test_nobody_gets_more_lanes_than_a_person_allows():
    """The setting is a ceiling."""
    lanes = Lanes(3)
    lanes.widen(5.0)

    assert lanes.limit == 3


def test_lanes_close_after_a_conflict_and_open_again_slowly():
    """A conflict halves what was in use; enough successes open one lane more."""
    lanes = Lanes(32, recover_after=3)
    lanes.widen(0.9)
    lanes.narrow(4)

    narrowed = lanes.limit
    for _ in range(3):
        lanes.widen(0.9)

    assert (narrowed, lanes.limit) == (2, 3)


def test_lanes_recover_from_a_conflict_altogether():
    """After as many successes as it takes, the answers alone decide."""
    lanes = Lanes(6, recover_after=1)
    lanes.narrow(6)

    for _ in range(10):
        lanes.widen(0.9)

    assert lanes.limit == 6


def test_one_lane_always_stays_open():
    """However many conflicts there are, somebody can go on."""
    lanes = Lanes(4)
    lanes.narrow(1)
    lanes.narrow(1)

    assert lanes.limit == 1


def test_a_closed_lane_makes_others_wait():
    """With one lane open a second request starts only after the first has ended."""
    time = ManualTime()
    pacer = make_pacer(time, lanes=Lanes(1))
    started = Event()

    def run():
        with pacer.turn():
            started.set()

    with pacer.turn():
        worker = Thread(target=run)
        worker.start()
        was_early = started.is_set()
    worker.join(timeout=5)

    assert not was_early
    assert started.is_set()


def test_who_passes_alone_waits_for_the_others():
    """A change of the columns starts only when no row is being written."""
    gate = Gate()
    alone = Event()

    def run():
        with gate.alone():
            alone.set()

    with gate.shared(), gate.shared():
        worker = Thread(target=run)
        worker.start()
        was_early = alone.is_set()
    worker.join(timeout=5)

    assert not was_early
    assert alone.is_set()
