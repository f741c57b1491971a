"""Promises of the pages: what a person sees, what a form writes, and who may send one."""

from __future__ import annotations

import re
import sqlite3
import threading
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tracker.workspace.app import PageNotes, make_app
from tracker.workspace.protocol import ROOT_PAGE_ID
from tracker.workspace.session import open_session
from tracker.workspace.web.cells import make_column
from tracker.workspace.web.tables import make_table

pytestmark = pytest.mark.slow

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


class PageVisitor:
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

    def fill(self, page_id, *, code=303, **typed):
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
        return self.send(page_id, fields, code=code)


@pytest.fixture
def person(api):
    person = PageVisitor(api)
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
    """Home names every database, how many rows it has, and how many are done."""
    api.row(source, {"State": {"status": {"name": "Done"}}})
    api.row(source)

    html = person.see(ROOT_PAGE_ID)

    assert "Skills</a>" in html
    assert "1 of 2 rows done" in html
    assert 'aria-label="1 Done, 1 Not started"' in html


def test_a_table_that_says_nothing_groups_by_its_select(api, person, source):
    """Rows stand under their part, and parts without rows do not stand there."""
    api.row(source, {"Name": [{"text": {"content": "alpha"}}], "Part": {"select": {"name": "Two"}}})

    table = person.see(source["id"])

    assert re.search(r'<h2><span class="chip default">Two</span></h2>.*alpha', table, re.DOTALL)
    assert '">One</span></h2>' not in table


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


def test_links_between_rows_are_added_and_taken_away(api, person, source, as_text):
    """A relation is added by a row's name and taken away by its cross, also beyond 25 of them."""
    config = {"relation": {"data_source_id": source["id"], "single_property": {}}}
    api.call("PATCH", f"/data_sources/{source['id']}", {"properties": {"Needs": config}})
    others = [new_row(api, source, Name={"title": as_text(f"n{i}")}) for i in range(30)]
    row = new_row(api, source, Needs={"relation": [{"id": each} for each in others[:29]]})
    html = person.see(row)
    key = unescape(re.search(r'name="add\.([^"]+)"', html)[1])
    crosses = re.findall(r'<button class="drop" name="drop" value="([^"]+)"', html)

    person.fill(row, Needs=" N29 ")
    person.send(row, {"drop": unescape(crosses[0])})

    shown = person.see(row)
    linked = re.findall(r'aria-label="Remove (n\d+) from Needs"', shown)
    assert len(crosses) == 29
    assert linked == [*(f"n{i}" for i in range(1, 29)), "n29"]
    refused = person.send(row, {f"add.{key}": "nobody"}, code=422)
    assert "There is no row called &#34;nobody&#34;." in refused.text
    assert f'name="add.{key}" value="nobody"' in refused.text


def test_a_link_shows_how_far_the_other_row_is(api, person, as_text):
    """A linked row stands there with the sign of its status, beside a count of those that are done."""
    source = api.table({"Name": {"title": {}}, "State": {"status": {"options": STATES}}})
    config = {"relation": {"data_source_id": source["id"], "single_property": {}}}
    api.call("PATCH", f"/data_sources/{source['id']}", {"properties": {"Needs": config}})
    others = [
        new_row(api, source, Name={"title": as_text(state)}, State={"status": {"name": state}})
        for state in ("Done", "In progress", "Not started", "Skipped")
    ]
    row = new_row(api, source, Needs={"relation": [{"id": other} for other in others]})

    html = person.see(row)

    assert re.findall(r'class="sign \w+" role="img" aria-label="([^"]+)"[^>]*>(.)<', html) == [
        ("Done", "✓"), ("In progress", "◐"), ("Not started", "○"), ("Skipped", "\N{EN DASH}"),
    ]  # fmt: skip
    assert "1 of 3 done · 1 skipped" in html
    assert "checkbox" not in html.partition('aria-label="Needs"')[2]


