from __future__ import annotations

import pytest

SCHEMA = {
    "Name": {"title": {}},
    "Status": {"status": {}},
    "Section": {"select": {"options": [{"name": "First"}]}},
    "Completed": {"date": {}},
    "Order": {"number": {}},
}


@pytest.fixture
def source(api):
    return api.table(SCHEMA)


@pytest.fixture
def body(source):
    """Return the body of a new view."""

    def body(kind="table", **more):
        return {
            "data_source_id": source["id"],
            "database_id": source["parent"]["database_id"],
            "name": "Mine",
            "type": kind,
            **more,
        }

    return body


@pytest.fixture
def views(api, source):
    """List the ids of the views of the database."""

    def views():
        listed = api.call("GET", f"/views?database_id={source['parent']['database_id']}")
        return [view["id"] for view in listed["results"]]

    return views


def group(source, name, kind):
    """Return a group by one column."""
    return {"type": kind, "property_id": source["properties"][name]["id"]}


def test_every_database_starts_with_a_table_view(api, views):
    """The default view is a table with times to the millisecond."""
    view = api.call("GET", f"/views/{views()[0]}")

    assert (view["name"], view["type"]) == ("Default view", "table")
    assert view["configuration"] == {"type": "table"}
    assert view["created_time"] == "2026-11-05T10:30:17.250+00:00"


def test_the_views_of_the_product_can_be_made(api, source, body, views):
    """Grouped table, board, timeline, calendar and charts are kept as configured."""
    by_section = group(source, "Section", "select")
    by_status = {**group(source, "Status", "status"), "group_by": "option"}
    completed = source["properties"]["Completed"]["id"]
    configurations = [
        {"type": "table", "group_by": by_section},
        {"type": "board", "group_by": by_status},
        {"type": "timeline", "date_property_id": completed},
        {"type": "calendar", "date_property_id": completed},
        {"type": "chart", "chart_type": "donut", "x_axis": by_status},
        {
            "type": "chart",
            "chart_type": "bar",
            "x_axis": by_section,
            "stack_by": by_status,
            "y_axis": {"aggregator": "count"},
        },
    ]

    made = [api.call("POST", "/views", body(c["type"], configuration=c)) for c in configurations]

    assert [view["configuration"] for view in made] == configurations
    assert views()[1:] == [view["id"] for view in made]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "feed"}, "body.type should be"),
        ({"name": 5}, "body.name should be a string"),
        ({"database_id": None}, "exactly one of"),
        ({"view_id": "x"}, "exactly one of"),
        ({"type": "board"}, "body.configuration.group_by should be defined"),
        ({"type": "calendar"}, "body.configuration.date_property_id should be defined"),
        ({"type": "chart"}, "body.configuration.chart_type should be defined"),
        ({"configuration": {"type": "board"}}, "body.configuration.type should be"),
        ({"configuration": {"type": "table", "colour": 1}}, "colour should be not present"),
        (
            {"configuration": {"type": "table", "properties": [{"property_id": "nobody"}]}},
            "Could not find property with name or id: nobody",
        ),
        (
            {"type": "calendar", "configuration": {"date_property_id": "Order"}},
            "Order is expected to be date.",
        ),
        (
            {
                "type": "board",
                "configuration": {"group_by": {"type": "date", "property_id": "Status"}},
            },
            'should be `"status"`',
        ),
        (
            {
                "type": "chart",
                "configuration": {"chart_type": "bar", "y_axis": {"aggregator": "sum"}},
            },
            "y_axis.property_id should be defined",
        ),
        (
            {"filter": {"property": "Status", "status": {"equals": "Perhaps"}}},
            'Available options: "Not started", "In progress", "Done".',
        ),
        ({"sorts": [{"property": "nobody"}]}, "Could not find property"),
        ({"position": {"type": "after_view", "after_view": {}}}, "should be defined"),
    ],
    ids=str,
)
def test_impossible_views_are_refused(api, body, views, change, message):
    """What a view cannot be is a 400 that says why; nothing is made."""
    given = {key: value for key, value in {**body(), **change}.items() if value is not None}

    error = api.refuse("POST", "/views", given)

    assert message in error["message"]
    assert len(views()) == 1


