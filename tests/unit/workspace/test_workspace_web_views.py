"""Promises of the pages of a database: each view shows what it says, and hides what it hides."""

from __future__ import annotations

import re
from html import unescape

import pytest

pytestmark = pytest.mark.slow

STATES = [
    {"name": "Not started", "group": "To-do"},
    {"name": "In progress", "group": "In progress", "color": "blue"},
    {"name": "Done", "group": "Complete", "color": "green"},
    {"name": "Skipped", "group": "Complete", "color": "brown"},
]
COLUMNS = {
    "Skill": {"title": {}},
    "Status": {"status": {"options": STATES}},
    "Section": {"select": {"options": [{"name": "Zoo"}, {"name": "Ant"}, {"name": "Void"}]}},
    "Hours": {"number": {}},
    "Day": {"date": {}},
    "Tags": {"multi_select": {}},
    "Paid": {"checkbox": {}},
    "Link": {"url": {}},
    "Order": {"number": {}, "description": "used by tracker; leave as it is"},
}
ROWS = [
    # skill, status, section, hours, day, tags, paid
    ("c", "Done", "Ant", 12, "2026-11-02", ["x", "y"], True),
    ("a", "Not started", "Zoo", 3, "2026-10-30", [], False),
    ("d", "Skipped", "Ant", None, None, ["y"], False),
    ("b", "In progress", "Zoo", 5, "2025-12-31", ["x"], False),
    ("e", "Done", None, 14, None, [], True),
]


@pytest.fixture
def source(api, as_text):
    """Make five skills in two sections, made in another order than theirs."""
    source = api.table(COLUMNS)
    for name, status, section, hours, day, tags, is_paid in ROWS:
        api.row(
            source,
            {
                "Skill": {"title": as_text(name)},
                "Status": {"status": {"name": status}},
                "Section": {"select": {"name": section} if section else None},
                "Hours": {"number": hours},
                "Day": {"date": {"start": day} if day else None},
                "Tags": {"multi_select": [{"name": tag} for tag in tags]},
                "Paid": {"checkbox": is_paid},
                "Order": {"number": "abcde".index(name)},
            },
            icon={"emoji": "🌱"} if name == "a" else None,
        )
    return source


@pytest.fixture
def look(api, source, see):
    """Return the HTML of a new view."""

    def look(kind, **more):
        body = {
            "data_source_id": source["id"],
            "database_id": source["parent"]["database_id"],
            "name": "Mine",
            "type": kind,
            **more,
        }
        made = api.call("POST", "/views", body)
        return see(source["id"], f"?v={made['id'].replace('-', '')}")

    return look


def titles(html):
    """Return the titles of rows, in the order in which they stand on a page."""
    names = re.findall(r'href="/p/\w+">(?:<span[^>]*>[^<]*</span> )?([a-e])</a>', html)
    return "".join(names)


def heads(html):
    """Return the columns of a table."""
    first = re.search(r'<thead class="sr">(.*?)</thead>', html)[1]
    return re.findall(r'<th scope="col">([^<]*)</th>', first)


def groups(html):
    """Return the headings of groups with their counts and the titles of their rows."""
    parts = re.findall(r'<details class="group" open>(.*?)</details>', html, re.DOTALL)
    return [
        (
            unescape(re.search(r"<h2><span[^>]*>([^<]*)</span>", part)[1]),
            re.search(r'class="count"[^>]*>([^<]*)<', part)[1],
            titles(part),
        )
        for part in parts
    ]


def by(name, kind, **more):
    """Return a group by one column."""
    steps = {"status": {"group_by": "option"}, "date": {"group_by": "day"}}.get(kind, {})
    return {"type": kind, "property_id": name, "sort": {"type": "manual"}, **steps, **more}


SHOWN = [
    {"property_id": "Hours", "visible": True, "width": 70},
    {"property_id": "Skill", "visible": True, "width": 320, "wrap": True},
    {"property_id": "Link", "visible": False},
    {"property_id": "Status", "visible": True},
]