def name_of(html, label):
    """Return the id of the column with this label."""
    return unescape(re.search(rf'<label for="v\.([^"]+)">{label}', html)[1])


def test_a_failed_save_shows_the_same_form_again(api, person, source, as_text):
    """What cannot be saved is told beside its field; all that was typed stands there, nothing is written."""
    row = new_row(api, source, Hours={"number": 1}, Name={"title": as_text("before")})
    hours, link = (name_of(person.see(row), label) for label in ("Hours", "Link"))

    answer = person.fill(
        row, code=422, Hours="<many>", Name="after", Text="a\r\nlong note", Link="h" * 2_001,
        State="Done", Part="Two", Tags="x, y", Day="2026-11-09", Done="on",
    )  # fmt: skip

    typed = {}
    for name, value in Form(answer.text).values:
        typed.setdefault(name, value)
    shown = {label: typed[f"v.{name_of(answer.text, label)}"] for label in
             ("Hours", "Name", "Text", "Link", "Tags", "Day", "Done")}  # fmt: skip
    assert shown == {
        "Hours": "<many>", "Name": "after", "Text": "a\r\nlong note", "Link": "h" * 2_001,
        "Tags": "x, y", "Day": "2026-11-09", "Done": "on",
    }  # fmt: skip
    assert len(re.findall(r"<option[^>]* selected>(Done|Two)</option>", answer.text)) == 2
    assert f'aria-invalid="true" aria-describedby="p.{hours}" autofocus' in answer.text
    assert "&lt;many&gt;&#34; is not a number" in answer.text.partition(f'id="p.{hours}"')[2]
    assert "At most 2,000 characters" in answer.text.partition(f'id="p.{link}"')[2]
    assert "Not saved: 2 entries need a change below." in answer.text
    assert (read(api, row, "Hours"), read(api, row, "Link")) == (1, None)
    assert read(api, row, "Name")[0]["plain_text"] == "before"

    fixed = dict(Form(answer.text).values) | {f"v.{hours}": "3", f"v.{link}": ""}
    person.send(row, fixed)
    assert (read(api, row, "Hours"), read(api, row, "Done")) == (3, True)
    assert read(api, row, "Name")[0]["plain_text"] == "after"


@pytest.mark.parametrize("action", ["trash", "duplicate"])
def test_what_is_typed_is_saved_with_every_button(api, person, source, action):
    """Whoever types and presses another button than Save loses nothing either."""
    row = new_row(api, source, Hours={"number": 1})
    fields = dict(Form(person.see(row)).values) | {"action": action}
    hours = name_of(person.see(row), "Hours")

    refused = person.send(row, fields | {f"v.{hours}": "x"}, code=422)
    person.send(row, fields | {f"v.{hours}": "2"})

    assert f'name="v.{hours}" value="x"' in refused.text
    assert read(api, row, "Hours") == 2


def test_a_value_that_was_changed_meanwhile_is_not_overwritten(api, person, source):
    """Whoever typed into an old page is told what stands there now, and may save again."""
    row = new_row(api, source, Hours={"number": 1}, Link={"url": "https://a.example"})
    old = dict(Form(person.see(row)).values)
    hours = name_of(person.see(row), "Hours")
    changes = {"Hours": {"number": 2}, "Link": {"url": "https://b.example"}}
    api.call("PATCH", f"/pages/{row}", {"properties": changes})

    answer = person.send(row, old | {f"v.{hours}": "3"}, code=422)
    between = read(api, row, "Hours")
    person.send(row, dict(Form(answer.text).values))

    assert "now it is “2”" in answer.text
    assert between == 2
    assert (read(api, row, "Hours"), read(api, row, "Link")) == (3, "https://b.example")


