from threading import Event, Thread

from notion_fakes import ManualTime

from tracker.adapters.notion.pacer import WINDOW, Gate, Lanes, Pacer


def spend(pacer, requests, time, latency=0.0):
    moments = []
    for _ in range(requests):
        with pacer.turn():
            moments.append(time.now)
            time.now += latency
    return moments


def test_the_window_is_spent_as_a_burst():
    """A whole budget leaves at once; only the request after it waits for the window."""
    time = ManualTime()
    pacer = Pacer(5, clock=time.clock, sleep=time.sleep)

    moments = spend(pacer, 6, time)

    assert moments == [1000.0] * 5 + [1000.0 + WINDOW]
    assert pacer.requests == 6


def test_no_window_ever_holds_more_than_the_budget():
    """Counted from when the server may have seen them, requests never exceed the budget."""
    time = ManualTime()
    pacer = Pacer(7, clock=time.clock, sleep=time.sleep)

    moments = spend(pacer, 40, time, latency=0.9)

    gaps = [later - (early + 0.9) for early, later in zip(moments, moments[7:], strict=False)]
    assert min(gaps) >= WINDOW


def test_a_large_push_is_bound_by_the_window_not_by_the_pacer():
    """Five windows of requests take five windows, within two percent."""
    time = ManualTime()
    pacer = Pacer(180, clock=time.clock, sleep=time.sleep)

    spend(pacer, 901, time, latency=0.1)

    ideal = 5 * WINDOW
    assert ideal <= time.now - 1000.0 <= ideal * 1.02


def test_a_pause_stops_everyone_and_only_grows():
    """A shorter pause does not cut a longer one short."""
    time = ManualTime()
    pacer = Pacer(None, clock=time.clock, sleep=time.sleep)

    pacer.pause(30.0)
    pacer.pause(5.0)

    assert spend(pacer, 2, time) == [1030.0, 1030.0]


def test_requests_under_way_occupy_their_place():
    """A place is free again only a window after the answer, not after the departure."""
    time = ManualTime()
    pacer = Pacer(1, clock=time.clock, sleep=time.sleep)

    moments = spend(pacer, 2, time, latency=20.0)

    assert moments[1] == moments[0] + 20.0 + WINDOW


def test_lanes_close_after_a_conflict_and_open_again_slowly():
    """A conflict halves what was in use; enough successes open one lane more."""
    lanes = Lanes(32, recover_after=3)
    with lanes.lane(), lanes.lane(), lanes.lane(), lanes.lane():
        lanes.narrow()

    narrowed = lanes.limit
    for _ in range(3):
        lanes.widen()

    assert (narrowed, lanes.limit) == (2, 3)


def test_one_lane_always_stays_open():
    """However many conflicts there are, somebody can go on."""
    lanes = Lanes(4)
    with lanes.lane():
        lanes.narrow()
        lanes.narrow()

    with lanes.lane():
        assert lanes.limit == 1


def test_a_closed_lane_makes_others_wait():
    """With one lane open a second request starts only after the first has ended."""
    lanes = Lanes(1)
    started = Event()

    def run():
        with lanes.lane():
            started.set()

    with lanes.lane():
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
