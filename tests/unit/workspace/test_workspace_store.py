from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from tracker.workspace.app import make_app
from tracker.workspace.pages import create_page, update_page
from tracker.workspace.protocol import PERSON_ID, ROOT_PAGE_ID, WorkspaceFileError
from tracker.workspace.query import query_data_source
from tracker.workspace.session import open_session
from tracker.workspace.store import Store
from tracker.workspace.values import Options


def test_what_was_saved_is_there_after_a_restart(make_api, tmp_path, as_text, title):
    """Rows, schema, views and bodies are in the file."""
    path = tmp_path / "workspace.db"
    api = make_api(path)
    source = api.table({"Name": {"title": {}}, "Hours": {"number": {}}})
    row = api.row(source, {"Name": {"title": as_text("kNN")}}, markdown="body")
    api.store.close()

    again = make_api(path)

    assert title(again.call("GET", f"/pages/{row['id']}")) == "kNN"
    assert again.call("GET", f"/data_sources/{source['id']}") | {"request_id": ""} == source | {
        "request_id": ""
    }
    assert again.call("GET", f"/pages/{row['id']}/markdown")["markdown"] == "body"


def test_many_threads_lose_nothing(api, as_text):
    """Ten writers at once make every row and every option once."""
    source = api.table({"Name": {"title": {}}, "Tag": {"select": {}}})

    def add(index):
        properties = {
            "Name": {"title": as_text(f"s{index}")},
            "Tag": {"select": {"name": f"t{index % 7}"}},
        }
        return api.row(source, properties)["id"]

    with ThreadPoolExecutor(10) as pool:
        rows = list(pool.map(add, range(60)))

    schema = api.call("GET", f"/data_sources/{source['id']}")["properties"]
    assert len(set(rows)) == len(api.names(source)) == 60
    assert sorted(o["name"] for o in schema["Tag"]["select"]["options"]) == [
        f"t{index}" for index in range(7)
    ]


def test_two_open_files_see_each_others_changes(make_api, tmp_path, as_text):
    """A schema kept in memory is read anew when another process has changed it."""
    one, other = make_api(tmp_path / "w.db"), make_api(tmp_path / "w.db")
    source = one.table({"Name": {"title": {}}})
    assert other.names(source) == []

    change = {"properties": {"Hours": {"number": {}}}}
    one.call("PATCH", f"/data_sources/{source['id']}", change)
    other.row(source, {"Name": {"title": as_text("a")}, "Hours": {"number": 1}})

    assert one.names(source) == ["a"]


def test_a_kept_query_result_is_not_stale(api, as_text):
    """A filtered query repeated after a write shows the write."""
    source = api.table()
    given = {"property": "Name", "title": {"contains": "s"}}
    api.row(source, {"Name": {"title": as_text("s1")}})
    before = api.names(source, filter=given)

    api.row(source, {"Name": {"title": as_text("s2")}})

    assert (before, api.names(source, filter=given)) == (["s1"], ["s2", "s1"])


def test_a_person_edits_under_another_name(api):
    """A session of the person changes a row as somebody else than the bot."""
    source = api.table({"Name": {"title": {}}, "Done": {"checkbox": {}}})
    row = api.row(source)

    with open_session(api.store, actor=PERSON_ID) as session:
        update_page(session, row["id"], {"properties": {"Done": {"checkbox": True}}})

    shown = api.call("GET", f"/pages/{row['id']}")
    assert shown["properties"]["Done"]["checkbox"]
    assert shown["last_edited_by"]["id"] == PERSON_ID != row["last_edited_by"]["id"]


def test_a_failed_transaction_leaves_nothing(api):
    """An error rolls back the file and what is kept in memory."""
    source = api.table({"Name": {"title": {}}})

    def fail():
        with open_session(api.store) as session:
            kept = session.data_source(source["id"])
            kept.title = ["Broken"]
            session.store.containers.put(kept)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    shown = api.call("GET", f"/data_sources/{source['id']}")
    assert shown["title"][0]["plain_text"] == "Skills"


def test_a_foreign_file_is_not_touched(tmp_path):
    """A file that is no workspace is refused and stays as it was."""
    path = tmp_path / "notes.db"
    path.write_bytes(b"these are my notes, not a database" * 50)

    with pytest.raises(WorkspaceFileError, match="not a workspace file"):
        make_app(path)

    assert path.read_bytes().startswith(b"these are my notes")


def test_opening_writes_nothing(tmp_path):
    """A workspace that is opened and only looked at keeps every byte."""
    path = tmp_path / "w.db"
    Store(path).close()
    before = path.read_bytes()

    Store(path).close()

    assert path.read_bytes() == before