def test_a_view_is_placed_where_asked(api, body, views):
    """Start, end and after another view."""
    first = api.call("POST", "/views", body(position={"type": "start"}))["id"]
    position = {"type": "after_view", "after_view": {"view_id": first}}
    second = api.call("POST", "/views", body(position=position))["id"]

    assert views()[:2] == [first, second]


def test_a_view_is_changed_and_cleared(api, body):
    """Null clears filter and sorts; what is left out stays."""
    filter_ = {"property": "Status", "status": {"equals": ["Done", "In progress"]}}
    sorts = [{"property": "Order", "direction": "ascending"}]
    view = api.call("POST", "/views", body(filter=filter_, sorts=sorts))

    renamed = api.call("PATCH", f"/views/{view['id']}", {"name": "Other"})
    cleared = api.call("PATCH", f"/views/{view['id']}", {"filter": None, "sorts": None})

    assert (renamed["name"], renamed["filter"], renamed["sorts"]) == ("Other", filter_, sorts)
    assert (cleared["name"], cleared["filter"], cleared["sorts"]) == ("Other", None, None)


def test_the_last_view_stays(api, body, views):
    """A view can be deleted for good, the last one cannot."""
    view = api.call("POST", "/views", body())

    deleted = api.call("DELETE", f"/views/{view['id']}")

    assert sorted(deleted) == ["id", "object", "parent", "request_id", "type"]
    api.refuse("GET", f"/views/{view['id']}", status=404)
    assert api.refuse("DELETE", f"/views/{views()[0]}")["code"] == "validation_error"


def test_listing_views_needs_an_owner(api, source, views):
    """Either a database or a data source must be named."""
    by_source = api.call("GET", f"/views?data_source_id={source['id']}")["results"]

    assert [view["id"] for view in by_source] == views()
    assert api.refuse("GET", "/views")["code"] == "validation_error"


def by(source, name, kind, **more):
    """Return a group of a chart by one column, with the sort that each has."""
    return {**group(source, name, kind), "sort": {"type": "manual"}, **more}


LINE = {"value": 3, "label": "goal", "color": "green", "dash_style": "dash"}


def test_charts_take_all_keys_that_notion_has(api, source, body):
    """Every key of a chart that the reference names is kept as it was given."""
    states = by(source, "Status", "status", group_by="option")
    weeks = by(source, "Completed", "date", group_by="week", start_day_of_week=1)
    count = {"aggregator": "count"}
    charts = [
        {"chart_type": "donut", "x_axis": states, "y_axis": count, "donut_labels": "name"},
        {"chart_type": "line", "x_axis": weeks, "y_axis": count, "cumulative": True,
         "hide_line_fill_area": False, "smooth_line": True, "reference_lines": [LINE]},
        {"chart_type": "number", "value": count, "hide_title": True},
        {"chart_type": "bar", "x_axis": by(source, "Section", "select"), "y_axis": count,
         "stack_by": states, "group_style": "percent", "legend_position": "bottom"},
    ]  # fmt: skip

    for chart in charts:
        configuration = {"type": "chart", **chart}
        view = api.call("POST", "/views", body("chart", configuration=configuration))
        assert view["configuration"] == configuration


@pytest.mark.parametrize("key", sorted(LINE))
def test_a_line_of_a_chart_needs_all_its_keys(api, source, body, key):
    """A reference line without one of its keys is refused with the place."""
    lines = [{name: value for name, value in LINE.items() if name != key}]
    chart = {"type": "chart", "chart_type": "bar", "reference_lines": lines}

    error = api.refuse("POST", "/views", body("chart", configuration=chart))

    assert f"reference_lines[0].{key} should be defined" in error["message"]


def test_a_dashboard_has_rows_that_are_only_read(api, source, body):
    """A dashboard is made without a configuration, and shows rows."""
    made = api.call("POST", "/views", body("dashboard"))
    refused = api.refuse(
        "POST", "/views", body("dashboard", configuration={"type": "dashboard", "rows": []})
    )

    assert made["configuration"] == {"type": "dashboard", "rows": []}
    assert "rows" in refused["message"]
