import pytest
from notion_fakes import ManualTime, ScriptedSender, failed, make_gateway

from tracker.adapters.notion.errors import (
    AmbiguousError,
    AnswerError,
    AstrayError,
    DeniedError,
    RejectedError,
)
from tracker.adapters.notion.gateway import Gateway, Timing, Waiter
from tracker.adapters.notion.retry import ATTEMPTS, Failure, Fault, Operation
from tracker.adapters.notion.window import LONGEST_REFUSAL
from tracker.errors import RemoteError, SettingsError, UnreachableError
from tracker.sync.speed import SpeedRecord

PAGE = {"object": "page", "id": "p1"}
READ, PATCH, CREATE = Operation.READ, Operation.PATCH, Operation.CREATE


def test_a_read_survives_what_passes():
    """Conflicts, rate limits, outages and lost answers are waited out."""
    time = ManualTime()
    sender = ScriptedSender(
        failed(409), failed(429, retry_after=70.0), failed(500), Failure(Fault.LOST), PAGE
    )
    gateway = make_gateway(sender, time=time)

    assert gateway.send(READ, "GET", "pages/p1") == PAGE
    assert gateway.requests == 5
    assert 70.0 in time.slept


def test_a_rate_limit_pauses_everyone():
    """After a 429 no request of anybody leaves before the time that was asked for."""
    time = ManualTime()
    gateway = make_gateway(ScriptedSender(failed(429, retry_after=70.0), PAGE), time=time)

    gateway.send(READ, "GET", "pages/p1")

    assert time.now == 1070.0


def test_a_server_that_keeps_failing_is_unreachable():
    """After the last attempt the host is named, with what it said."""
    gateway = make_gateway(ScriptedSender(failed(500, "internal_server_error", "Oops")))

    with pytest.raises(UnreachableError) as caught:
        gateway.send(READ, "GET", "pages/p1")

    assert gateway.requests == ATTEMPTS
    assert "notion.test" in caught.value.problems[0].what
    assert "Oops" in caught.value.problems[0].why
    assert caught.value.exit_code == 5


@pytest.mark.guarantee("G6")
def test_answers_about_something_else_are_an_error_of_their_own():
    """They are no refusal, which could mean that something is not there."""
    gateway = make_gateway(ScriptedSender(Failure(Fault.ASTRAY, message="about another object")))

    with pytest.raises(AstrayError) as caught:
        gateway.send(READ, "GET", "databases/d1")

    assert not isinstance(caught.value, AnswerError | UnreachableError)
    assert caught.value.problems[0].code == "answer-astray"
    assert caught.value.exit_code == 5
    assert caught.value.problems[0].next


@pytest.mark.parametrize(
    ("failure", "kind", "exit_code"),
    [
        (failed(401, "unauthorized", "API token is invalid."), SettingsError, 4),
        (failed(403, "restricted_resource", "No."), DeniedError, 5),
        (failed(404, "object_not_found", "No."), DeniedError, 5),
        (failed(400, "validation_error", "No."), RejectedError, 5),
        (failed(429, reason="public_api_request_blocked"), UnreachableError, 5),
    ],
)
def test_a_final_answer_becomes_an_error_with_a_next_step(failure, kind, exit_code):
    """Each refusal says what it means and what to do, after one request."""
    gateway = make_gateway(ScriptedSender(failure))

    with pytest.raises(kind) as caught:
        gateway.send(READ, "GET", "pages/p1")

    assert caught.value.exit_code == exit_code
    assert caught.value.problems[0].next
    assert gateway.requests == 1


def test_a_denial_explains_sharing():
    """Whoever gets a 404 is told how a page is shared."""
    gateway = make_gateway(ScriptedSender(failed(404, "object_not_found", "Could not find page")))

    with pytest.raises(DeniedError) as caught:
        gateway.send(READ, "GET", "pages/p1")

    assert "Connections" in caught.value.problems[0].next


@pytest.mark.parametrize(
    ("operation", "failure", "code", "advice"),
    [
        (READ, failed(403, "restricted_resource", "x"), "notion-denied", '"Read content"'),
        (PATCH, failed(403, "restricted_resource", "x"), "notion-denied", '"Update content"'),
        (CREATE, failed(403, "restricted_resource", "x"), "notion-denied", '"Insert content"'),
        (CREATE, failed(403, "restricted_resource", "x", is_full=True), "notion-full", "upgrade"),
    ],
)
def test_a_missing_right_is_told_from_a_full_workspace(operation, failure, code, advice):
    """What helps depends on what was asked and why Notion does not allow it, not on its words."""
    gateway = make_gateway(ScriptedSender(failure))

    with pytest.raises(DeniedError) as caught:
        gateway.send(operation, "GET", "pages/p1")

    assert caught.value.problems[0].code == code
    assert advice in caught.value.problems[0].next


