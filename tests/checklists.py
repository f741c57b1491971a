"""Checklists that somebody made in Notion without tracker: a template with German columns, and others."""

from __future__ import annotations

from typing import Any

from notion_person import Person, title
from sandbox import Sandbox

from tracker.workspace.app import ROOT_PAGE_ID

Json = dict[str, Any]

GERMAN: Json = {
    "Name": {"title": {}},
    "Erledigt": {"checkbox": {}},
    "Bereich": {"select": {"options": [{"name": "Grundlagen"}, {"name": "Modelle"}]}},
    "Stufe": {"select": {"options": [{"name": "Einstieg"}, {"name": "Profi"}]}},
    "Stunden": {"number": {"format": "number"}},
    "Notizen": {"rich_text": {}},
    "Link": {"url": {}},
    "Stichwörter": {"multi_select": {}},
    "Priorität": {"select": {"options": [{"name": "Hoch"}]}},
    "Angelegt": {"created_time": {}},
}
"""The columns of a German template."""


def make_checklist(
    sandbox: Sandbox,
    columns: Json = GERMAN,
    name: str = "Mein Lernpfad",
    parent: str = ROOT_PAGE_ID,
) -> Person:
    """Make a database as a person does, and return the person, who works in it."""
    body = {
        "parent": {"type": "page_id", "page_id": parent},
        "title": [{"text": {"content": name}}],
        "description": [{"text": {"content": "Aus der Vorlage"}}],
        "initial_data_source": {"properties": columns},
    }
    made = sandbox.person.send("POST", "databases", body)
    return Person(sandbox.transport, made["data_sources"][0]["id"])


def fill_german(person: Person, count: int = 130) -> None:
    """Add rows to the German template: ticked ones, twins, a trashed one, one without a name."""
    for number in range(count):
        person.add(
            {
                "Name": "kNN" if number in {10, 11} else f"Thema {number}",
                "Erledigt": number % 3 == 0,
                "Bereich": None if number % 10 == 9 else ("Grundlagen", "Modelle")[number % 2],
                "Stufe": "Einstieg" if number % 2 else None,
                "Stunden": number / 2 if number % 5 else None,
                "Notizen": f"Zeile eins\nZeile {number}" if number % 7 == 0 else None,
                "Link": f"https://example.org/{number}" if number % 4 == 0 else None,
                "Stichwörter": ["mathe", "übung"] if number % 6 == 0 else [],
                "Priorität": "Hoch" if number % 2 else None,
            }
        )


def list_columns(person: Person) -> dict[str, str]:
    """Return the columns of a database with their types."""
    return {name: it["type"] for name, it in person.source()["properties"].items()}


def link_of(person: Person) -> str:
    """Return the link of a database as Notion gives it."""
    source = person.source()
    digits = source["parent"]["database_id"].replace("-", "")
    return f"https://www.notion.so/ws/{title(source).replace(' ', '-')}-{digits}?v={'0' * 32}"