def test_text_that_cannot_be_added_is_kept(api, person, source):
    """A row or notes that the workspace refuses come back with what was typed."""
    row = new_row(api, source)
    database = source["parent"]["database_id"]
    api.call("PATCH", f"/databases/{database}", {"in_trash": True})

    added = person.http.post(f"/d/{source['id']}/rows", data={"title": "my <row>"})
    written = person.send(row, {"action": "write", "text": "my <notes>"}, code=422)

    assert added.status_code == 422
    assert 'value="my &lt;row&gt;"' in added.text
    assert "my &lt;notes&gt;</textarea>" in written.text
    assert "Not saved: " in written.text


@pytest.mark.parametrize("why", ["database or disk is full", "database is locked"])
def test_a_disk_that_refuses_loses_nothing_typed(api, person, source, monkeypatch, why):
    """Where the file cannot be written, the form comes back as it was sent."""
    row = new_row(api, source)

    def refuse(*_):
        raise sqlite3.OperationalError(why)

    with monkeypatch.context() as patch:
        patch.setattr(api.store.pages, "update", refuse)
        patch.setattr(api.store.pages, "insert", refuse)
        answer = person.fill(row, code=422, Text="a long note", Hours="3")
        added = person.http.post(f"/d/{source['id']}/rows", data={"title": "my row"})

    assert why in answer.text
    assert "a long note</textarea>" in answer.text
    assert (added.status_code, 'value="my row"' in added.text) == (422, True)
    assert read(api, row, "Hours") is None


ODD_OPTIONS = [
    "Two  blanks",
    " first blank",
    "last blank ",
    "a\nb",
    "<b>&amp;",
    "tab\tbed",
    "\uff57ide",
]


@pytest.mark.parametrize("name", ODD_OPTIONS)
def test_saving_unchanged_moves_no_row(api, person, name):
    """However the name of an option is spelt, a form that is sent as it came chooses nothing else."""
    source = api.table(
        {"Name": {"title": {}}, "Part": {"select": {}}, "Tags": {"multi_select": {}}}
    )
    values = {"Part": {"select": {"name": name}}, "Tags": {"multi_select": [{"name": name}]}}
    row = new_row(api, source, **values)
    before = api.call("GET", f"/pages/{row}") | {"request_id": ""}
    columns = api.call("GET", f"/data_sources/{source['id']}")["properties"]
    api.wait(hours=1)

    person.fill(row)
    after = api.call("GET", f"/pages/{row}") | {"request_id": ""}
    person.fill(row, Tags=f"{before['properties']['Tags']['multi_select'][0]['name']}, more")

    assert after == before
    tags = read(api, row, "Tags")
    assert tags[0] == before["properties"]["Tags"]["multi_select"][0]
    assert [tag["name"] for tag in tags[1:]] == ["more"]
    assert api.call("GET", f"/data_sources/{source['id']}")["properties"]["Part"] == columns["Part"]


@pytest.mark.parametrize(
    "values",
    [
        {"Text": {"rich_text": [{"text": {"content": "one\rtwo\r\n\n three "}}]}},
        {"Text": {"rich_text": [{"text": {"content": "\n\nfirst\x0bline\u2028"}}]}},
        {"Hours": {"number": 2.0}},
        {"Hours": {"number": 1e22}},
        {"Hours": {"number": 0.1}},
        {"Hours": {"number": -0.0}},
        {"Hours": {"number": 5e-324}},
        {"Day": {"date": {"start": "0001-01-01"}}},
        {"Day": {"date": {"start": "2026-11-01", "end": "2026-11-02"}}},
        {"Day": {"date": {"start": "2026-11-01T10:00:00+14:00"}}},
        {"Link": {"url": "  https://example.org/a b "}},
    ],
)
def test_saving_unchanged_changes_no_value(api, person, source, values):
    """Line ends, blanks, odd numbers and odd dates come back from a form as they went in."""
    row = new_row(api, source, **values)
    before = api.call("GET", f"/pages/{row}") | {"request_id": ""}
    api.wait(hours=1)

    person.fill(row)

    assert api.call("GET", f"/pages/{row}") | {"request_id": ""} == before


