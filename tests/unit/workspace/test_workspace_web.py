"""Promises of the pages: what a person sees, what a form writes, and who may send one."""

from __future__ import annotations

import re
import threading
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tracker.workspace.ids import ROOT_PAGE_ID

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}\u202ertl"
COLUMNS = {
    "Name": {"title": {}},
    "State": {"status": {}},
    "Part": {"select": {"options": [{"name": "One", "color": "red"}, {"name": "Two"}]}},
    "Tags": {"multi_select": {}},
    "Hours": {"number": {}},
    "Day": {"date": {}},
    "Done": {"checkbox": {}},
    "Text": {"rich_text": {}},
    "Link": {"url": {}},
    "Made": {"created_time": {}},
}


class Form(HTMLParser):
    """The fields of the first form of a page that saves values, as a browser would send them."""

    def __init__(self, html):
        super().__init__()
        self.values, self._area, self._select = [], None, None
        inside = re.search(r'<form method="post" class="card">(.*?)</form>', html, re.DOTALL)
        self.feed(re.sub(r"\r\n?", "\n", inside[1]))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input" and attrs.get("name"):
            if attrs.get("type") == "checkbox":
                if "checked" in attrs:
                    self.values.append((attrs["name"], attrs.get("value", "on")))
            else:
                value = attrs.get("value", "")
                hidden = attrs.get("type") == "hidden"
                value = value.replace("\n", "\r\n" if hidden else "")
                self.values.append((attrs["name"], value))
        elif tag == "textarea":
            self._area = (attrs["name"], "")
        elif tag == "select":
            self._select = attrs["name"]
        elif tag == "option" and "selected" in attrs:
            self._select = (self._select, attrs.get("value"))
            if attrs.get("value") is not None:
                self.values.append(self._select)
                self._select = None

    def handle_data(self, text):
        if self._area is not None:
            self._area = (self._area[0], self._area[1] + text)
        elif isinstance(self._select, tuple):
            self.values.append((self._select[0], text))
            self._select = None

    def handle_endtag(self, tag):
        if tag == "textarea":
            name, text = self._area
            # The first line break after <textarea> is not part of its value.
            text = text.removeprefix("\n").replace("\n", "\r\n")
            self.values.append((name, text))
            self._area = None


class Person:
    """Somebody at a browser: looks at pages and sends their forms."""

    def __init__(self, api):
        transport = httpx.WSGITransport(app=api.app, raise_app_exceptions=False)
        self.http = httpx.Client(transport=transport, base_url="http://localhost")

    def see(self, page_id, query="", *, code=200):
        """Return the HTML of a page."""
        answer = self.http.get(f"/p/{page_id.replace('-', '')}{query}")
        assert answer.status_code == code, answer.text
        return answer.text

    def send(self, page_id, values, *, code=303, **headers):
        """Send a form to a page."""
        answer = self.http.post(f"/p/{page_id.replace('-', '')}", data=values, headers=headers)
        assert answer.status_code == code, answer.text
        return answer

    def fill(self, page_id, **typed):
        """Change some fields of a page's own form, by their labels, and save it."""
        html = self.see(page_id)
        fields = {name: [] for name, _ in Form(html).values}
        for name, value in Form(html).values:
            fields[name].append(value)
        for label, value in typed.items():
            name = re.search(rf'<label for="([^"]+)">{label}</label>', html)[1]
            fields.pop(unescape(name), None)
            if value is not None:
                fields[unescape(name)] = value
        return self.send(page_id, fields)


@pytest.fixture
def person(api):
    person = Person(api)
    yield person
    person.http.close()


@pytest.fixture
def source(api):
    return api.table(COLUMNS)


def read(api, page_id, name):
    """Return the content of one value, as the API shows it."""
    value = api.call("GET", f"/pages/{page_id}")["properties"][name]
    return value[value["type"]]