def test_a_table_shows_its_columns_as_the_view_lists_them(look):
    """Order, widths and wrapping are the view's; hidden columns are not there, nor is plumbing."""
    html = look("table", configuration={"type": "table", "properties": SHOWN})

    assert heads(html) == ["Hours", "Skill", "Status", "Section", "Day", "Tags", "Paid"]
    assert re.findall(r'<col width="(\d+)">', html)[:3] == ["70", "320", "150"]
    assert '<th scope="row" class="title">' in html
    assert '<td class="number cut" data-name="Hours">' in html
    assert "🌱</span> a</a>" in html


def test_the_title_is_never_hidden(look):
    """A row can always be opened, whatever a view hides."""
    hidden = [{"property_id": name, "visible": False} for name in COLUMNS]

    html = look("table", configuration={"type": "table", "properties": hidden})

    assert heads(html) == ["Skill"]


def test_a_table_is_grouped_sorted_and_counted(look):
    """Groups stand in the order of their options, rows in that of the view; skipped rows do not count."""
    order = [{"property": "Order", "direction": "ascending"}]
    config = {"type": "table", "group_by": by("Section", "select")}

    html = look("table", sorts=order, configuration=config)

    assert groups(html) == [
        ("Zoo", "0/2", "ab"), ("Ant", "1/1", "cd"), ("Void", "0/0", ""), ("No Section", "1/1", "e"),
    ]  # fmt: skip
    assert '<progress value="1" max="1"' in html


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (by("Section", "select", sort={"type": "ascending"}, hide_empty_groups=True),
         ["Ant: cd", "Zoo: ab", "No Section: e"]),
        (by("Status", "status", group_by="group"),
         ["To-do: a", "In progress: b", "Complete: cde"]),
        (by("Tags", "multi_select"), ["x: bc", "y: cd", "No Tags: ae"]),
        (by("Paid", "checkbox"), ["Unchecked: abd", "Checked: ce"]),
        (by("Hours", "number", range_start=0, range_size=10), ["0 to 10: ab", "10 to 20: ce", "No Hours: d"]),
        (by("Hours", "number"), ["3: a", "5: b", "12: c", "14: e", "No Hours: d"]),
        (by("Day", "date", group_by="month", sort={"type": "descending"}),
         ["November 2026: c", "October 2026: a", "December 2025: b", "No Day: de"]),
        (by("Day", "date", group_by="week"), ["29 Dec 2025: b", "26 Oct 2026: a", "2 Nov 2026: c", "No Day: de"]),
        (by("Day", "date", group_by="week", start_day_of_week=0),
         ["28 Dec 2025: b", "25 Oct 2026: a", "1 Nov 2026: c", "No Day: de"]),
        (by("Day", "date", group_by="year"), ["2025: b", "2026: ac", "No Day: de"]),
        (by("Skill", "title", group_by="alphabet_prefix"), ["A: a", "B: b", "C: c", "D: d", "E: e"]),
    ],
)  # fmt: skip
def test_rows_are_grouped_by_every_kind_of_column(look, group, expected):
    """Options, groups of a status, several values, ticks, ranges, days and texts make groups."""
    order = [{"property": "Order", "direction": "ascending"}]

    html = look("table", sorts=order, configuration={"type": "table", "group_by": group})

    assert [f"{name}: {rows}" for name, _, rows in groups(html)] == expected
    assert len(set(re.findall(r' id="(r[^"]+)"', html))) == html.count('<tr id="r')


def test_rows_are_grouped_by_what_they_link_to(api, look, source, as_text):
    """A relation groups by the titles of the rows at its other end, and shows them as links."""
    config = {"relation": {"data_source_id": source["id"], "single_property": {}}}
    api.call("PATCH", f"/data_sources/{source['id']}", {"properties": {"Needs": config}})
    rows = {name: row["id"] for row in api.query(source)["results"] for name in [title(row)]}
    needs = {"Needs": {"relation": [{"id": rows["a"]}]}}
    api.call("PATCH", f"/pages/{rows['b']}", {"properties": needs})
    group = by("Needs", "relation")

    html = look("table", configuration={"type": "table", "group_by": group})

    assert [name for name, _, _ in groups(html)] == ["a", "No Needs"]
    assert f'<a class="page" href="/p/{rows["a"].replace("-", "")}">a</a>' in html