def test_a_newer_format_is_refused(tmp_path):
    """A file of a newer version is left alone."""
    path = tmp_path / "w.db"
    Store(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()

    with pytest.raises(WorkspaceFileError, match="format 99"):
        Store(path)


def test_a_missing_folder_is_named(tmp_path):
    """The parent folder must exist."""
    with pytest.raises(WorkspaceFileError, match="cannot open"):
        Store(tmp_path / "nowhere" / "w.db")


def test_closing_twice_is_harmless(tmp_path):
    """Close releases the file, so that it can be removed, and may be repeated."""
    store = Store(tmp_path / "w.db")

    store.close()
    store.close()

    assert [path.name for path in tmp_path.iterdir()] == ["w.db"]


def test_a_busy_file_is_a_conflict(make_api, tmp_path, monkeypatch):
    """When another process holds the file too long, the answer is 409, to be repeated."""
    monkeypatch.setattr("tracker.workspace.store._BUSY_SECONDS", 0.01)
    api = make_api(tmp_path / "w.db")
    source = api.table()
    other = sqlite3.connect(tmp_path / "w.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    parent = {"data_source_id": source["id"]}
    error = api.refuse("POST", "/pages", {"parent": parent}, status=409)
    other.execute("ROLLBACK")
    other.close()

    assert error["code"] == "conflict_error"
    assert api.row(source)


def test_a_session_sees_its_own_writes(api, as_text):
    """A query between two writes of one transaction does not hide the second."""
    source = api.table()
    given = {"filter": {"property": "Name", "title": {"contains": "s"}}}
    parent = {"data_source_id": source["id"]}
    found = []

    with open_session(api.store) as session:
        for name in ("s1", "s2"):
            properties = {"Name": {"title": as_text(name)}}
            create_page(session, {"parent": parent, "properties": properties})
            found.append(len(query_data_source(session, source["id"], given)["results"]))

    assert found == [1, 2]


def count_steps(store, read):
    """Return how many steps the database takes for something."""
    steps = []
    store._connection._sqlite.set_progress_handler(lambda: steps.append(1), 1)
    read()
    store._connection._sqlite.set_progress_handler(None, 0)
    return len(steps)


def test_the_place_of_a_new_block_is_found_without_reading_the_others(api):
    """Adding to a page takes as many steps whether it has ten blocks or a thousand, trashed ones too."""
    pages = [
        api.call(
            "POST", "/pages", {"parent": {"page_id": ROOT_PAGE_ID}, "markdown": "- a\n" * many}
        )
        for many in (10, 1_000)
    ]
    last = api.call("GET", f"/blocks/{pages[0]['id']}/children")["results"][-1]
    api.call("DELETE", f"/blocks/{last['id']}")
    blocks = api.store.blocks

    places = [blocks.next_position(page["id"]) for page in pages]
    few, many = (
        count_steps(api.store, lambda page=page: blocks.next_position(page["id"])) for page in pages
    )

    assert places == [11, 1_001]
    assert many <= 2 * few


def test_saving_a_schema_copies_no_option(make_api, monkeypatch):
    """A column may have thousands of options: adding one costs no copy of the others."""
    api = make_api()
    source = api.table({"Name": {"title": {}}, "Section": {"select": {}}})

    def refuse(*_):
        raise AssertionError("the whole schema was copied")

    monkeypatch.setattr("tracker.workspace.store.asdict", refuse)
    for number in range(3):
        api.row(source, {"Section": {"select": {"name": f"S{number}"}}})

    options = api.call("GET", f"/data_sources/{source['id']}")["properties"]["Section"]["select"]
    assert [option["name"] for option in options["options"]] == ["S0", "S1", "S2"]


def count_text(api, monkeypatch, write):
    """Return how much text a request hands to the database."""
    connection, sizes = api.store._connection, []
    run, run_many = connection.run, connection.run_many

    def measure(values):
        sizes.extend(len(value) for value in values if isinstance(value, str))
        return values

    with monkeypatch.context() as patch:
        patch.setattr(connection, "run", lambda sql, values=(): run(sql, measure(values)))
        patch.setattr(
            connection, "run_many", lambda sql, rows: run_many(sql, [measure(row) for row in rows])
        )
        write()
    return sum(sizes)


def test_a_row_with_a_new_option_writes_as_much_beside_many_options(api, monkeypatch):
    """A row that brings an option saves that option, not the others of its column again."""
    source = api.table({"Name": {"title": {}}, "Tags": {"multi_select": {}}})

    def add(*names):
        api.row(source, {"Tags": {"multi_select": [{"name": name} for name in names]}})

    few = count_text(api, monkeypatch, lambda: add("first"))
    for start in range(0, 1_000, 100):
        add(*(f"t{number}" for number in range(start, start + 100)))
    many = count_text(api, monkeypatch, lambda: add("last!"))

    assert many == few


def test_an_option_is_found_without_a_look_at_the_others():
    """Each option is read once, however often options are looked for while the list grows."""
    reads = []

    class Option(dict):
        def __getitem__(self, key):
            reads.append(key)
            return super().__getitem__(key)

    options = Options()
    for number in range(100):
        options.append(Option(id=f"i{number}", name=f"Name {number}"))
        assert options.find(option_id=f"i{number}") is options[-1]
        assert options.find(name=f"NAME {number}") is options[-1]
        assert options.find(name="none") is None

    assert len(reads) == 200


def test_options_that_rows_brought_are_there_after_a_restart(make_api, tmp_path):
    """They keep their order, ids and rows, before and after a change to the schema."""
    path = tmp_path / "workspace.db"
    api = make_api(path)
    source = api.table({"Name": {"title": {}}, "Section": {"select": {"options": [{"name": "A"}]}}})
    rows = [api.row(source, {"Section": {"select": {"name": name}}}) for name in ("B", "C")]
    before = api.call("GET", f"/data_sources/{source['id']}")["properties"]
    api.store.close()

    again = make_api(path)
    after = again.call("GET", f"/data_sources/{source['id']}")["properties"]
    again.call("PATCH", f"/data_sources/{source['id']}", {"properties": {"Hours": {"number": {}}}})
    again.row(source, {"Section": {"select": {"name": "D"}}})
    again.store.close()
    last = make_api(path)

    schema = last.call("GET", f"/data_sources/{source['id']}")["properties"]
    shown = last.call("GET", f"/pages/{rows[1]['id']}")["properties"]["Section"]["select"]
    assert before == after
    assert [option["name"] for option in schema["Section"]["select"]["options"]] == list("ABCD")
    assert shown["id"] == before["Section"]["select"]["options"][2]["id"]


def test_an_option_of_a_refused_write_is_not_kept(api):
    """A row that is refused after its option was made leaves no option behind."""
    source = api.table({"Name": {"title": {}}, "Section": {"select": {}}, "Site": {"url": {}}})
    parent = {"data_source_id": source["id"]}

    def make(name, url):
        return {
            "parent": parent,
            "properties": {"Section": {"select": {"name": name}}, "Site": url},
        }

    api.refuse("POST", "/pages", make("refused", {"url": 7}))
    api.call("POST", "/pages", make("kept", {"url": None}))

    schema = api.call("GET", f"/data_sources/{source['id']}")["properties"]
    assert [option["name"] for option in schema["Section"]["select"]["options"]] == ["kept"]


def test_a_workspace_of_the_first_format_takes_new_options(make_api, tmp_path):
    """A file from before options had rows of their own is opened and goes on."""
    path = tmp_path / "workspace.db"
    api = make_api(path)
    source = api.table({"Name": {"title": {}}, "Section": {"select": {"options": [{"name": "A"}]}}})
    api.store.close()
    older = sqlite3.connect(path)
    older.executescript("DROP TABLE added_option; PRAGMA user_version = 1")
    older.close()

    again = make_api(path)
    again.row(source, {"Section": {"select": {"name": "B"}}})

    schema = again.call("GET", f"/data_sources/{source['id']}")["properties"]
    assert [option["name"] for option in schema["Section"]["select"]["options"]] == ["A", "B"]


def test_columns_of_former_versions_are_left_out(make_api, tmp_path):
    """A column of a type that is gone is shown no more; its neighbours and all rows are as before."""
    api = make_api(tmp_path / "w.db")
    source = api.table({"Name": {"title": {}}, "Who": {"url": {}}, "Hours": {"number": {}}})
    row = api.row(source, {"Who": {"url": "https://a.example"}, "Hours": {"number": 2}})
    api.store.close()
    with sqlite3.connect(tmp_path / "w.db") as file:
        file.execute("UPDATE container SET body = replace(body, '\"url\"', '\"people\"')")
    file.close()

    again = make_api(tmp_path / "w.db")

    assert list(again.query(source)["results"][0]["properties"]) == ["Hours", "Name"]
    values = again.call("GET", f"/pages/{row['id']}")["properties"]
    assert values["Hours"]["number"] == 2


def test_a_lazy_workspace_makes_its_file_with_the_first_write(tmp_path):
    """Reading shows an empty workspace and makes no file; what is written is in the file."""
    path = tmp_path / "w.db"
    store = Store(path, is_lazy=True)

    with store.transaction(write=False):
        assert store.pages.get(ROOT_PAGE_ID) is not None
    assert not list(tmp_path.iterdir())

    with open_session(store) as session:
        made = create_page(session, {"parent": {"page_id": ROOT_PAGE_ID}})
    store.close()
    again = Store(path)
    with again.transaction(write=False):
        assert again.pages.get(made["id"]) is not None
    again.close()


def test_a_lazy_workspace_takes_up_a_file_made_meanwhile(make_api, tmp_path):
    """Whoever made the file first loses nothing to a workspace opened before."""
    path = tmp_path / "w.db"
    late = Store(path, is_lazy=True)
    api = make_api(path)
    source = api.table()
    row = api.row(source)

    with open_session(late) as session:
        update_page(session, row["id"], {"is_locked": True})
    late.close()

    assert api.call("GET", f"/pages/{row['id']}")["is_locked"] is True