def test_home_lists_databases_with_their_tallies(api, person, source):
    """Home names every database, how many rows it has, and how many are complete."""
    api.row(source, {"State": {"status": {"name": "Done"}}})
    api.row(source)

    html = person.see(ROOT_PAGE_ID)

    assert "Skills</a>" in html
    assert "1 of 2 rows complete" in html
    assert 'aria-label="1 Done, 1 Not started"' in html


def test_a_table_groups_by_its_select_and_a_board_by_its_status(api, person, source):
    """Rows stand under their part in the table, under their state on the board."""
    api.row(source, {"Name": [{"text": {"content": "alpha"}}], "Part": {"select": {"name": "Two"}}})

    table = person.see(source["id"])
    board = person.see(source["parent"]["database_id"], "?view=board")

    assert re.search(r'rowgroup"><span class="chip default">Two</span>.*alpha', table, re.DOTALL)
    assert "One</span> <span" not in table
    assert re.search(r"Not started</span>.*alpha.*In progress</span>", board, re.DOTALL)


def test_saving_what_was_not_changed_writes_nothing(api, person, source, as_text):
    """A form that is sent as it came changes no value and not even the time of the last edit."""
    row = api.row(
        source,
        {
            "Name": {"title": as_text(f"two\nlines {HOSTILE}")},
            "Text": {"rich_text": as_text(f"\n a\r\nb \t{HOSTILE}\n\n")},
            "Part": {"select": {"name": "One"}},
            "Tags": {"multi_select": [{"name": "a b"}, {"name": "c"}]},
            "Hours": {"number": 2.5},
            "Day": {"date": {"start": "2026-11-01T10:00:00Z", "end": "2026-11-02T10:00:00Z"}},
            "Done": {"checkbox": True},
            "Link": {"url": " javascript:alert(1)\n"},
        },
    )
    before = api.call("GET", f"/pages/{row['id']}")
    api.wait(hours=1)

    person.fill(row["id"])

    after = api.call("GET", f"/pages/{row['id']}")
    assert after | {"request_id": ""} == before | {"request_id": ""}


@pytest.mark.parametrize(
    ("label", "typed", "content"),
    [
        ("Hours", "3.5", 3.5),
        ("Hours", "", None),
        ("Day", "2026-11-09", {"start": "2026-11-09", "end": None, "time_zone": None}),
        ("Done", "on", True),
        ("Link", "https://example.org", "https://example.org"),
    ],
)
def test_a_typed_value_is_saved(api, person, source, label, typed, content):  # noqa: PLR0917
    """What a person types is what the API shows from then on."""
    row = new_row(api, source, Hours={"number": 1})

    person.fill(row, **{label: typed})

    assert read(api, row, label) == content


def new_row(api, source, **values):
    """Make a row and return its id."""
    return api.row(source, values)["id"]


def test_choices_and_ticks_are_saved(api, person, source):
    """A state, a part, tags and a tick go both ways; an empty part is none."""
    row = new_row(api, source, Done={"checkbox": True}, Part={"select": {"name": "One"}})

    person.fill(row, State="Done", Part="", Tags="x, y", Done=None)

    assert read(api, row, "State")["name"] == "Done"
    assert read(api, row, "Part") is None
    assert [each["name"] for each in read(api, row, "Tags")] == ["x", "y"]
    assert read(api, row, "Done") is False


def test_text_with_links_is_saved_in_pieces_that_fit(api, person, source):
    """A long text with a link and an emoji at the border of a piece arrives unharmed."""
    row = new_row(api, source)
    text = "x" * 1_999 + "😀" + " [docs](https://example.org) " + "é" * 60_000

    person.fill(row, Text=text)

    runs = read(api, row, "Text")
    whole = "".join(run["plain_text"] for run in runs)
    assert whole == text.replace("[docs](https://example.org)", "docs")
    assert [run["href"] for run in runs if run["href"]] == ["https://example.org"]


