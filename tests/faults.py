"""A bad network and a bad day of the server: every way in which one request can go wrong.

    FaultyTransport(inner, decide)     decide(number, request) names the fault, or None

`number` counts from 0. A fault is a value; it says for which requests it makes sense, and what
happens: an answer of its own, an answer of the server's spoilt on the way, or an exception, each
before or after the server did as it was asked. `WriteLog` stands below everybody who writes, and
knows what an index that lags behind would still show.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import httpx

Json = dict[str, Any]
Send = Callable[[httpx.Request], httpx.Response]
"""Lets the server do what is asked."""
Act = Callable[[httpx.Request, Send], httpx.Response]


class Killed(BaseException):
    """The process is gone, as after `kill -9`: nothing in the product may catch this."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, and the requests that it can befall."""

    kind: str
    act: Act = field(compare=False)
    suits: Callable[[httpx.Request], bool] = field(default=lambda _: True, compare=False)


Decide = Callable[[int, httpx.Request], Fault | None]


class FaultyTransport(httpx.BaseTransport):
    """Passes requests on as `decide` lets it; counts requests and faults by kind.

    After `Killed` nothing passes any more: a dead process sends nothing. `sent` lists method and
    path of all requests, in the order in which they left.
    """

    def __init__(self, inner: httpx.BaseTransport, decide: Decide = lambda *_: None) -> None:
        self.decide = decide
        self.sent: list[tuple[str, str]] = []
        self.faults: Counter[str] = Counter()
        self._inner = inner
        self._lock = RLock()
        self._is_dead = False

    @property
    def requests(self) -> int:
        """Number of requests so far, the failed ones included."""
        return len(self.sent)

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The requests so far that change something."""
        return [each for each in self.sent if is_write(*each)]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, or let it come to grief."""
        request.read()
        with self._lock:
            if self._is_dead:
                raise Killed
            number = len(self.sent)
            self.sent.append((request.method, request.url.path))
            fault = self.decide(number, request)
            if fault is not None and fault.suits(request):
                self.faults[fault.kind] += 1
            else:
                fault = None
        if fault is None:
            return self._inner.handle_request(request)
        try:
            return fault.act(request, lambda asked: _read(self._inner.handle_request(asked)))
        except Killed:
            self._is_dead = True
            raise


def is_write(method: str, path: str) -> bool:
    """Tell whether a request changes something; queries and searches are POSTs too."""
    return method != "GET" and not re.search(r"/(query|search)$", path)


def is_query(request: httpx.Request) -> bool:
    """Tell whether a request lists rows."""
    return request.method == "POST" and request.url.path.endswith("/query")


def is_change(request: httpx.Request) -> bool:
    """Tell whether a request changes something."""
    return is_write(request.method, request.url.path)


def at(numbers: Sequence[int], fault: Fault) -> Decide:
    """Decide that the same fault befalls the requests with these numbers."""
    return lambda number, _: fault if number in numbers else None


def each_once(*faults: Fault | None) -> Decide:
    """Decide that the first request meets the first fault, and so on; then all is well."""
    return lambda number, _: faults[number] if number < len(faults) else None


# Answers of a server that did nothing.


def rate_limited(seconds: float = 1, *, told_in: str = "header") -> Fault:
    """429; the wait is told in the "header", in the "body" (as text), in "both" or in "neither"."""
    headers = {"Retry-After": str(int(seconds))} if told_in in {"header", "both"} else {}
    extra = {"retry_after": str(int(seconds))} if told_in in {"body", "both"} else {}
    extra["reason"] = "public_api_request_rate_limit"
    return _answering("429", 429, "rate_limited", headers=headers, extra=extra)


def blocked() -> Fault:
    """429, and no use in trying again."""
    extra = {"reason": "public_api_request_blocked"}
    return _answering("blocked", 429, "rate_limited", headers={"Retry-After": "1"}, extra=extra)


def overloaded(seconds: float | None = None) -> Fault:
    """529."""
    headers = {} if seconds is None else {"Retry-After": str(int(seconds))}
    return _answering("529", 529, "service_overload", headers=headers)


def conflicting() -> Fault:
    """409: two writes at once; the transaction was aborted."""
    message = "Conflict occurred while saving. Please try again."
    return _answering("409", 409, "conflict_error", message, suits=is_change)


