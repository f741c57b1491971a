from __future__ import annotations

import pytest

from tracker.workspace.protocol import ROOT_PAGE_ID

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
    """Return a group by one column, with the sort that each has."""
    key = source["properties"][name]["id"]
    return {"type": kind, "property_id": key, "sort": {"type": "manual"}}


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
            {
                "type": "calendar",
                "configuration": {"type": "calendar", "date_property_id": "Order"},
            },
            "Order is expected to be date.",
        ),
        (
            {
                "type": "board",
                "configuration": {
                    "type": "board",
                    "group_by": {"type": "date", "property_id": "Status"},
                },
            },
            'should be `"status"`',
        ),
        (
            {
                "type": "chart",
                "configuration": {
                    "type": "chart",
                    "chart_type": "bar",
                    "y_axis": {"aggregator": "sum"},
                },
            },
            "y_axis.property_id should be defined",
        ),
        (
            {"filter": {"property": "Status", "status": {"equals": "Perhaps"}}},
            'Available options: "Not started", "In progress", "Done".',
        ),
        ({"sorts": [{"property": "nobody"}]}, "Could not find property"),
        ({"position": {"type": "after_view"}}, "position.view_id should be defined"),
        ({"placement": {"type": "new_row"}}, "body.placement should be not present"),
        ({"quick_filters": {"nobody": {}}}, "Could not find property"),
        ({"quick_filters": {"Order": {"number": {"like": 1}}}}, "quick_filters.Order.number"),
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
    position = {"type": "after_view", "view_id": first}
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
    """Return a group of a chart by one column."""
    return {**group(source, name, kind), **more}


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


BY_STATUS = {
    "type": "status",
    "property_id": "Status",
    "group_by": "option",
    "sort": {"type": "manual"},
}
AXES = {"x_axis": BY_STATUS, "y_axis": {"aggregator": "count"}}


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({}, "body.configuration.type should be defined"),
        ({"type": "table", "group_by": {**BY_STATUS, "sort": None}}, "group_by.sort should be"),
        ({"type": "table", "group_by": {**BY_STATUS, "sort": {}}}, "sort.type should be defined"),
        ({"type": "board", "group_by": {**BY_STATUS, "group_by": None}}, "group_by.group_by"),
        ({"type": "board", "group_by": {**BY_STATUS, "by": "x"}}, "by should be not present"),
        ({"type": "table", "properties": [{"visible": True}]}, "[0].property_id should be defined"),
        ({"type": "table", "properties": [{"property_id": "Order", "width": "8"}]}, "a number"),
        ({"type": "table", "wrap_cells": None}, "wrap_cells should be not null"),
        ({"type": "table", "wrap_cells": "yes"}, "wrap_cells should be a boolean"),
        ({"type": "table", "subtasks": {"display_mode": "folded"}}, "display_mode should be"),
        ({"type": "calendar"}, "date_property_id should be defined"),
        ({"type": "timeline", "date_property_id": "Completed", "preference": {}}, "zoom_level"),
        ({"type": "timeline", "date_property_id": "Completed", "arrows_by": {"property_id": "x"}},
         "Could not find property"),
        ({"type": "gallery", "cover": {}}, "cover.type should be defined"),
        ({"type": "map", "map_by": "nobody"}, "Could not find property"),
        ({"type": "form", "properties": []}, "properties should be not present"),
        ({"type": "chart", "chart_type": "pie"}, "chart_type should be"),
        ({"type": "chart", "chart_type": "bar", **AXES, "cumulative": 1}, "a boolean"),
        ({"type": "chart", "chart_type": "bar", **AXES, "y_axis": {"aggregator": "sum",
          "property_id": "x"}}, "Could not find property"),
        ({"type": "chart", "chart_type": "number", "value": {}}, "aggregator should be defined"),
        ({"type": "list", "group_by": BY_STATUS}, "group_by should be not present"),
    ],
    ids=str,
)  # fmt: skip
def test_a_configuration_is_checked_to_its_last_key(api, body, views, configuration, message):
    """Required keys, types and words of a configuration, and the columns that it names."""
    kind = configuration.get("type", "table")

    error = api.refuse("POST", "/views", body(kind, configuration=configuration))

    assert message in error["message"]
    assert len(views()) == 1


def test_a_change_of_a_configuration_leaves_what_it_does_not_name(api, body):
    """A change carries the type and the required keys; null takes a key away."""
    board = {
        "type": "board",
        "group_by": BY_STATUS,
        "card_layout": "compact",
        "cover_size": "small",
    }
    view = api.call("POST", "/views", body("board", configuration=board))
    path = f"/views/{view['id']}"

    change = {"type": "board", "group_by": BY_STATUS, "cover_size": None, "cover_aspect": "cover"}
    changed = api.call("PATCH", path, {"configuration": change})
    untyped = api.refuse("PATCH", path, {"configuration": {"group_by": BY_STATUS}})
    api.refuse("PATCH", path, {"configuration": None})
    short = api.refuse("PATCH", path, {"configuration": {"type": "board"}})

    kept = {"type": "board", "group_by": BY_STATUS, "card_layout": "compact"}
    assert changed["configuration"] == {**kept, "cover_aspect": "cover"}
    assert "configuration.type" in untyped["message"]
    assert "configuration.group_by should be defined" in short["message"]


