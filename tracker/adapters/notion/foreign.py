"""The columns of a database that somebody else made, with what their names and options mean.

Pure. Knows the words of many languages by way of the imports of tables.
"""

from __future__ import annotations

from tracker.adapters.exchange.foreign_values import fold, list_words, read_status
from tracker.adapters.exchange.table import find_key
from tracker.adapters.notion.schema import Schema
from tracker.sync.adoption import ForeignColumn

_NOTHING = {fold(word): "other" for word in list_words("other")}


def decode_columns(schema: Schema) -> tuple[ForeignColumn, ...]:
    """Return the columns in the order in which the server lists them."""
    return tuple(
        ForeignColumn(
            id=column.id,
            name=column.name,
            type=column.type,
            key=find_meaning(column.name),
            meanings={option.name: read_status(option.name) for option in column.options},
            is_elsewhere=column.related not in {"", schema.data_source_id},
        )
        for column in schema.columns.values()
    )


def find_meaning(name: str) -> str:
    """Return the key of a skill that a column's name means, "other" for no key, or nothing."""
    return find_key(name) or _NOTHING.get(fold(name), "")