def not_found() -> Fault:
    """404 for a page that is there."""
    message = "Could not find page. Make sure the relevant pages are shared."
    return _answering("404", 404, "object_not_found", message, suits=_is_of_page)


def forbidden() -> Fault:
    """403 for one request."""
    return _answering("403", 403, "restricted_resource")


def refused_token() -> Fault:
    """401."""
    return _answering("401", 401, "unauthorized", "API token is invalid.")


def never_sent() -> Fault:
    """No connection: the request never left."""
    return losing(httpx.ConnectError, done=False)


# Ambiguous: `done` says whether the server did it all the same.


def failing(status: int, *, done: bool) -> Fault:
    """500, 502 (an HTML page of the edge), 503, 504."""
    code = {500: "internal_server_error", 503: "service_unavailable", 504: "gateway_timeout"}
    kind = f"{status} {_when(done)}"

    def act(request: httpx.Request, send: Send) -> httpx.Response:
        if done:
            send(request)
        if status == 502:
            page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
            return httpx.Response(502, html=page, request=request)
        return httpx.Response(status, json=_error(status, code[status]), request=request)

    return Fault(kind, act)


def saved(*, told: bool = True) -> Fault:
    """503 after the change was saved; `told` names what was made."""

    def act(request: httpx.Request, send: Send) -> httpx.Response:
        response = send(request)
        if not response.is_success:
            return response
        extra = {"retry_guidance": ["Read the object again.", "Do not repeat the write."]}
        if told and request.method == "POST":
            extra["committed_resource_id"] = response.json()["id"]
        message = "The change was saved, but the response could not be built in time."
        body = _error(503, "service_unavailable", message, extra)
        return httpx.Response(503, json=body, request=request)

    return Fault("503 saved" if told else "503 saved, id untold", act, is_change)


def losing(error: type[httpx.TransportError], *, done: bool) -> Fault:
    """Break the connection: ReadTimeout, ConnectError, RemoteProtocolError."""

    def act(request: httpx.Request, send: Send) -> httpx.Response:
        if done:
            send(request)
        raise error("the connection broke", request=request)

    return Fault(f"{error.__name__} {_when(done)}", act)