def test_null_in_place_of_a_configuration_clears_it(api, body):
    """A table has no required keys, so that nothing but its type is left."""
    view = api.call("POST", "/views", body(configuration={"type": "table", "wrap_cells": True}))

    cleared = api.call("PATCH", f"/views/{view['id']}", {"configuration": None})

    assert cleared["configuration"] == {"type": "table"}


def test_a_change_takes_sorts_by_columns_only(api, body):
    """A creation takes a sort by a time of the row, a change does not."""
    by_time = [{"timestamp": "created_time", "direction": "ascending"}]
    view = api.call("POST", "/views", body(sorts=by_time))

    error = api.refuse("PATCH", f"/views/{view['id']}", {"sorts": by_time})

    assert view["sorts"] == by_time
    assert "sorts[0].property should be defined" in error["message"]


def test_quick_filters_are_added_changed_and_taken_away_one_by_one(api, body):
    """An empty one is kept as such, null takes one away, and what is not named stays."""
    first = {"Section": {}, "Order": {"number": {"equals": 1}}}
    view = api.call("POST", "/views", body(quick_filters=first))
    path = f"/views/{view['id']}"

    change = {"Order": None, "Status": {"status": {"equals": ["Done", "To-do"]}}}
    changed = api.call("PATCH", path, {"quick_filters": change})
    cleared = api.call("PATCH", path, {"quick_filters": None})

    assert view["quick_filters"] == first
    assert changed["quick_filters"] == {"Section": {}, "Status": change["Status"]}
    assert cleared["quick_filters"] is None


class TestLinkedDatabases:
    @pytest.fixture
    def page(self, api, as_text):
        """Make a page with two paragraphs."""
        words = [{"paragraph": {"rich_text": as_text(word)}} for word in ("one", "two")]
        parent = {"type": "page_id", "page_id": ROOT_PAGE_ID}
        title = {"title": {"title": as_text("Progress")}}
        made = {"parent": parent, "properties": title, "children": words}
        return api.call("POST", "/pages", made)

    @pytest.fixture
    def linked(self, source, page):
        """Return the body of a view on a page, over a database that lies elsewhere."""

        def linked(**position):
            target = {"parent": {"type": "page_id", "page_id": page["id"]}, **position}
            shared = {"data_source_id": source["id"], "name": "Mine", "type": "table"}
            return {**shared, "create_database": target}

        return linked

    def test_it_stands_on_the_page_where_asked(self, api, page, linked):
        """It is a block of the page, named as the database that it shows."""
        first = api.call("GET", f"/blocks/{page['id']}/children")["results"][0]
        position = {"type": "after_block", "block_id": first["id"]}

        view = api.call("POST", "/views", linked(position=position))
        last = api.call("POST", "/views", linked())

        blocks = api.call("GET", f"/blocks/{page['id']}/children")["results"]
        kinds = ["paragraph", "child_database", "paragraph", "child_database"]
        assert [block["type"] for block in blocks] == kinds
        assert view["parent"] == {"type": "database_id", "database_id": blocks[1]["id"]}
        assert last["parent"]["database_id"] == blocks[3]["id"]

    def test_it_is_listed_with_the_views_of_its_rows(self, api, source, linked, views):
        """By the data source it is listed, by the database of the rows it is not."""
        view = api.call("POST", "/views", linked())

        by_source = api.call("GET", f"/views?data_source_id={source['id']}")["results"]
        own = api.call("GET", f"/views?database_id={view['parent']['database_id']}")["results"]
        assert [item["id"] for item in by_source] == [*views(), view["id"]]
        assert own == [{"object": "view", "id": view["id"]}]

    def test_it_is_no_database_of_its_own(self, api, linked):
        """Notion does not find it by its id; its last view stays, and the block goes to the trash."""
        view = api.call("POST", "/views", linked())
        database_id = view["parent"]["database_id"]

        api.refuse("GET", f"/databases/{database_id}", status=404)
        api.refuse("PATCH", f"/databases/{database_id}", {"is_locked": True}, status=404)
        api.refuse("DELETE", f"/views/{view['id']}")
        trashed = api.call("DELETE", f"/blocks/{database_id}")

        assert trashed["in_trash"] is True

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"parent": None}, "create_database.parent should be"),
            ({"parent": {"type": "database_id"}}, "parent.type should be"),
            ({"position": {"type": "start"}}, "position.type should be"),
            ({"position": {"type": "after_block", "block_id": ROOT_PAGE_ID}}, "of a block of the"),
            ({"is_inline": True}, "is_inline should be not present"),
        ],
        ids=str,
    )
    def test_it_needs_a_page_and_a_block_of_it(self, api, page, linked, change, message):
        """Nothing is put on the page when the request is wrong."""
        given = linked()
        given["create_database"] |= change

        error = api.refuse("POST", "/views", given)

        assert message in error["message"]
        assert len(api.call("GET", f"/blocks/{page['id']}/children")["results"]) == 2