def title(row):
    """Return the title of a page object."""
    return row["properties"]["Skill"]["title"][0]["plain_text"]


def test_a_view_filters(look):
    """Only the rows of the filter stand there, and the counts above speak of all."""
    doing = {"property": "Status", "status": {"equals": ["Not started", "In progress"]}}

    html = look("table", filter=doing, sorts=[{"property": "Hours", "direction": "descending"}])

    assert titles(html) == "ba"
    assert "2 of 4 skills done · 1 in progress · 1 skipped" in html


def test_a_view_of_what_is_gone_shows_all_rows_and_says_so(api, source, look, see):
    """A filter by a deleted column hides nothing; a group, a width and a sort by one are left out."""
    look(
        "table",
        filter={"property": "Hours", "number": {"greater_than": 100}},
        configuration={"type": "table", "properties": SHOWN, "group_by": by("Hours", "number")},
    )
    gone = {"properties": {"Hours": None}}
    api.call("PATCH", f"/data_sources/{source['id']}", gone)
    database = source["parent"]["database_id"]
    view = api.call("GET", f"/views?database_id={database}")["results"][-1]["id"]

    html = see(database, f"?v={view}")

    assert len(titles(html)) == len(ROWS)
    assert "no longer there" in html
    assert "Hours" not in heads(html)


TICKED = [{"property_id": "Status", "visible": True, "status_show_as": "checkbox"}]


@pytest.mark.parametrize("kind", ["list", "table", "board"])
def test_a_status_shown_as_a_box_is_ticked_by_one_click(api, source, look, see, kind):
    """One press makes done what is not, and takes back what is; no script is needed."""
    more = {"group_by": by("Section", "select")} if kind == "board" else {}
    html = look(kind, configuration={"type": kind, "properties": TICKED, **more})
    rows = {title(row): row["id"] for row in api.query(source)["results"]}
    boxes = {
        name: (unescape(key), value, state)
        for key, value, state, name in re.findall(
            r'class="tick \w+" name="([^"]+)" value="([^"]+)" role="checkbox" '
            r'aria-checked="(\w+)" aria-label="Status of ([a-e])"', html)
    }  # fmt: skip

    for name in "abcd":
        see(rows[name], form={boxes[name][0]: boxes[name][1]})

    states = [boxes[name][2] for name in "abcd"]
    after = {
        title(row): row["properties"]["Status"]["status"]["name"]
        for row in api.query(source)["results"]
    }
    assert states == ["false", "false", "true", "mixed"]
    assert [after[name] for name in "abcd"] == ["Done", "Done", "Not started", "Not started"]


def test_a_tick_of_a_column_is_shown_and_changed(api, source, look, see):
    """A column of ticks has boxes that one click changes."""
    shown = [{"property_id": "Paid", "visible": True}]
    html = look("list", configuration={"type": "list", "properties": shown})
    rows = {title(row): row["id"] for row in api.query(source)["results"]}
    key = unescape(re.search(r'name="(set\.[^"]+)"', html)[1])

    see(rows["a"], form={key: "on"})
    see(rows["c"], form={key: ""})

    paid = {
        title(row): row["properties"]["Paid"]["checkbox"] for row in api.query(source)["results"]
    }
    assert (html.count('aria-checked="true"'), html.count('aria-checked="false"')) == (2, 3)
    assert (paid["a"], paid["c"]) == (True, False)


def test_a_board_shows_the_properties_of_its_cards(look):
    """Cards stand under their status and show what the view shows, nothing else."""
    shown = [{"property_id": "Hours", "visible": True}, {"property_id": "Section", "visible": True}]
    config = {
        "type": "board",
        "group_by": by("Status", "status", group_by="option"),
        "properties": shown,
    }

    html = look("board", configuration=config)

    columns = re.findall(r"<section data-option=.*?</section>", html, re.DOTALL)
    assert [titles(column) for column in columns] == ["a", "b", "ce", "d"]
    assert re.search(
        r'Hours</span> 3</span>\s*<span class="value select"><span class="chip default">Zoo', html
    )
    assert "2026-11-02" not in html
    # The status is that of the heading: it is on the card only to be changed, by one menu for all.
    assert html.count('<template id="menu.') == 1
    assert html.count('data-menu="menu.') == len(ROWS)