def truncated() -> Fault:
    """Cut the answer off in the middle; what was asked is done."""

    def act(request: httpx.Request, send: Send) -> httpx.Response:
        response = send(request)
        content = response.content[: len(response.content) // 2]
        return httpx.Response(response.status_code, content=content, request=request)

    return Fault("truncated", act)


def killed(*, done: bool) -> Fault:
    """`kill -9` before or after the server did it."""

    def act(request: httpx.Request, send: Send) -> httpx.Response:
        if done:
            send(request)
        raise Killed

    return Fault(f"killed {_when(done)}", act)


# Answers that are true, but not whole.


def short_page(rows: int = 1) -> Fault:
    """List fewer rows than asked for, with more to come."""

    def act(request: httpx.Request, send: Send) -> httpx.Response:
        body = json.loads(request.content or b"{}") | {"page_size": rows}
        shorter = httpx.Request(request.method, request.url, headers=_plain(request), json=body)
        return send(shorter)

    return Fault("short page", act, is_query)


def incomplete() -> Fault:
    """End a listing early, and say so."""

    def change(answer: Json) -> None:
        answer["results"] = answer["results"][: len(answer["results"]) // 2]
        answer["has_more"], answer["next_cursor"] = False, None
        reason = "query_result_limit_reached"
        answer["request_status"] = {"type": "incomplete", "incomplete_reason": reason}

    return _spoiling("incomplete", change)


def hooked(hook: Callable[[], None], *, done: bool = False, kind: str = "hook") -> Fault:
    """Something else happens just before, or just after, the server did as it was asked."""

    def act(request: httpx.Request, send: Send) -> httpx.Response:
        if not done:
            hook()
        response = send(request)
        if done:
            hook()
        return response

    return Fault(kind, act)


# An index that lags behind.


@dataclass(frozen=True, slots=True)
class Write:
    """A change of a page: the page before it (None: made), when, and after how many requests."""

    page_id: str
    before: Json | None
    at: float
    number: int


class WriteLog(httpx.BaseTransport):
    """Stands directly above the server, below all clients, and remembers what pages were before."""

    def __init__(
        self, inner: httpx.BaseTransport, clock: Callable[[], float] = lambda: 0.0
    ) -> None:
        self.writes: list[Write] = []
        self.requests = 0
        self._inner = inner
        self._clock = clock
        self._lock = RLock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on; note which page it changed."""
        request.read()
        page = re.fullmatch(r"/v1/pages(?:/([0-9a-f-]+))?", request.url.path)
        with self._lock:
            self.requests += 1
            if page is None or request.method == "GET":
                return _read(self._inner.handle_request(request))
            before = None if page[1] is None else self._page(request, page[1])
            response = _read(self._inner.handle_request(request))
            if response.is_success:
                write = Write(response.json()["id"], before, self._clock(), self.requests)
                self.writes.append(write)
            return response

    def _page(self, request: httpx.Request, page_id: str) -> Json | None:
        url = request.url.copy_with(path=f"/v1/pages/{page_id}", query=None)
        asked = httpx.Request("GET", url, headers=_plain(request))
        answer = _read(self._inner.handle_request(asked))
        return answer.json() if answer.is_success else None

    def lag(self, *, requests: int = 0, seconds: float = 0.0) -> Fault:
        """List rows as they were before the writes of the last so many requests or seconds."""

        def change(answer: Json, since: str) -> None:
            now, number = self._clock(), self.requests
            old: dict[str, Json | None] = {}
            for write in reversed(self.writes):
                if number - write.number <= requests or now - write.at < seconds:
                    old[write.page_id] = write.before
            shown = [old.get(page["id"], page) for page in answer["results"]]
            listed = {page["id"] for page in answer["results"]}
            if not answer["has_more"]:
                shown += [old[page_id] for page_id in old.keys() - listed]
            source = _source_of(answer)
            answer["results"] = [each for each in shown if _is_listed(each, source, since)]

        def act(request: httpx.Request, send: Send) -> httpx.Response:
            since = _find_since(json.loads(request.content or b"{}"))
            return _spoil(request, send, lambda answer: change(answer, since))

        return Fault("index lag", act, is_query)


def _find_since(asked: Json) -> str:
    """Return the minute from which on a query asks for edited rows; nothing when it asks for all."""
    asked = asked.get("filter") or {}
    return asked.get("last_edited_time", {}).get("on_or_after", "")


def _is_listed(page: Json | None, source: str | None, since: str) -> bool:
    if page is None or page.get("in_trash") or page["last_edited_time"] < since:
        return False
    return source is None or page["parent"].get("data_source_id") == source


def _source_of(answer: Json) -> str | None:
    parents = [page["parent"].get("data_source_id") for page in answer["results"]]
    return parents[0] if parents else None


# The workshop.


def _read(response: httpx.Response) -> httpx.Response:
    response.read()
    response.close()
    return response


def _plain(request: httpx.Request) -> dict[str, str]:
    names = ("authorization", "notion-version", "host")
    return {name: request.headers[name] for name in names if name in request.headers}


def _is_of_page(request: httpx.Request) -> bool:
    return request.url.path.startswith("/v1/pages/")


def _when(done: bool) -> str:  # noqa: FBT001
    return "after" if done else "before"


def _error(status: int, code: str, message: str = "", extra: Json | None = None) -> Json:
    body: Json = {"object": "error", "status": status, "code": code, "request_id": "r"}
    body["message"] = message or "Something went wrong."
    return body | ({"additional_data": extra} if extra else {})


def _answering(
    kind: str,
    status: int,
    code: str,
    message: str = "",
    *,
    headers: dict[str, str] | None = None,
    extra: Json | None = None,
    suits: Callable[[httpx.Request], bool] = lambda _: True,
) -> Fault:
    def act(request: httpx.Request, _: Send) -> httpx.Response:
        body = _error(status, code, message, extra)
        return httpx.Response(status, json=body, headers=headers, request=request)

    return Fault(kind, act, suits)


def _spoiling(
    kind: str, change: Callable[[Json], None], suits: Callable[[httpx.Request], bool] = is_query
) -> Fault:
    return Fault(kind, lambda request, send: _spoil(request, send, change), suits)


def _spoil(request: httpx.Request, send: Send, change: Callable[[Json], None]) -> httpx.Response:
    response = send(request)
    if not response.is_success:
        return response
    answer = response.json()
    change(answer)
    return httpx.Response(200, json=answer, request=request)
