import json
import logging
from datetime import UTC, datetime

import httpx
import pytest

from tracker.adapters.notion.exchange import (
    CONNECT_TIMEOUT,
    TIMEOUT,
    Exchange,
    is_answer,
    is_astray,
)
from tracker.adapters.notion.retry import Failure, Fault

TOKEN = "ntn_very_secret_0123456789"
PAGE = {"object": "page", "id": "p1"}


def exchange(answer, base_url="http://notion.test"):
    def handle(request):
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    return Exchange(base_url, TOKEN, httpx.MockTransport(handle))


def send(answer, *args, **more):
    sender = exchange(answer, **more)
    try:
        return sender.send(*(args or ("GET", "pages/p1", None, None)))
    finally:
        sender.close()


def test_a_request_carries_version_token_body_and_query():
    """What reaches the server is the pinned version, the token, the body and the query."""
    seen = []

    def remember(request):
        seen.append(request)
        return httpx.Response(200, json=PAGE)

    answer = send(remember, "PATCH", "pages/p1", {"in_trash": True}, {"page_size": 5})

    assert answer == PAGE
    assert str(seen[0].url) == "http://notion.test/v1/pages/p1?page_size=5"
    assert seen[0].headers["Notion-Version"] == "2026-03-11"
    assert seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(seen[0].content) == {"in_trash": True}
    assert seen[0].extensions["timeout"]["read"] == TIMEOUT
    assert seen[0].extensions["timeout"]["connect"] == CONNECT_TIMEOUT


def test_property_ids_are_not_encoded_twice():
    """An id that the server gave URL-encoded reaches it as it was given."""
    seen = []

    def remember(request):
        seen.append(request.url.raw_path)
        return httpx.Response(200, json=PAGE)

    send(remember, "GET", "pages/p1/properties/%3DXVf", None, None)

    assert seen == [b"/v1/pages/p1/properties/%3DXVf"]


def test_an_error_body_is_decoded():
    """Status, code, message, reason and the wait come from the answer; the header wins."""
    body = {
        "object": "error",
        "status": 429,
        "code": "rate_limited",
        "message": "Slow down.",
        "additional_data": {"reason": "public_api_request_blocked", "retry_after": "7"},
    }

    with_header = send(httpx.Response(429, json=body, headers={"Retry-After": "90"}))
    without = send(httpx.Response(429, json=body))

    assert with_header == Failure(
        Fault.ANSWERED,
        429,
        "rate_limited",
        "Slow down.",
        reason="public_api_request_blocked",
        retry_after=90.0,
    )
    assert isinstance(without, Failure)
    assert without.retry_after == 7.0


def test_a_write_that_was_saved_says_as_what():
    """A 503 that names a committed resource is told apart from one that does not."""
    body = {
        "object": "error",
        "status": 503,
        "code": "service_unavailable",
        "message": "The change was saved, but the response could not be built in time.",
        "additional_data": {"committed_resource_id": "p9"},
    }

    saved = send(httpx.Response(503, json=body))
    other = send(httpx.Response(503, json={**body, "message": "Later.", "additional_data": {}}))

    assert isinstance(saved, Failure)
    assert (saved.is_saved, saved.saved_id) == (True, "p9")
    assert isinstance(other, Failure)
    assert (other.is_saved, other.saved_id) == (False, None)


@pytest.mark.parametrize("status", [502, 520, 400])
def test_an_answer_from_the_edge_needs_no_json(status):
    """HTML from a proxy in between is a failure with its status, not a crash."""
    answer = send(httpx.Response(status, html="<html>Bad gateway</html>"))

    assert isinstance(answer, Failure)
    assert (answer.fault, answer.status) == (Fault.ANSWERED, status)


def test_an_error_nested_beyond_reading_is_garbled():
    """A body that no parser follows to its end ends no run with a stack trace."""
    answer = send(httpx.Response(400, content=b'{"a":' * 200_000))

    assert isinstance(answer, Failure)
    assert answer.fault is Fault.GARBLED


@pytest.mark.parametrize(
    "told",
    [
        {"code": "public_api_request_blocked"},
        {"message": "Refused: public_api_request_blocked"},
        {"additional_data": {"rate_limit": {"reason": "public_api_request_blocked"}}},
    ],
)
def test_a_block_is_recognised_wherever_it_stands(told):
    """The reason that makes a 429 final is found in any part of the body."""
    answer = send(httpx.Response(429, json={"object": "error", "code": "rate_limited"} | told))

    assert isinstance(answer, Failure)
    assert answer.reason == "public_api_request_blocked"