def test_links_between_rows_are_added_and_cleared(api, person, source, as_text):
    """A relation is added by a row's name and taken away by its box, also beyond 25 of them."""
    config = {"relation": {"data_source_id": source["id"], "single_property": {}}}
    api.call("PATCH", f"/data_sources/{source['id']}", {"properties": {"Needs": config}})
    others = [new_row(api, source, Name={"title": as_text(f"n{i}")}) for i in range(30)]
    row = new_row(api, source, Needs={"relation": [{"id": each} for each in others[:29]]})
    html = person.see(row)
    key = re.search(r'name="add\.([^"]+)"', html)[1]
    fields = dict.fromkeys(name for name, _ in Form(html).values if f".{unescape(key)}" in name)
    kept = [value for name, value in Form(html).values if name == f"v.{unescape(key)}"]
    fields |= {
        f"was.{unescape(key)}": dict(Form(html).values)[f"was.{unescape(key)}"],
        f"v.{unescape(key)}": kept[1:],
        f"add.{unescape(key)}": " N29 ",
    }

    person.send(row, fields)

    shown = person.see(row)
    linked = re.findall(r'checked aria-label="Needs: keep (n\d+)"', shown)
    assert len(kept) == 29
    assert linked == [*(f"n{i}" for i in range(1, 29)), "n29"]
    refused = person.send(row, fields | {f"add.{unescape(key)}": "nobody"}, code=400)
    assert "There is no row called &#34;nobody&#34;." in refused.text


def test_a_refusal_is_told_on_a_page(api, person, source):
    """What cannot be saved is told with the reason and a way back, and nothing is written."""
    row = new_row(api, source, Hours={"number": 1})
    html = person.see(row)
    key = unescape(re.search(r'<label for="v\.([^"]+)">Hours', html)[1])

    answer = person.send(row, {f"was.{key}": "1", f"v.{key}": "<many>"}, code=400)

    assert "&lt;many&gt;&#34; is not a number" in answer.text
    assert f'href="/p/{row.replace("-", "")}"' in answer.text
    assert read(api, row, "Hours") == 1


def test_trash_and_restore(api, person, source, as_text):
    """A row in the trash is listed there, cannot be edited, and comes back with its values."""
    row = new_row(api, source, Name={"title": as_text("gone")})

    person.send(row, {"action": "trash"})
    trashed = person.see(row)
    listed = person.see(source["id"], "?view=trash")
    table = person.see(source["id"])
    refused = person.send(row, {"action": "comment", "text": "x"}, code=303)
    person.send(row, {"action": "restore"})

    assert "This page is in the trash." in trashed
    assert "<fieldset disabled>" in trashed
    assert "gone" in listed
    assert "gone" not in table
    assert refused.headers["Location"].startswith("/p/")
    assert "gone" in person.see(source["id"])


def test_a_copy_has_all_values_and_the_body(api, person, source, as_text):
    """Duplicating makes a second row with the same values and text, and opens it."""
    values = {
        "Name": {"title": as_text("first")},
        "Text": {"rich_text": [{"text": {"content": "b", "link": None}, "annotations": {"bold": True}}]},
        "Day": {"date": {"start": "2026-11-01", "end": "2026-11-02"}},
        "Done": {"checkbox": True},
        "Tags": {"multi_select": [{"name": "t"}]},
        "State": {"status": {"name": "In progress"}},
        "Part": {"select": {"name": "Two"}},
        "Hours": {"number": 4},
    }  # fmt: skip
    row = new_row(api, source, **values)
    person.send(row, {"action": "write", "text": "# Head\n\n- one\n- two"})

    copy = person.send(row, {"action": "duplicate"}).headers["Location"].removeprefix("/p/")

    pages = [api.call("GET", f"/pages/{each}")["properties"] for each in (row, copy)]
    assert copy != row.replace("-", "")
    assert all(pages[0][name] == pages[1][name] for name in values)
    assert re.search(r"<ul[^>]*>\s*<li>one\s*</li>\s*<li>two", person.see(copy))


def test_comments_are_shown_and_added(api, person, source):
    """A comment stands on the page with who said it, as text."""
    row = new_row(api, source)

    person.send(row, {"action": "comment", "text": HOSTILE})

    assert "You · 2026-11-05 10:30" in person.see(row)
    assert "<script>alert" not in person.see(row)
    assert "&lt;script&gt;alert(1)" in person.see(row)


