"""Turns a synced folder back into one that the first edition of the program left behind.

Its databases have no Evidence column and no descriptions, and its state knows nothing of evidence.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from notion_person import Person


def grow_old(folder: Path, person: Person) -> None:
    """Take from the database and from the state what the first edition did not make."""
    columns = person.source()["properties"]
    changes = {name: {"name": name, "description": None} for name in columns}
    person.send(
        "PATCH",
        f"data_sources/{person.source()['id']}",
        {"properties": {**changes, "Evidence": None}},
    )
    with closing(sqlite3.connect(folder / ".tracker" / "state.db")) as db:
        db.create_function("grow_old", 1, _grow_old)
        for table, column in (("target", "value"), ("binding", "base"), ("journal", "action")):
            db.execute(f"UPDATE {table} SET {column} = grow_old({column})")
        db.commit()


def _grow_old(text: str) -> str:
    stored = json.loads(text)
    stored.pop("optional", None)
    for part in (stored, stored.get("properties"), stored.get("record")):
        if isinstance(part, dict):
            part.pop("evidence", None)
    return json.dumps(stored)