@pytest.mark.parametrize("move", [("Section", "select", "Ant"), ("Paid", "checkbox", "on")])
def test_a_card_is_moved_along_any_column_of_choices(api, source, look, see, move):
    """A board by a section has a menu of sections on its cards, one by a tick has a box."""
    column, kind, to = move
    html = look("board", configuration={"type": "board", "group_by": by(column, kind)})
    row = next(row for row in api.query(source)["results"] if title(row) == "a")
    card = re.search(rf'<article id="r{row["id"]}".*?</article>', html, re.DOTALL)[0]
    key = unescape(re.search(r'(?:name="set\.|data-column=")([^"]+)"', card)[1])
    options = source["properties"][column].get("select", {}).get("options", [])

    see(row["id"], form={f"set.{key}": next((o["id"] for o in options if o["name"] == to), to)})

    moved = api.call("GET", f"/pages/{row['id']}")["properties"][column][kind]
    assert (moved["name"] if kind == "select" else moved) == (to if kind == "select" else True)


def chart(kind, x_axis, **more):
    """Return the configuration of a chart."""
    return {"type": "chart", "chart_type": kind, "x_axis": x_axis, **more}


COUNT = {"aggregator": "count"}
HOURS = {"aggregator": "sum", "property_id": "Hours"}


@pytest.mark.parametrize(
    ("config", "shapes"),
    [
        (chart("donut", by("Status", "status"), y_axis=COUNT),
         ["Not started: 1 (20%)", "In progress: 1 (20%)", "Done: 2 (40%)", "Skipped: 1 (20%)"]),
        (chart("bar", by("Section", "select", hide_empty_groups=True), stack_by=by("Status", "status"), y_axis=COUNT),
         ["Zoo: 1 Not started", "Zoo: 1 In progress", "Ant: 1 Done", "Ant: 1 Skipped", "No Section: 1 Done"]),
        (chart("column", by("Section", "select"), y_axis=HOURS), ["Zoo: 8", "Ant: 12", "No Section: 14"]),
        (chart("bar", by("Section", "select"), y_axis=HOURS, sort="y_descending"),
         ["No Section: 14", "Ant: 12", "Zoo: 8"]),
        (chart("line", by("Day", "date", group_by="week", start_day_of_week=1), y_axis=COUNT, cumulative=True,
               hide_empty_groups=True), None),
    ],
)  # fmt: skip
def test_a_chart_is_drawn_and_said(look, config, shapes):
    """A chart is a picture with a title, the values of its parts, and all its numbers as a table."""
    html = look("chart", name="<Mine>", configuration=config)

    svg = re.search(r'<svg class="chart.*?role="img">(.*?)<table', html, re.DOTALL)[1]
    assert svg.startswith("<title>&lt;Mine&gt;</title><desc>")
    found = [unescape(words) for words in re.findall(r"<(?:path|rect)[^>]*><title>([^<]*)", svg)]
    assert shapes is None or found == shapes
    assert "<summary>Show the numbers</summary>" in html
    assert "style=" not in html


def test_a_line_has_a_point_for_every_week(look):
    """Weeks in which nothing was done are there, and rows without a date are not."""
    axis = by("Day", "date", group_by="week", start_day_of_week=1)

    html = look("chart", configuration=chart("line", axis, y_axis=COUNT, cumulative=True))

    points = re.findall(r"<circle[^>]*><title>([^<]*): (\d+)</title>", html)
    assert (points[0], points[1], points[-2:]) == (
        ("29 Dec 2025", "1"), ("5 Jan 2026", "1"), [("26 Oct 2026", "2"), ("2 Nov 2026", "3")]
    )  # fmt: skip
    assert len(points) == 45