def test_a_choice_that_is_gone_is_not_made_again(api, person, source):
    """A form that still offers an option which was deleted meanwhile makes no option of that name."""
    row = new_row(api, source, Part={"select": {"name": "One"}})
    fields = dict(Form(person.see(row)).values)
    part = name_of(person.see(row), "Part")
    two = source["properties"]["Part"]["select"]["options"][1]["id"]
    kept = [{"name": "One"}]
    properties = {"Part": {"select": {"options": kept}}}
    api.call("PATCH", f"/data_sources/{source['id']}", {"properties": properties})

    refused = person.send(row, fields | {f"v.{part}": two}, code=422)

    assert "not there any more" in refused.text
    assert read(api, row, "Part")["name"] == "One"


def test_a_script_saves_a_choice_without_a_page(api, person, source):
    """A choice by its id is saved alone, and the answer has what the page shows otherwise then."""
    row = new_row(api, source)
    new_row(api, source)
    state = name_of(person.see(row), "State")
    options = {o["name"]: o["id"] for o in source["properties"]["State"]["status"]["options"]}

    told = person.send(row, {f"set.{state}": options["Done"]}, code=200, Accept="application/json")
    refused = person.send(row, {f"set.{state}": "gone"}, code=422, Accept="application/json")

    answer = told.json()
    assert read(api, row, "State")["name"] == "Done"
    assert answer["values"][state] == {
        "key": options["Done"], "text": "Done", "color": "green", "meaning": "done",
        "flip": options["Not started"],
    }  # fmt: skip
    assert (answer["words"], answer["source"]) == ("1 of 2 rows done", source["id"])
    assert 'aria-label="1 Done, 1 Not started"' in answer["bar"]
    assert "not there any more" in refused.json()["problems"][state]


PLUMBING = {
    "Order": {"number": {}},
    "Tracker ID": {"rich_text": {}},
    "Sync history": {"rich_text": {}},
}
DESCRIBED = {"Rank": {"number": {}, "description": "Used by a program; leave as it is."}}


@pytest.mark.parametrize(
    ("columns", "hidden"),
    [
        pytest.param(PLUMBING, ["Order", "Tracker ID", "Sync history"], id="known by their names"),
        pytest.param(DESCRIBED, ["Rank"], id="known by a description"),
    ],
)
def test_columns_of_a_program_can_only_be_looked_at(api, person, as_text, columns, hidden):
    """What a program keeps in a row stands in closed details, and no form changes it."""
    source = api.table({"Name": {"title": {}}, **columns})
    values = {
        name: {"number": 5} if "number" in column else {"rich_text": as_text("kept")}
        for name, column in columns.items()
    }
    row = new_row(api, source, **values)
    before = api.call("GET", f"/pages/{row}") | {"request_id": ""}
    html = person.see(row)
    keys = [column["id"] for column in source["properties"].values() if column["name"] in hidden]

    person.send(row, {f"{part}.{key}": "7" for key in keys for part in ("was", "v", "set")})

    details = html.partition('<details class="plumbing"><summary>Sync details</summary>')[2]
    assert [name for name in hidden if f'class="label">{name}<' in details] == hidden
    assert not any(f'name="v.{key}"' in html for key in keys)
    assert api.call("GET", f"/pages/{row}") | {"request_id": ""} == before


def test_a_column_called_order_is_anybodys(api, person):
    """A number that is called "Order" belongs to the person where no program keeps an id."""
    source = api.table({"Name": {"title": {}}, "Order": {"number": {}}})
    row = new_row(api, source)

    person.fill(row, Order="3")

    assert read(api, row, "Order") == 3