def test_a_full_workspace_is_told_from_a_missing_right():
    """A 403 for want of blocks says so."""
    body = {"object": "error", "code": "restricted_resource", "message": "No."}
    full = {"additional_data": {"block_limit": "block_creation"}}

    answers = [send(httpx.Response(403, json=sent)) for sent in (body, body | full)]

    assert [isinstance(answer, Failure) and answer.is_full for answer in answers] == [False, True]


def test_a_redirect_says_where_it_leads():
    """Redirects are not followed, lest the token goes elsewhere, and are explained."""
    answer = send(httpx.Response(301, headers={"Location": "https://login.example/"}))

    assert isinstance(answer, Failure)
    assert "redirect to https://login.example/" in answer.message


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html>captive portal</html>"),
        httpx.Response(200, json=["no object"]),
        httpx.Response(200, json={"id": "no object"}),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b'{"object": "pa'),
        httpx.Response(200, content=b"\xff\xfe\xfa"),
        httpx.Response(200, content=b"[" * 200_000),
        httpx.Response(200, json={"object": ["page"], "id": "p1"}),
        httpx.Response(200, json={"object": "user", "id": "p1"}),
    ],
)
def test_a_success_without_an_object_is_garbled(answer):
    """Whatever is no object of the API is not believed, whatever its status says."""
    failure = send(answer)

    assert isinstance(failure, Failure)
    assert failure.fault is Fault.GARBLED


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (httpx.ConnectError("refused"), Fault.UNSENT),
        (httpx.ConnectTimeout("slow"), Fault.UNSENT),
        (httpx.PoolTimeout("busy"), Fault.UNSENT),
        (httpx.ReadTimeout("slow"), Fault.LOST),
        (httpx.WriteTimeout("slow"), Fault.LOST),
        (httpx.ReadError("reset"), Fault.LOST),
        (httpx.RemoteProtocolError("gone"), Fault.LOST),
    ],
)
def test_whether_a_request_left_is_known(error, fault):
    """What never left is told apart from what may have arrived."""
    failure = send(error)

    assert isinstance(failure, Failure)
    assert failure.fault is fault


def test_the_token_is_in_no_message(caplog):
    """A server that echoes the token, and an exception that holds it, do not give it away."""
    caplog.set_level(logging.DEBUG)
    echo = {"object": "error", "code": TOKEN, "message": f"Bearer {TOKEN} and {TOKEN}\x1b[31m"}

    answered = send(httpx.Response(400, json=echo))
    raised = send(httpx.LocalProtocolError(f"Illegal header value b'Bearer {TOKEN}'"))

    assert TOKEN not in f"{answered!r} {raised!r} {caplog.text}"


@pytest.mark.parametrize(
    ("dates", "time"),
    [
        (["Mon, 30 Nov 2026 22:28:36 GMT"], datetime(2026, 11, 30, 22, 28, 36, tzinfo=UTC)),
        (["Mon, 30 Nov 2026 22:28:36 GMT"] * 2, datetime(2026, 11, 30, 22, 28, 36, tzinfo=UTC)),
        (["yesterday"], None),
        (["Mon, 30 Nov 99999999999999999999 22:28:36 GMT"], None),
        (["Fri, 31 Dec 9999 23:59:59 -0500"], None),
        ([], None),
    ],
    ids=["once", "twice", "no date", "no year", "beyond the last year", "never"],
)
def test_the_time_of_the_server_is_remembered(dates, time):
    """Servers behind one another may each send the header."""
    headers = [("Date", date) for date in dates]
    made = exchange(httpx.Response(200, json={"object": "user"}, headers=headers))

    made.send("GET", "users/me", None, None)

    assert made.date == time


def test_a_path_cannot_leave_the_api():
    """A path that climbs up is a final failure, before anything is sent."""
    failure = send(httpx.Response(200, json=PAGE), "GET", "pages/../users", None, None)

    assert isinstance(failure, Failure)
    assert failure.status == 400


