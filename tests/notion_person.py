"""Someone who works in Notion: reads and edits databases over the plain API, like any other client.

Knows columns by their names and types, and nothing of tracker's own adapter.
"""

from __future__ import annotations

from typing import Any

import httpx

from tracker.workspace.store import Store

Json = dict[str, Any]
PRIVATE = frozenset({"Sync history"})
"""Columns that nobody looks at."""
HEADERS = {"Authorization": "Bearer somebody", "Notion-Version": "2026-03-11"}
TEXT_PIECE = 2000


def move_row(store: Store, page_id: str, parent_type: str, parent_id: str) -> None:
    """Move a row elsewhere as Notion's own pages can; the workspace has no way to do it."""
    with store.transaction():
        page = store.pages.get(page_id)
        assert page is not None
        page.parent_type, page.parent_id = parent_type, parent_id
        store.pages.update(page)


class Person:
    """Works in one database: the only one there is, unless its title or id says which."""

    def __init__(self, transport: httpx.BaseTransport, which: str | None = None) -> None:
        self._http = httpx.Client(transport=transport, base_url="http://localhost", headers=HEADERS)
        self._which = which

    def send(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send one request; a refusal fails the test."""
        response = self._http.request(method, f"/v1/{path}", json=body)
        assert response.is_success, f"{method} {path}: {response.text}"
        return response.json()

    def close(self) -> None:
        """Release the connection."""
        self._http.close()

    def source(self) -> Json:
        """Return the data source; fails when there is none, or more than one is meant."""
        sources = self.sources()
        if self._which is not None:
            sources = [each for each in sources if self._which in {each["id"], title(each)}]
        assert len(sources) == 1, f"{len(sources)} databases"
        return sources[0]

    def sources(self) -> list[Json]:
        """Return all data sources that are not in the trash."""
        return self._all("search", {"filter": {"property": "object", "value": "data_source"}})

    def rows(self) -> list[Json]:
        """Return the rows, in the order in which they were made."""
        by_age = {"sorts": [{"timestamp": "created_time", "direction": "ascending"}]}
        return self._all(f"data_sources/{self.source()['id']}/query", by_age)

    def trashed(self) -> list[Json]:
        """Return the rows in the trash."""
        wanted = {"property": "object", "value": "page", "in_trash": True}
        source = self.source()["id"]
        found = self._all("search", {"filter": wanted})
        return [each for each in found if each["parent"].get("data_source_id") == source]

    def views(self) -> list[Json]:
        """Return the views in the order of their tabs, with columns by their names."""
        source = self.source()
        names = {column["id"]: name for name, column in source["properties"].items()}
        listed = self.send("GET", f"views?database_id={source['parent']['database_id']}")
        found = [self.send("GET", f"views/{view['id']}") for view in listed["results"]]
        told = [{key: it for key, it in view.items() if key != "request_id"} for view in found]
        return [_name_columns(view, names) for view in told]

    def view(self, name: str) -> Json:
        """Return the one view of this name."""
        (found,) = (view for view in self.views() if view["name"] == name)
        return found

    def row(self, key: str) -> Json:
        """Return the one row with this Tracker ID or name, from the trash if need be."""
        for rows in (self.rows(), self.trashed()):
            for column in ("Tracker ID", "Skill"):
                found = [each for each in rows if shown(each).get(column) == key]
                if found:
                    assert len(found) == 1, f"{len(found)} rows are {key}"
                    return found[0]
        raise AssertionError(f"no row is {key}")

    def edit(self, key: str, values: Json) -> None:
        """Set values of a row."""
        self._patch(key, {"properties": self._encode(values)})

    def edit_page(self, page_id: str, values: Json) -> None:
        """Set values of a row that is known by its page."""
        self.send("PATCH", f"pages/{page_id}", {"properties": self._encode(values)})

    def add(self, values: Json) -> None:
        """Make a row."""
        parent = {"data_source_id": self.source()["id"]}
        self.send("POST", "pages", {"parent": parent, "properties": self._encode(values)})

    def copy(self, key: str) -> None:
        """Duplicate a row, Tracker ID and all, as Notion's own command does."""
        row = self.row(key)
        kinds = {name: each["type"] for name, each in self.source()["properties"].items()}
        values = {
            name: value
            for name, value in shown(row).items()
            if kinds[name] != "relation" and name != "Resources"
        }
        self.add(values)

    def trash(self, *keys: str) -> None:
        """Move rows to the trash."""
        for key in keys:
            self._patch(key, {"in_trash": True})

    def restore(self, *keys: str) -> None:
        """Take rows out of the trash."""
        for key in keys:
            self._patch(key, {"in_trash": False})

    def archive(self, key: str) -> None:
        """Archive a row: out of sight, but not in the trash."""
        self._patch(key, {"is_archived": True})

    def change_column(self, name: str, change: Json | None) -> None:
        """Rename, retype or delete a column."""
        path = f"data_sources/{self.source()['id']}"
        self.send("PATCH", path, {"properties": {name: change}})

    def delete_option(self, column: str, option: str) -> None:
        """Delete an option of a column; every row that has it loses it."""
        config = self.source()["properties"][column]
        kind = config["type"]
        kept = [{"id": each["id"]} for each in config[kind]["options"] if each["name"] != option]
        self.change_column(column, {kind: {"options": kept}})

    def add_option(self, column: str, option: Json) -> None:
        """Add an option to a column."""
        config = self.source()["properties"][column]
        kind = config["type"]
        kept = [{"id": each["id"]} for each in config[kind]["options"]]
        self.change_column(column, {kind: {"options": [*kept, option]}})

    def change_database(self, change: Json) -> None:
        """Change the database itself, for example move it to the trash."""
        self.send("PATCH", f"databases/{self.source()['parent']['database_id']}", change)

    def _patch(self, key: str, body: Json) -> None:
        self.send("PATCH", f"pages/{self.row(key)['id']}", body)

    def _all(self, path: str, body: Json) -> list[Json]:
        found: list[Json] = []
        cursor: Json = {}
        while True:
            answer = self.send("POST", path, {**body, **cursor})
            found += answer["results"]
            if not answer["has_more"]:
                return found
            cursor = {"start_cursor": answer["next_cursor"]}

    def _encode(self, values: Json) -> Json:
        kinds = {name: each["type"] for name, each in self.source()["properties"].items()}
        return {name: {kinds[name]: self._value(kinds[name], it)} for name, it in values.items()}

    def _value(self, kind: str, value: Any) -> Any:
        if kind in {"title", "rich_text"}:
            text = "" if value is None else str(value)
            pieces = [text[at : at + TEXT_PIECE] for at in range(0, len(text), TEXT_PIECE)]
            return [{"text": {"content": each}} for each in pieces]
        if kind in {"select", "status"}:
            return None if value is None else {"name": value}
        if kind == "multi_select":
            return [{"name": each} for each in value]
        if kind == "relation":
            return [{"id": self.row(each)["id"]} for each in value]
        if kind == "date":
            return None if value is None else {"start": str(value)}
        return value


def _name_columns(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _name_columns(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_name_columns(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def title(source: Json) -> str:
    """Return the title of a data source."""
    return plain(source["title"])


def plain(runs: list[Json]) -> str:
    """Return the text of rich text; links as [text](address)."""
    return "".join(
        f"[{each['plain_text']}]({each['href']})" if each.get("href") else each["plain_text"]
        for each in runs
    )


def shown(row: Json) -> Json:
    """Return the values of a row by column name, the empty ones left out; relations as page ids."""
    values = {name: _decode(each) for name, each in sorted(row["properties"].items())}
    return {
        name: value
        for name, value in values.items()
        if name not in PRIVATE and value not in (None, "", [])
    }


def _decode(prop: Json) -> Any:
    kind = prop["type"]
    value = prop[kind]
    if kind in {"title", "rich_text"}:
        return plain(value)
    if kind in {"select", "status"}:
        return value and value["name"]
    if kind == "multi_select":
        return sorted(each["name"] for each in value)
    if kind == "relation":
        return [each["id"] for each in value]
    if kind == "date":
        return value and value["start"]
    return value
