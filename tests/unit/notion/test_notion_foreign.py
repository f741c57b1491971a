"""A database that somebody else made is found by its link, or it is said why not."""

from __future__ import annotations

import pytest
from notion_fakes import DATABASE_ID, SOURCE_ID

from tracker.adapters.notion.errors import DeniedError
from tracker.adapters.notion.foreign import check_renamed, describe, fetch_schema_of
from tracker.adapters.notion.retry import Failure, Fault
from tracker.adapters.notion.schema import PLUMBING_NOTE, find_by_name, find_history
from tracker.errors import Problem, RefusedError, RemoteError, TrackerError, UsageError
from tracker.sync.records import Field

LINK = f"https://www.notion.so/Liste-{DATABASE_ID.replace('-', '')}?v={'0' * 32}"


class Answers:
    """A gateway that has some objects, and says 404 of any other."""

    def __init__(self, **columns):
        properties = {
            name: {"id": name, "name": name, "type": kind, kind: {}}
            for name, kind in {"Name": "title", **columns}.items()
        }
        parent = {"type": "database_id", "database_id": DATABASE_ID}
        source = {"id": SOURCE_ID, "parent": parent, "properties": properties}
        source["title"] = [{"plain_text": "Liste"}]
        self.objects = {
            f"databases/{DATABASE_ID}": {"id": DATABASE_ID, "data_sources": [{"id": SOURCE_ID}]},
            f"data_sources/{SOURCE_ID}": source,
        }

    def fetch(self, path):
        if path in self.objects:
            return self.objects[path]
        raise DeniedError(Problem("notion-denied", path), Failure(Fault.ANSWERED, 404))


def explain(answers, link=LINK):
    """Return the one problem that a link has."""
    with pytest.raises(TrackerError) as caught:
        fetch_schema_of(answers, link)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize("link", [LINK, DATABASE_ID, SOURCE_ID, f"{LINK}&p={'1' * 32}&pm=s"])
def test_a_database_is_known_by_its_link_or_an_id(link):
    """A row that is opened beside it does not count."""
    schema, is_locked = fetch_schema_of(Answers(), link)

    assert (schema.data_source_id, schema.title, is_locked) == (SOURCE_ID, "Liste", False)


def test_a_wiki_is_no_checklist():
    """Its rows are pages of any kind."""
    assert explain(Answers(Verification="verification")).code == "wiki-database"


def test_a_lock_is_worth_knowing():
    """It keeps people from changing columns, and a connection perhaps."""
    answers = Answers()
    answers.objects[f"databases/{DATABASE_ID}"]["is_locked"] = True

    assert fetch_schema_of(answers, LINK)[1]


def test_what_is_not_shared_may_be_a_linked_view():
    """Notion answers the same for both, so both are told of."""
    answers = Answers()
    answers.objects.clear()

    problem = explain(answers)

    assert problem.code == "database-denied"
    assert "linked view" in problem.why
    assert "Connections" in problem.next


def test_data_sources_in_the_trash_do_not_count():
    """The one that is left is meant; with none left, the database is in the trash as well."""
    answers, other = Answers(), "33333333-2222-4333-8444-555555555555"
    source = answers.objects[f"data_sources/{SOURCE_ID}"]
    answers.objects[f"data_sources/{other}"] = {**source, "id": other, "in_trash": True}
    answers.objects[f"databases/{DATABASE_ID}"]["data_sources"].append({"id": other})

    assert fetch_schema_of(answers, LINK)[0].data_source_id == SOURCE_ID
    source["in_trash"] = True
    assert explain(answers).code == "database-trashed"


@pytest.mark.guarantee("G11")
def test_columns_that_tracker_added_are_its_own():
    """An adoption that was cut off goes on; columns that only have these names are a learner's."""
    own = {"Tracker ID": "rich_text", "Order": "number", "Sync history": "rich_text"}
    answers = Answers(**own)
    foreign = fetch_schema_of(answers, LINK)[0]
    for name in own:
        answers.objects[f"data_sources/{SOURCE_ID}"]["properties"][name]["description"] = (
            PLUMBING_NOTE
        )
    begun = fetch_schema_of(answers, LINK)[0]

    assert [column.name for column in describe(begun).columns] == ["Name"]
    assert [column.name for column in describe(foreign).columns] == ["Name", *own]
    assert find_history(foreign, "") == ""


def test_a_renamed_column_is_known_by_what_it_says():
    """With the state lost, the column of ids is found by its description beside that of the history."""
    answers = Answers(**{"Kennung": "rich_text", "Nummer": "number", "Sync history": "rich_text"})
    properties = answers.objects[f"data_sources/{SOURCE_ID}"]["properties"]
    for name in ("Kennung", "Nummer", "Sync history"):
        properties[name]["description"] = PLUMBING_NOTE
    whole = fetch_schema_of(answers, LINK)[0]
    del properties["Sync history"]
    lacking = fetch_schema_of(answers, LINK)[0]

    assert find_by_name(whole, Field.ID).name == "Kennung"
    assert find_by_name(whole, Field.ORDER).name == "Nummer"
    assert find_by_name(lacking, Field.ID) is None


def test_no_column_is_made_beside_one_that_may_be_renamed():
    """The column is named instead; where no other is of that type, nothing is in doubt."""
    schema = fetch_schema_of(Answers(Nachweis="url", Hours="number"), LINK)[0]

    with pytest.raises(RefusedError) as caught:
        check_renamed(schema)

    (problem,) = caught.value.problems
    assert problem.code == "column-renamed"
    assert 'no column "Evidence", and "Nachweis" may be it' in problem.what


def test_nonsense_is_told_before_anything_is_asked():
    """No request is sent for it."""
    with pytest.raises(UsageError):
        fetch_schema_of(None, "nonsense")


def test_a_refused_token_is_no_missing_database():
    """Only what is not found is looked for elsewhere."""

    class Refusing:
        def fetch(self, path):
            raise RemoteError(Problem("notion-unreachable", path))

    with pytest.raises(RemoteError, match="databases"):
        fetch_schema_of(Refusing(), LINK)