def test_a_redirect_is_no_answer_of_the_api():
    """Whoever redirects is not Notion: the address is wrong, or somebody stands in between."""
    gateway = make_gateway(ScriptedSender(failed(302, message="a redirect")))

    with pytest.raises(UnreachableError) as caught:
        gateway.send(READ, "GET", "pages/p1")

    assert "NOTION_BASE_URL" in caught.value.problems[0].next


@pytest.mark.parametrize(
    "failure", [failed(500), failed(502), Failure(Fault.LOST), Failure(Fault.GARBLED)]
)
def test_a_creation_is_never_repeated_blindly(failure):
    """What may have made something is asked once, and its doubt is handed on."""
    sender = ScriptedSender(failure)

    with pytest.raises(AmbiguousError) as caught:
        make_gateway(sender).send(CREATE, "POST", "pages", body={})

    assert len(sender.asked) == 1
    assert caught.value.saved_id is None


def test_a_creation_that_was_saved_says_as_what():
    """The id that a 503 names is handed on."""
    sender = ScriptedSender(failed(503, is_saved=True, saved_id="p9"))

    with pytest.raises(AmbiguousError) as caught:
        make_gateway(sender).send(CREATE, "POST", "pages", body={})

    assert caught.value.saved_id == "p9"


def test_a_patch_that_was_saved_is_read_not_repeated():
    """After "the change was saved" the object is read at its own address."""
    sender = ScriptedSender(failed(503, is_saved=True), PAGE)

    answer = make_gateway(sender).send(PATCH, "PATCH", "pages/p1", body={})

    assert answer == PAGE
    assert [asked[:2] for asked in sender.asked] == [("PATCH", "pages/p1"), ("GET", "pages/p1")]


def test_waiting_for_a_rate_limit_ends_some_time():
    """Waits that add up to more than a quarter of an hour end the request."""
    time = ManualTime()
    gateway = make_gateway(ScriptedSender(failed(429, retry_after=400.0)), time=time)

    with pytest.raises(RemoteError):
        gateway.send(READ, "GET", "pages/p1")

    assert sum(time.slept) <= 900.0


def test_many_requests_wait_no_longer_than_one():
    """What others asked in vain counts as well: with all of them refused, nobody tries for hours."""
    time = ManualTime()
    gateway = make_gateway(ScriptedSender(failed(429, retry_after=1.0)), time=time)
    for _ in range(2):
        with pytest.raises(RemoteError):
            gateway.send(READ, "GET", "pages/p1")

    asked = gateway.requests
    time.now += LONGEST_REFUSAL
    with pytest.raises(RemoteError):
        gateway.send(READ, "GET", "pages/p1")

    assert gateway.requests == asked + 1


def test_answers_that_take_for_ever_end_the_request():
    """A server that uses up the time of every answer is not asked as often as one that is quick."""
    time = ManualTime()

    def drip(*_):
        time.sleep(120.0)
        return Failure(Fault.LOST, message="too late")

    gateway = make_gateway(ScriptedSender(drip), time=time)

    with pytest.raises(UnreachableError):
        gateway.send(READ, "GET", "pages/p1")

    assert gateway.requests == 3


def test_what_a_server_asks_for_is_no_trouble():
    """Waits that were asked for count by their own limit only."""
    time = ManualTime()
    sender = ScriptedSender(failed(429, retry_after=400.0), failed(429, retry_after=400.0), PAGE)

    assert make_gateway(sender, time=time).send(READ, "GET", "pages/p1") == PAGE


def test_long_waits_are_told():
    """Whoever looks on learns what is waited for, and for how long; short waits are not worth it."""
    told = []
    time = ManualTime()
    timing = Timing(clock=time.clock, sleep=time.sleep, chance=lambda: 0.5)
    sender = ScriptedSender(
        failed(429, retry_after=1.0), failed(429, retry_after=70.0), *[failed(500)] * 2, PAGE
    )
    gateway = Gateway(sender, "notion.test", timing=timing, notify=told.append)

    gateway.send(READ, "GET", "pages/p1")

    assert told == [
        "notion.test takes no more requests now: waiting 70 s",
        "notion.test did not answer properly: waiting 4 s",
    ]