STATES = [
    {"name": "Not started", "group": "To-do"},
    {"name": "In progress", "group": "In progress"},
    {"name": "Done", "group": "Complete", "color": "green"},
    {"name": "Skipped", "group": "Complete", "color": "brown"},
]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([], "0 of 0 skills done"),
        (["Done"], "1 of 1 skill done"),
        (["Done", "Not started", "Skipped"], "1 of 2 skills done · 1 skipped"),
        (["Done", "Done", "In progress", "Skipped", "Skipped", "Not started"],
         "2 of 4 skills done · 1 in progress · 2 skipped"),
        (["Skipped"], "0 of 0 skills done · 1 skipped"),
    ],
)  # fmt: skip
def test_what_was_skipped_is_neither_done_nor_to_do(api, person, states, words):
    """Progress is what is done of all that was not skipped, in words and in the bar."""
    source = api.table({"Skill": {"title": {}}, "State": {"status": {"options": STATES}}})
    for state in states:
        api.row(source, {"State": {"status": {"name": state}}})

    home, table = person.see(ROOT_PAGE_ID), person.see(source["id"])

    assert f">{words}<" in home
    assert f">{words}<" in table
    assert "New skill" in table
    assert "Skipped</title>" not in table
    widths = [int(width) for width in re.findall(r'<rect[^>]* width="(\d+)"', table)]
    assert sum(widths) == (1000 if set(states) - {"Skipped"} else 0)


def test_trash_and_restore(api, person, source, as_text):
    """A row in the trash is listed there, cannot be edited, and comes back with its values."""
    row = new_row(api, source, Name={"title": as_text("gone")})

    person.send(row, {"action": "trash"})
    trashed = person.see(row)
    listed = person.see(source["id"], "?view=trash")
    table = person.see(source["id"])
    refused = person.send(row, {"action": "write", "text": "x"}, code=422)
    person.send(row, {"action": "restore"})

    assert "This page is in the trash." in trashed
    assert "<fieldset disabled>" in trashed
    assert "gone" in listed
    assert "gone" not in table
    assert "Not saved: " in refused.text
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
    html = person.see(copy)
    assert html.index(">Head</h2>") < html.index(">one<") < html.index(">two<")


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
        children=[{"code": {"rich_text": as_text(HOSTILE)}}],
    )["id"]
    body = f"![x](javascript:alert(3))\n| {HOSTILE} |\n| --- |"
    api.call("PATCH", f"/pages/{row}/markdown", {"insert_content": {"content": body}})
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


def enter(client, path):
    """Return the status of a page, and the cookie that it sets."""
    answer = client.get(path)
    return answer.status_code, answer.headers.get("Set-Cookie", "")


@pytest.fixture
def guarded(make_api):
    """Open a workspace with a token, and a browser that does not know it."""
    api = make_api(token="right")
    api.http.headers["Authorization"] = "Bearer right"
    stranger = PageVisitor(api)
    yield api, stranger
    stranger.http.close()