@pytest.mark.parametrize(
    ("value", "figure"),
    [
        (COUNT, "5"),
        (HOURS, "34"),
        ({"aggregator": "average", "property_id": "Hours"}, "8.5"),
        ({"aggregator": "median", "property_id": "Hours"}, "8.5"),
        ({"aggregator": "range", "property_id": "Hours"}, "11"),
        ({"aggregator": "percent_checked", "property_id": "Paid"}, "40"),
        ({"aggregator": "count_values", "property_id": "Tags"}, "4"),
        ({"aggregator": "unique", "property_id": "Section"}, "2"),
        ({"aggregator": "empty", "property_id": "Day"}, "2"),
        ({"aggregator": "percent_not_empty", "property_id": "Day"}, "60"),
    ],
)
def test_a_number_says_what_is_reckoned(look, value, figure):
    """A chart of one number shows the count, the sum or whatever the view asks for."""
    html = look("chart", configuration={"type": "chart", "chart_type": "number", "value": value})

    assert f'<p class="large">{figure}</p>' in html


def test_an_empty_chart_says_so(api, look, source):
    """Before there is anything to draw, a chart is a line of words."""
    rows = api.query(source)["results"]
    for row in rows:
        api.call("PATCH", f"/pages/{row['id']}", {"in_trash": True})

    for kind in ("donut", "bar", "column", "line"):
        axis = by("Status", "status") if kind != "line" else by("Day", "date")
        assert "Nothing to draw yet." in look(
            "chart", configuration=chart(kind, axis, y_axis=COUNT)
        )


def test_a_calendar_shows_each_row_on_its_day(look):
    """The present month stands there, its rows on their days, and the months beside it can be reached."""
    html = look("calendar", configuration={"type": "calendar", "date_property_id": "Day"})

    day = re.search(r'<time datetime="2026-11-02">.*?</td>', html, re.DOTALL)[0]
    assert re.findall(r'class="entry (\w+)" href="/p/\w+">(?:<span.*?</span> )?([a-e])<', html) == [
        ("open", "a"), ("done", "c")
    ]  # fmt: skip
    assert ">c</a>" in day
    assert re.findall(r"month=([\d-]+)", html) == ["2026-10", "2026-12"]
    assert "1 skill<" in html


def test_an_empty_month_leads_to_the_last_one_with_anything(source, look, see):
    """Who has not done anything this month finds the way to what was done before."""
    look(
        "calendar",
        configuration={"type": "calendar", "date_property_id": "Day"},
        position={"type": "start"},
    )

    html = see(source["id"], "?month=2026-09")

    assert "September 2026" in html
    assert re.search(r'0 skills · <a href="/p/\w+\?month=2025-12">', html)


def test_a_chart_or_calendar_of_a_deleted_column_lists_its_rows(api, source, look, see):
    """What cannot be drawn any more is a list with a word about why."""
    axis = by("Hours", "number")
    look("chart", configuration=chart("bar", axis, y_axis=COUNT))
    look("calendar", configuration={"type": "calendar", "date_property_id": "Day"})
    gone = {"properties": {"Hours": None, "Day": None}}
    api.call("PATCH", f"/data_sources/{source['id']}", gone)
    views = api.call("GET", f"/views?database_id={source['parent']['database_id']}")["results"][1:]

    for view in views:
        html = see(source["id"], f"?v={view['id']}")
        assert "no longer there" in html
        assert sorted(titles(html)) == list("abcde")


def test_the_tabs_are_the_views_in_their_order(api, source, look, see):
    """A database opens with its first view, and the others stand beside it by their names."""
    look("list", name="Zeta & co", position={"type": "start"})

    html = see(source["id"])

    tabs = re.findall(r"</svg>([^<]+)</a>", html)
    assert tabs == ["Zeta &amp; co", "Default view"]
    assert 'aria-current="page"><svg' in html.partition("Zeta &amp; co")[0]
    assert '<ul class="list">' in html


def test_a_page_has_a_bounded_number_of_groups(look, monkeypatch):
    """A column of texts may make a group of every row: a page shows the first ones and says so."""
    monkeypatch.setattr("tracker.workspace.web.tables.MOST_GROUPS", 3)
    by_title = by("Skill", "title", group_by="exact")

    html = look("table", configuration={"type": "table", "group_by": by_title})

    assert [name for name, _, _ in groups(html)] == ["a", "b", "c"]
    assert "Only the first 3 skills are shown." in html


