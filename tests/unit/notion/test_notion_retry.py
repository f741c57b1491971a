import pytest
from notion_fakes import failed

from tracker.adapters.notion.retry import (
    ATTEMPTS,
    ATTEMPTS_ASTRAY,
    ATTEMPTS_UNASKED,
    ATTEMPTS_UNSENT,
    LONGEST_WAIT,
    Failure,
    Fault,
    Operation,
    Verb,
    retry_decision,
)

READ, PATCH, CREATE = Operation
RETRY, LOOK_UP, COMMITTED, FAIL = Verb
LOST = Failure(Fault.LOST)
UNSENT = Failure(Fault.UNSENT)
GARBLED = Failure(Fault.GARBLED)
ASTRAY = Failure(Fault.ASTRAY)
SAVED = failed(503, "service_unavailable", is_saved=True)
SAVED_AS = failed(503, "service_unavailable", is_saved=True, saved_id="p1")


@pytest.mark.guarantee("G14")
@pytest.mark.parametrize(
    ("failure", "read", "patch", "create"),
    [
        pytest.param(failed(400), FAIL, FAIL, FAIL, id="a bad request stays bad"),
        pytest.param(failed(401), FAIL, FAIL, FAIL, id="a refused token stays refused"),
        pytest.param(failed(403), FAIL, FAIL, FAIL, id="a denial stays a denial"),
        pytest.param(failed(404), FAIL, FAIL, FAIL, id="what is not there stays away"),
        pytest.param(failed(301), FAIL, FAIL, FAIL, id="a redirect is not followed"),
        pytest.param(failed(409), RETRY, RETRY, RETRY, id="a conflict was rolled back"),
        pytest.param(failed(429), RETRY, RETRY, RETRY, id="a rate limit did nothing"),
        pytest.param(failed(529), RETRY, RETRY, RETRY, id="an overload did nothing"),
        pytest.param(failed(500), RETRY, RETRY, LOOK_UP, id="500 may have happened"),
        pytest.param(failed(502), RETRY, RETRY, LOOK_UP, id="502 may have happened"),
        pytest.param(failed(503), RETRY, RETRY, LOOK_UP, id="503 may have happened"),
        pytest.param(failed(504), RETRY, RETRY, LOOK_UP, id="504 may have happened"),
        pytest.param(failed(520), RETRY, RETRY, LOOK_UP, id="520 may have happened"),
        pytest.param(SAVED, RETRY, COMMITTED, LOOK_UP, id="saved, nobody says as what"),
        pytest.param(SAVED_AS, RETRY, COMMITTED, COMMITTED, id="saved as p1"),
        pytest.param(LOST, RETRY, RETRY, LOOK_UP, id="a lost answer may have happened"),
        pytest.param(GARBLED, RETRY, RETRY, LOOK_UP, id="garbage may have happened"),
        pytest.param(ASTRAY, RETRY, RETRY, LOOK_UP, id="an answer about something else"),
        pytest.param(UNSENT, RETRY, RETRY, RETRY, id="what never left is sent again"),
    ],
)
def test_a_failure_is_answered_by_what_repeating_would_do(failure, read, patch, create):
    """Nothing that may have made something is repeated; everything else that may pass is."""
    verbs = [retry_decision(operation, failure, 1).verb for operation in Operation]

    assert verbs == [read, patch, create]


@pytest.mark.parametrize("status", [429, 529])
def test_a_rate_limit_is_waited_out_exactly(status):
    """The wait asked for is kept, longer than a minute too, and concerns everyone."""
    decision = retry_decision(CREATE, failed(status, retry_after=95.0), 3)

    assert (decision.delay, decision.is_exact) == (95.0, True)


def test_a_rate_limit_without_a_time_backs_off_up_to_a_minute():
    """Without Retry-After the waits double and stop growing at sixty seconds."""
    delays = [retry_decision(READ, failed(429), attempt).delay for attempt in (1, 2, 3, 9)]

    assert delays == [1.0, 2.0, 4.0, 60.0]


@pytest.mark.parametrize("told", [None, 0.0])
def test_a_rate_limit_without_a_time_ends_after_some_minutes(told):
    """A server that never says when is not asked for a quarter of an hour."""
    failure = failed(429, retry_after=told)
    waits = [retry_decision(READ, failure, attempt) for attempt in range(1, ATTEMPTS_UNASKED)]

    assert sum(decision.delay for decision in waits) < LONGEST_WAIT / 3
    assert retry_decision(READ, failure, ATTEMPTS_UNASKED).verb is FAIL


def test_no_time_left_to_wait_is_no_time_given():
    """A server that rounds the rest of its window down to 0 is not asked again at once."""
    delays = [
        retry_decision(READ, failed(429, retry_after=0.0), attempt).delay for attempt in (1, 2, 3)
    ]

    assert delays == [1.0, 2.0, 4.0]


def test_a_blocked_connection_is_final():
    """A connection that the workspace blocked asks no more."""
    failure = failed(429, reason="public_api_request_blocked", retry_after=1.0)

    assert retry_decision(READ, failure, 1).verb is FAIL


def test_a_wait_of_hours_is_left_to_the_learner():
    """A wait above a quarter of an hour ends the run instead of hanging."""
    assert retry_decision(READ, failed(429, retry_after=LONGEST_WAIT + 1), 1).verb is FAIL


@pytest.mark.parametrize(
    ("failure", "attempts"),
    [(failed(500), ATTEMPTS), (UNSENT, ATTEMPTS_UNSENT), (ASTRAY, ATTEMPTS_ASTRAY)],
)
def test_attempts_are_bounded(failure, attempts):
    """The last attempt is final, the one before is not."""
    assert retry_decision(READ, failure, attempts - 1).verb is RETRY
    assert retry_decision(READ, failure, attempts).verb is FAIL


def test_a_full_table_is_no_conflict():
    """A 409 that says the table is full does not go away by waiting."""
    assert retry_decision(CREATE, failed(409, "row_limit_exceeded"), 1).verb is FAIL