def test_hostile_text_is_text_everywhere(api, person, as_text):
    """Titles, columns, options, values and bodies are shown as they are, and run nowhere."""
    columns = COLUMNS | {HOSTILE: {"select": {"options": [{"name": HOSTILE}]}}}
    source = api.table(columns, title=HOSTILE)
    row = api.row(
        source,
        {
            "Name": {"title": as_text(HOSTILE)},
            HOSTILE: {"select": {"name": HOSTILE}},
            "Link": {"url": "javascript:alert(1)"},
            "Text": {
                "rich_text": [{"text": {"content": "x", "link": {"url": "javascript:alert(2)"}}}]
            },
        },
        children=[
            {"bookmark": {"url": "javascript:alert(3)"}},
            {"code": {"rich_text": as_text(HOSTILE)}},
            {"table": {"table_width": 1, "children": [{"table_row": {"cells": [as_text(HOSTILE)]}}]}},
        ],
    )["id"]  # fmt: skip
    person.send(row, {"action": "trash"})
    person.send(row, {"action": "restore"})

    pages = [
        person.see(each, query)
        for each in (ROOT_PAGE_ID, source["id"], row)
        for query in ("", "?view=board", "?view=trash", "?view=%3Cscript%3E")
    ]

    for html in pages:
        assert "<script>alert" not in html
        assert re.findall(r"<script[^>]*>", html) == ['<script src="/assets/edit.js" defer>']
        assert not re.search(r'href="(?!/|https?:|#)', html)
        assert "{{7*7}}" in html


@pytest.mark.parametrize(
    "path", ["/nope", "/p/x", "/p/" + "0" * 32, "/v2/pages", "/assets/nope.js"]
)
def test_what_is_not_there_is_told_in_style(person, path):
    """An unknown address is answered with a page of the workspace, hardened like all others."""
    answer = person.http.get(path)

    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_wrong_method_is_told_in_style(person):
    """An address that takes no form says so."""
    answer = person.http.post("/")

    assert answer.status_code == 405
    assert "<h1>Method not allowed</h1>" in answer.text


def test_a_failure_inside_is_told_without_its_words(api, person, source, monkeypatch):
    """An internal failure shows a page that gives nothing away."""

    def fail(*_):
        raise RuntimeError("inside")

    monkeypatch.setattr(api.store, "now", fail)

    answer = person.http.get("/")

    assert answer.status_code == 500
    assert "<h1>Internal server error</h1>" in answer.text
    assert "inside" not in answer.text


def test_every_page_is_hardened(person, source):
    """No page runs foreign scripts, is framed, sniffed, cached, or tells other sites about itself."""
    headers = person.http.get("/").headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example"}, id="another site"),
        pytest.param({"Origin": "http://localhost:9"}, id="another program on this machine"),
        pytest.param({"Origin": "https://localhost"}, id="another scheme"),
        pytest.param({"Origin": "null"}, id="a hidden origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site by its own word"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="a sibling by its own word"),
        pytest.param({"Host": "evil.example"}, id="another name"),
        pytest.param({"Host": "evil.example", "Origin": "http://evil.example"}, id="rebound"),
    ],
)
@pytest.mark.parametrize("path", ["page", "rows"])
def test_forms_of_others_are_refused(api, person, source, headers, path):
    """A form that another site sends is refused, and writes nothing."""
    row = new_row(api, source)
    path = f"/p/{row.replace('-', '')}" if path == "page" else f"/d/{source['id']}/rows"

    answer = person.http.post(path, data={"action": "trash", "title": "x"}, headers=headers)

    assert answer.status_code == 403
    assert person.see(source["id"]).count('<tr id="r') == 1


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}]
)
def test_own_forms_are_accepted(api, person, source, headers):
    """The workspace's own forms are accepted, with or without what browsers add."""
    row = new_row(api, source)

    person.send(row, {"action": "trash"}, **headers)

    assert '<tr id="r' not in person.see(source["id"])


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/p/../../evil",
        "javascript:alert(1)",
        "/p/x\nLocation: https://evil.example",
        "http:/p/x",
        "/p/x?next=//evil.example/%0d",
        " /",
        "",
    ],
)
def test_an_edit_never_leads_away(api, person, source, back):
    """Whatever a form names as the way back, the browser stays in the workspace."""
    row = new_row(api, source)

    answer = person.send(row, {"back": back})

    assert answer.headers["Location"] == f"/p/{row.replace('-', '')}"