def test_a_wait_of_many_is_told_once():
    """Requests that wait for the same thing do not say so one after the other."""
    told = []
    timing = Timing(clock=lambda: 0.0, sleep=lambda _: None, chance=lambda: 0.5)
    gateway = Gateway(ScriptedSender(PAGE), "notion.test", timing=timing, notify=told.append)

    for _ in range(3):
        gateway._tell_full(30.0, None)

    assert told == ["notion.test takes no more requests now: waiting 30 s"]


def test_a_budget_that_is_used_up_is_named():
    """Whoever waits for a limit that is known learns how many requests it allows."""
    told = []
    time = ManualTime()
    timing = Timing(time.clock, time.sleep, wall=time.clock)
    gateway = Gateway(ScriptedSender(PAGE), "notion.test", timing=timing, notify=told.append)
    gateway.recall(SpeedRecord(2, is_confirmed=True, at=999.0))

    for _ in range(3):
        gateway.send(READ, "GET", "pages/p1")

    assert told == ["notion.test takes 2 requests a minute: waiting 60 s"]


def test_closing_wakes_up_whoever_waits():
    """A closed gateway neither sleeps nor keeps its connections."""
    sender = ScriptedSender(PAGE)
    gateway = Gateway(sender, "notion.test")

    gateway.close()

    assert sender.closed
    with pytest.raises(UnreachableError):
        gateway.wait(60.0)


def test_a_waiter_that_was_not_stopped_just_waits():
    """Waiting no time at all returns."""
    assert Waiter()(0.0) is None


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (failed(500), "500"),
        (failed(400, "validation_error", "no"), "400 validation_error: no"),
        (failed(403, "restricted_resource"), "403 restricted_resource"),
        (failed(401), "401"),
        (failed(429, reason="blocked"), "429"),
        (Failure(Fault.LOST, message="gone"), "gone"),
    ],
)
def test_every_refusal_is_told_in_four_parts(failure, said):
    """What, why in the server's words with its whole status, what stands, and what to do next."""
    gateway = make_gateway(ScriptedSender(failure))

    with pytest.raises((RemoteError, SettingsError)) as caught:
        gateway.send(READ, "GET", "pages/p1")

    problem = caught.value.problems[0]
    assert all([problem.what, problem.kept, problem.next])
    assert problem.why.startswith(said)


def look_and_patch(gateway, time, moments):
    """Return work that reads a page and changes it, and notes when each request was answered."""

    def work():
        gateway.send(READ, "GET", "pages/p1")
        moments.append(time.now)
        gateway.send(PATCH, "PATCH", "pages/p1")
        moments.append(time.now)

    return work


def test_the_budget_makes_nobody_wait_between_a_look_and_its_write():
    """With one place left in the window, the look waits, too."""
    time, moments = ManualTime(), []
    gateway = make_gateway(ScriptedSender(*[PAGE] * 6), time=time, ceiling=3)

    for _ in range(3):
        gateway.in_one_turn(look_and_patch(gateway, time, moments))

    assert moments[::2] == moments[1::2]
    assert len(set(moments)) == 3
    assert gateway.requests == 6


def test_a_repeated_look_does_not_part_the_next_one_from_its_write():
    """A look that took the place of its write is made once more, together with it."""
    time, moments = ManualTime(), []
    sender = ScriptedSender(PAGE, failed(500), PAGE, PAGE, PAGE)
    gateway = make_gateway(sender, time=time, ceiling=3)
    gateway.send(READ, "GET", "pages/p0")

    gateway.in_one_turn(look_and_patch(gateway, time, moments))

    assert moments[-1] == moments[-2]


@pytest.mark.parametrize("failure", [failed(429, retry_after=7.0), failed(502), failed(409)])
def test_the_work_of_a_turn_is_done_once_more_after_a_failed_change(failure):
    """A change is never repeated without the look before it, whatever was waited for."""
    time, moments = ManualTime(), []
    sender = ScriptedSender(PAGE, failure, PAGE, PAGE)
    gateway = make_gateway(sender, time=time)

    gateway.in_one_turn(look_and_patch(gateway, time, moments))

    assert len(moments) == 3
    assert moments[1] == moments[2]


def test_a_change_that_keeps_failing_ends_as_any_other():
    """The attempts of a change are counted over its turns."""
    sender = ScriptedSender(*[PAGE, failed(500)] * ATTEMPTS)
    gateway = make_gateway(sender)

    with pytest.raises(UnreachableError):
        gateway.in_one_turn(look_and_patch(gateway, ManualTime(), []))

    assert gateway.requests == 2 * ATTEMPTS