def test_with_a_token_no_page_is_open(guarded):
    """Nobody reads or writes a page of a guarded workspace without the link, whatever they send."""
    api, stranger = guarded
    source = api.table(COLUMNS, title="secret title")
    row = new_row(api, source)
    slug = row.replace("-", "")

    answers = [
        stranger.http.get("/"),
        stranger.http.get(f"/p/{slug}"),
        stranger.http.get(f"/p/{slug}?key=wrong"),
        stranger.http.get("/", headers={"Cookie": "workspace-80=wrong"}),
        stranger.http.post(f"/p/{slug}", data={"action": "trash"}),
        stranger.http.post(f"/p/{slug}?key=wrong", data={"action": "trash"}),
        stranger.http.post(f"/d/{source['id']}/rows", data={"title": "x"}),
        stranger.http.post("/enter", data={"token": "wrong"}),
        stranger.http.post("/enter"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert not any("secret title" in answer.text for answer in answers)
    assert not any("Set-Cookie" in answer.headers for answer in answers)
    assert not api.call("GET", f"/pages/{row}")["in_trash"]
    assert len(api.query(source)["results"]) == 1
    assert stranger.http.get("/assets/style.css").status_code == 200


def test_the_link_lets_one_browser_in_once(guarded):
    """The link sets a cookie that no script reads and no other site sends, and is used up."""
    api, first = guarded
    link = api.app.extensions["gate"].way_in

    code, cookie = enter(first.http, link)
    inside = first.http.get("/")
    second = PageVisitor(api)
    again = enter(second.http, link)
    second.http.close()

    assert code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "right" not in cookie
    assert inside.status_code == 200
    assert again == (401, "")
    assert api.app.extensions["gate"].way_in == "/"


def test_the_token_lets_a_browser_in(guarded):
    """Whoever has used up the link types the token, and is remembered over a restart."""
    person = guarded[1]

    person.http.post("/enter", data={"token": "right"})

    cookies = dict(person.http.cookies)
    assert person.http.get("/").status_code == 200
    restarted = make_app(None, token="right")
    with httpx.Client(
        transport=httpx.WSGITransport(app=restarted), base_url="http://localhost", cookies=cookies
    ) as browser:
        assert browser.get("/").status_code == 200
    restarted.extensions["workspace"].close()


def test_a_browser_outside_is_told_so_where_a_script_asks(guarded):
    """A page that was left open keeps its text and says what to do."""
    stranger = guarded[1]

    answer = stranger.http.post("/p/x", data={}, headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert "Open the link" in answer.json()["problem"]


def test_without_a_token_the_way_in_is_home(api, person):
    """Where no token is set, every browser of this machine is let in."""
    assert api.app.extensions["gate"].way_in == "/"
    assert person.http.get("/").status_code == 200


@pytest.mark.parametrize(
    ("note", "has_rows", "told"),
    [
        (PageNotes(), False, ["Nothing here yet."]),
        (PageNotes(if_empty="Run <it>."), False, ["Run &lt;it&gt;."]),
        (PageNotes(if_empty="Run <it>."), True, []),
        (PageNotes("It is there:", "https://n.example/p"), True, ["It is there:", ">https://n.example/p<"]),
    ],
)  # fmt: skip
def test_home_says_what_there_is_to_say(note, has_rows, told):
    """An empty Home says so, and one that is not the right place says where that is."""
    app = make_app(None, note=note)
    with httpx.Client(
        transport=httpx.WSGITransport(app=app), base_url="http://localhost"
    ) as browser:
        if has_rows:
            headers = {"Authorization": "Bearer x", "Notion-Version": "2026-03-11"}
            body = {"parent": {"page_id": ROOT_PAGE_ID}}
            assert browser.post("/v1/databases", json=body, headers=headers).status_code == 200
        html = browser.get("/").text
    app.extensions["workspace"].close()

    assert [words for words in told if words in html] == told
    assert html.count('class="notice"') == min(len(told), 1)


def test_too_much_markdown_is_refused_and_kept(api, person, source):
    """Notes beyond what a page takes at once come back with the reason, before anything is read."""
    row = new_row(api, source)

    answer = person.send(row, {"action": "write", "text": "x" * 600_000}, code=422)

    assert "Not saved: " in answer.text
    assert "x" * 600_000 in answer.text


def test_the_rows_of_a_table_share_the_choices_of_a_column(api, monkeypatch):
    """A column may have thousands of options: they are made ready once for all rows."""
    source = api.table({"Name": {"title": {}}, "Section": {"select": {}}})
    for number in range(20):
        api.row(source, {"Section": {"select": {"name": f"S{number}"}}})
    asked = []

    def count(prop, **more):
        asked.append(prop.id)
        return make_column(prop, **more)

    monkeypatch.setattr("tracker.workspace.web.layouts.make_column", count)
    with open_session(api.store, write=False) as session:
        made = session.data_source(source["id"])
        (view,) = session.store.views.of(data_source_id=made.id)
        table = make_table(session, made, view)

    (last,) = [group for group in table.groups if group.chip.name == "S19"]
    assert [row.title for row in last.rows] == ["Untitled"]
    assert len(asked) <= 5