def test_a_row_shows_its_values_in_the_order_of_the_first_view(api, source, see):
    """What the first view shows stands first, relations among it; then comes all else, in order."""
    config = {"relation": {"data_source_id": source["id"], "single_property": {}}}
    api.call("PATCH", f"/data_sources/{source['id']}", {"properties": {"Needs": config}})
    row = api.query(source)["results"][0]["id"]
    before = see(row)
    view = api.call("GET", f"/views?data_source_id={source['id']}")["results"][0]["id"]
    shown = [{"property_id": name, "visible": True} for name in ("Skill", "Paid", "Needs", "Hours")]
    hidden = [{"property_id": "Link", "visible": False}]
    properties = {"type": "table", "properties": [*shown, *hidden]}
    api.call("PATCH", f"/views/{view}", {"configuration": properties})

    after = see(row)

    def labels(html):
        return re.findall(r'<label for="(?:v|add)\.[^"]+">([^<]+)', html)

    assert labels(before) == [*list(COLUMNS)[:-1], "Needs"]
    assert labels(after) == [
        "Skill",
        "Paid",
        "Needs",
        "Hours",
        "Status",
        "Section",
        "Day",
        "Tags",
        "Link",
    ]


def test_a_small_comma_is_drawn_as_a_comma(api, source, look, see, as_text):
    """Names of options that needed a comma show one, wherever they are drawn, and are saved as they are."""
    name = "Split\ufe50 kNN"
    values = {"Section": {"select": {"name": name}}, "Skill": {"title": as_text("f")}}
    row = api.row(source, values)
    group = by("Section", "select")
    pages = [
        look("table", configuration={"type": "table", "group_by": group}),
        look("board", configuration={"type": "board", "group_by": group}),
        look("chart", configuration=chart("bar", group, y_axis=COUNT)),
        see(row["id"]),
    ]
    form = {"action": "duplicate"}

    see(row["id"], form=form)

    assert all("Split, kNN" in page and "\ufe50" not in page for page in pages)
    sections = [page["properties"]["Section"]["select"] for page in api.query(source)["results"]]
    assert [one["name"] for one in sections if one and one["name"] not in ("Zoo", "Ant")] == [
        name
    ] * 2


HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


@pytest.mark.parametrize(
    "kind", ["table", "list", "board", "calendar", "donut", "bar", "column", "line"]
)
def test_hostile_names_are_words_in_every_view(api, look, source, kind, as_text):
    """Names of views, columns, options and skills are shown as they are, in tables as in drawings."""
    option = {"Section": {"select": {"name": HOSTILE}}, "Skill": {"title": as_text(HOSTILE)}}
    api.row(source, {**option, "Day": {"date": {"start": "2026-11-05"}}})
    columns = {"Section": {"name": f"Section {HOSTILE}"}}
    api.call("PATCH", f"/data_sources/{source['id']}", {"properties": columns})
    axis = by(f"Section {HOSTILE}", "select")
    config = {
        "table": {"group_by": axis},
        "board": {"group_by": axis},
        "calendar": {"date_property_id": "Day"},
        "list": {"properties": [{"property_id": axis["property_id"], "visible": True}]},
    }.get(kind, chart(kind, axis, y_axis=COUNT, stack_by=axis))
    view_type = kind if kind in ("table", "list", "board", "calendar") else "chart"

    html = look(view_type, name=HOSTILE, configuration={"type": view_type, **config})

    assert "<script>alert" not in html
    assert "49" not in re.sub(r"[0-9a-f-]{32,}", "", html)
    assert html.count("&lt;script&gt;alert(1)") >= 2
    assert not re.search(r'href="(?!/|https?:|#)', html)


def test_a_view_without_a_drawing_lists_its_rows(look):
    """A gallery shows its rows as a list, and says that it is none."""
    html = look("gallery")

    assert "A gallery is not drawn here" in html
    assert sorted(titles(html)) == list("abcde")


@pytest.mark.parametrize("query", ["?v=nonsense", "?v=", "?v=" + "0" * 32, "?view=board"])
def test_an_unknown_view_is_the_first_one(see, source, query):
    """A link to a view that was deleted opens the database all the same."""
    assert titles(see(source["id"], query))
