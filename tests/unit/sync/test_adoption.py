"""Columns of a foreign database find the fields that they serve."""

from __future__ import annotations

import pytest

from tracker.adapters.notion.foreign import find_meaning
from tracker.errors import UsageError
from tracker.roadmap.model import Status
from tracker.sync.adoption import ForeignColumn, Reason, match_columns
from tracker.sync.records import Field

GERMAN = {
    "Name": "title",
    "Erledigt": "checkbox",
    "Bereich": "select",
    "Stufe": "select",
    "Stunden": "number",
    "Notizen": "rich_text",
    "Link": "url",
}


def columns(types, **more):
    """Make columns; what their names mean is looked up as the program does."""
    return [
        ForeignColumn(name, name, kind, find_meaning(name), **more.get(name, {}))
        for name, kind in types.items()
    ]


def match(types, asked=(), **more):
    """Return the names of the columns that serve, by field."""
    found = match_columns(columns(types, **more), dict(asked))
    return {which.value: column.name for which, column in found.columns.items()}


@pytest.mark.parametrize(
    "names",
    [
        "Name Erledigt Bereich Stufe Stunden Notizen Link",
        "Skill Done Section Level Hours Notes Link",
        "Task Completed Category Difficulty Duration Comments URL",
        "Nom Fait Catégorie Niveau Durée Remarques Lien",
        "Nombre Hecho Categoría Nivel Horas Notas Enlace",
        "Название Готово Раздел Уровень Часы Заметки Ссылка",
    ],
)
def test_columns_are_known_by_their_names(names):
    """In many languages, each column serves the field that its name means."""
    types = dict(zip(names.split(), GERMAN.values(), strict=True))

    found = match(types)

    wanted = ["name", "status", "section", "level", "hours", "notes", "resources"]
    assert found == dict(zip(wanted, names.split(), strict=True))


def test_a_column_alone_of_its_type_is_known_by_it():
    """A name that says nothing leaves the type, where only one column has it."""
    types = {"Was": "title", "Häkchen": "checkbox", "Wohin": "select", "Zahl": "number"}

    found = match_columns(columns(types), {})

    assert {it.field.value: it.reason for it in found.matches} == {
        "name": Reason.TITLE,
        "status": Reason.TYPE,
        "section": Reason.TYPE,
        "hours": Reason.TYPE,
    }


def test_of_two_columns_of_a_type_none_is_guessed():
    """Where the type does not tell, the columns are left alone, and the reason says so."""
    found = match_columns(columns({"Was": "title", "Rot": "checkbox", "Blau": "checkbox"}), {})

    assert list(found.columns) == [Field.NAME]
    assert [(it.name, why) for it, why in found.left] == [
        ("Rot", "not the only checkbox column"),
        ("Blau", "not the only checkbox column"),
    ]


def test_of_two_columns_of_a_meaning_the_better_type_counts():
    """A status column says more than a box; the box is left alone."""
    found = match_columns(columns({"Erledigt": "checkbox", "Status": "status"}), {})

    assert found.columns[Field.STATUS].name == "Status"
    assert [why for _, why in found.left] == ['"Status" serves as status']


@pytest.mark.parametrize(
    ("types", "wanted"),
    [
        ({"Erledigt am": "date", "Begonnen": "date"}, {"completed": "Erledigt am", "started": "Begonnen"}),
        ({"Erledigt": "date"}, {"completed": "Erledigt"}),
        ({"Kategorie": "multi_select"}, {"tags": "Kategorie"}),
        ({"Fortschritt": "number"}, {}),
        ({"Reihenfolge": "number", "Voraussetzungen": "relation"}, {"requires": "Voraussetzungen"}),
        ({"Nr.": "number"}, {}),
        ({"Priorität": "select"}, {}),
        ({"Datum": "date", "Datei": "files", "Formel": "formula"}, {}),
    ],
)  # fmt: skip
def test_a_name_and_a_type_together_say_what_a_column_is(types, wanted):
    """One name means other things in columns of other types, and some names mean no field at all."""
    assert match(types) == wanted


def test_a_select_is_a_status_only_by_its_options():
    """A column called Status with options that mean none is no status, in any language."""
    meanings = {"Offen": Status.TODO, "Egal": None, "Fertig": Status.DONE}

    fits = match({"Status": "select"}, Status={"meanings": meanings})
    fails = match({"Status": "select"}, Status={"meanings": {"Rot": None, "Blau": None}})

    assert (fits, fails) == ({"status": "Status"}, {})


def test_a_wish_comes_first():
    """What is mapped by hand serves as asked, and what is left alone by hand stays alone."""
    asked = {"Stufe": "section", "bereich ": "LEVEL", "Link": "-"}

    found = match(GERMAN, asked)

    assert (found["section"], found["level"]) == ("Stufe", "Bereich")
    assert "resources" not in found


@pytest.mark.parametrize(
    ("asked", "code", "why"),
    [
        ({"Stufen": "level"}, "unknown-column", 'nearest: "Stufe"'),
        ({"Stufe": "levle"}, "unknown-field", "nearest: level; fields: name, "),
        ({"Stufe": "order"}, "unknown-field", "fields: name, "),
        ({"Notizen": "hours"}, "column-does-not-fit", "it is a text column, and hours needs a number"),
        ({"Stufe": "section", "Bereich": "section"}, "field-mapped-twice", "a field has one column"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_met_is_explained(asked, code, why):
    """An unknown column or field, a type that does not fit, and two columns of one field."""
    with pytest.raises(UsageError) as caught:
        match_columns(columns(GERMAN), asked)

    (problem,) = caught.value.problems
    assert (problem.code, problem.why.startswith(why)) == (code, True), problem.why


def test_a_relation_to_another_database_is_left_alone():
    """Prerequisites are rows of the same database."""
    found = match({"Requires": "relation"}, Requires={"is_elsewhere": True})

    assert found == {}