def test_no_logging_handler_is_left_behind():
    """Connecting leaves the logging of the process as it was."""
    before = list(logging.getLogger().handlers), list(logging.getLogger("notion_client").handlers)

    send(httpx.Response(200, json=PAGE))

    after = list(logging.getLogger().handlers), list(logging.getLogger("notion_client").handlers)
    assert after == before


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_answer_about_another_object_is_astray(method):
    """What a server says about something else is neither news of this nor the end of a write."""
    failure = send(
        httpx.Response(200, json={"object": "page", "id": "p2"}), method, "pages/p1", {}, {}
    )

    assert isinstance(failure, Failure)
    assert failure.fault is Fault.ASTRAY


PAGE_PATH = {"object": "page", "id": "p1", "properties": {}}
LIST = {"object": "list", "results": [], "has_more": False}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("users/me", {"object": "user", "id": "u1"}),
        ("pages", PAGE_PATH),
        ("pages/p1", {"object": "page", "id": "p1"}),
        ("databases/d1", {"object": "database", "id": "d1"}),
        ("data_sources/s1", {"object": "data_source", "id": "s1", "properties": {}}),
        ("data_sources/s1/query", LIST),
        ("blocks/p1/children", LIST),
        ("pages/p1/properties/%3DXVf", LIST),
        ("pages/p1/markdown", {"object": "page_markdown", "id": "p1"}),
        ("pages/p1/markdown", {"object": "async_task", "id": "task_7e86", "status": "queued"}),
        ("blocks/b1", {"object": "block", "id": "b1", "type": "paragraph"}),
        ("views/v1", {"object": "view", "id": "v1"}),
        ("views", {"object": "view", "id": "v1"}),
        ("views", LIST),
        ("views/v1/queries", {"id": "q1", "view_id": "v1", "results": [], "has_more": False}),
        ("search", LIST),
        ("comments", LIST),
        ("comments", {"object": "comment", "id": "c1"}),
    ],
)
def test_what_an_address_promises_is_believed(path, answer):
    """Objects and lists pass, with whatever else they hold."""
    assert is_answer(path, answer | {"request_id": "r", "later": [1]})


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("data_sources/s1", PAGE_PATH),
        ("data_sources/s1", LIST),
        ("data_sources/s1", {"object": "data_source", "id": "s1", "properties": []}),
        ("pages/p1", {"object": "page"}),
        ("pages/p1", {"object": "error", "status": 404}),
        ("pages/p1", {"object": ["page"], "id": "p1"}),
        ("data_sources/s1/query", PAGE_PATH),
        ("data_sources/s1/query", {"object": "list", "results": {}}),
        ("pages/p1/markdown", {"object": "error"}),
        ("elsewhere", {"object": "page", "id": "p1"}),
        ("elsewhere", {"id": "p1"}),
        ("views/v1", LIST),
        ("views/v1", PAGE_PATH),
        ("views/v1/queries", {"object": "error"}),
        ("search", PAGE_PATH),
        ("search", {"object": "list", "results": None}),
        ("pages", LIST),
        ("pages/p1", [PAGE_PATH]),
        ("pages/p1", None),
    ],
)
def test_anything_else_is_not(path, answer):
    """An object of another kind, or without its outline, is no answer to what was asked."""
    assert not is_answer(path, answer)


ONE = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER = "bbbbbbbb-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (f"pages/{ONE}", "page"),
        (f"databases/{ONE}", "database"),
        (f"data_sources/{ONE}", "data_source"),
        (f"blocks/{ONE}", "block"),
        (f"views/{ONE}", "view"),
        (f"pages/{ONE}/markdown", "page_markdown"),
    ],
)
def test_an_answer_about_another_object_is_told_from_one_about_the_same(path, kind):
    """The id answered is the one asked for, however the two are spelled."""
    assert is_astray(path, {"object": kind, "id": OTHER})
    assert not is_astray(path, {"object": kind, "id": ONE})
    assert not is_astray(path, {"object": kind, "id": ONE.replace("-", "").upper()})


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("pages", {"object": "page", "id": OTHER}),
        ("users/me", {"object": "user", "id": OTHER}),
        (f"blocks/{ONE}/children", {"object": "list", "results": [], "id": OTHER}),
        (f"pages/{ONE}/markdown", {"object": "async_task", "id": "task_1"}),
    ],
)
def test_an_answer_with_an_id_of_its_own_is_not_astray(path, answer):
    """Where the address holds no id of the answer, none is compared."""
    assert not is_astray(path, answer)