@pytest.mark.parametrize("back", ["/", "/p/abc?view=board#r1-2", "/p/%41-b#x"])
def test_an_edit_leads_back_to_where_it_was_made(api, person, source, back):
    """A quick choice in a table or on a board leads back to it."""
    row = new_row(api, source)

    assert person.send(row, {"back": back}).headers["Location"] == back


def test_a_new_row_opens(api, person, source):
    """A row added by its name is made and opened; a data source that is not there is told."""
    made = person.http.post(f"/d/{source['id']}/rows", data={"title": "fresh", "back": ""})
    lost = person.http.post(f"/d/{ROOT_PAGE_ID}/rows", data={"title": "fresh"})
    nonsense = person.http.post("/d/nonsense/rows", data={"title": "fresh"})

    assert made.status_code == 303
    assert "fresh" in person.see(made.headers["Location"].removeprefix("/p/"))
    assert (lost.status_code, nonsense.status_code) == (404, 400)


def test_an_empty_database_says_so(person, source):
    """A database without rows has a table that says what to do."""
    assert "No rows yet. Add the first one below." in person.see(source["id"])
    assert "The trash is empty." in person.see(source["id"], "?view=trash")


def test_every_field_has_a_label(api, person, source):
    """Whatever can be typed, chosen or pressed has a name that can be read aloud."""
    row = new_row(api, source)

    for html in (person.see(row), person.see(source["id"]), person.see(ROOT_PAGE_ID)):
        fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", html)
        named = [
            each for each in fields if 'type="hidden"' not in each and "aria-label" not in each
        ]
        labels = set(re.findall(r'<label for="([^"]+)"', html))
        assert {re.search(r'id="([^"]+)"', each)[1] for each in named} <= labels
        assert html.count("<h1") == 1
        assert len(re.findall(r'id="([^"]+)"', html)) == len(set(re.findall(r'id="([^"]+)"', html)))


class HalfSent:
    """The body of a request that stops half-way, until it is given up."""

    def __init__(self):
        self.is_awaited, self.is_over = threading.Event(), threading.Event()

    def read(self, *_):
        """Wait like a socket on which nothing arrives."""
        self.is_awaited.set()
        self.is_over.wait(30)
        return b""

    readline = read


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
@pytest.mark.parametrize("path", ["page", "rows", "api"])
def test_a_half_sent_request_stops_nobody_else(api, source, path, kind):
    """While a form or an API request is still arriving, everybody else reads and writes."""
    row = new_row(api, source)
    paths = {"page": f"/p/{row.replace('-', '')}", "rows": f"/d/{source['id']}/rows"}
    body = HalfSent()
    environ = EnvironBuilder(
        paths.get(path, "/v1/pages"), method="POST", content_type=kind,
        headers={"Authorization": "Bearer x", "Notion-Version": "2026-03-11"},
    ).get_environ() | {"CONTENT_LENGTH": "999", "wsgi.input": body}  # fmt: skip
    slow = threading.Thread(target=run_wsgi_app, args=(api.app, environ), daemon=True)
    slow.start()
    assert body.is_awaited.wait(30)

    other = threading.Thread(target=new_row, args=(api, source), daemon=True)
    other.start()
    other.join(30)
    was_stopped = other.is_alive()
    body.is_over.set()
    slow.join(30)

    assert not was_stopped
    assert len(api.query(source)["results"]) == 2
