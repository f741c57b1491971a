import pytest

from tracker.adapters.notion.exchange import is_answer, is_astray

PAGE = {"object": "page", "id": "p1", "properties": {}}
LIST = {"object": "list", "results": [], "has_more": False}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("users/me", {"object": "user", "id": "u1"}),
        ("pages", PAGE),
        ("pages/p1", {"object": "page", "id": "p1"}),
        ("databases/d1", {"object": "database", "id": "d1"}),
        ("data_sources/s1", {"object": "data_source", "id": "s1", "properties": {}}),
        ("data_sources/s1/query", LIST),
        ("blocks/p1/children", LIST),
        ("pages/p1/properties/%3DXVf", LIST),
        ("pages/p1/markdown", {"object": "page_markdown", "id": "p1"}),
        ("pages/p1/markdown", {"object": "async_task", "id": "task_7e86", "status": "queued"}),
        ("blocks/b1", {"object": "block", "id": "b1", "type": "paragraph"}),
        ("views/v1", {"object": "view", "id": "v1"}),
        ("views", {"object": "view", "id": "v1"}),
        ("views", LIST),
        ("views/v1/queries", {"id": "q1", "view_id": "v1", "results": [], "has_more": False}),
        ("search", LIST),
        ("comments", LIST),
        ("comments", {"object": "comment", "id": "c1"}),
    ],
)
def test_what_an_address_promises_is_believed(path, answer):
    """Objects and lists pass, with whatever else they hold."""
    assert is_answer(path, answer | {"request_id": "r", "later": [1]})


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("data_sources/s1", PAGE),
        ("data_sources/s1", LIST),
        ("data_sources/s1", {"object": "data_source", "id": "s1", "properties": []}),
        ("pages/p1", {"object": "page"}),
        ("pages/p1", {"object": "error", "status": 404}),
        ("pages/p1", {"object": ["page"], "id": "p1"}),
        ("data_sources/s1/query", PAGE),
        ("data_sources/s1/query", {"object": "list", "results": {}}),
        ("pages/p1/markdown", {"object": "error"}),
        ("elsewhere", {"object": "page", "id": "p1"}),
        ("elsewhere", {"id": "p1"}),
        ("views/v1", LIST),
        ("views/v1", PAGE),
        ("views/v1/queries", {"object": "error"}),
        ("search", PAGE),
        ("search", {"object": "list", "results": None}),
        ("pages", LIST),
        ("pages/p1", [PAGE]),
        ("pages/p1", None),
    ],
)
def test_anything_else_is_not(path, answer):
    """An object of another kind, or without its outline, is no answer to what was asked."""
    assert not is_answer(path, answer)


ONE = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER = "bbbbbbbb-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (f"pages/{ONE}", "page"),
        (f"databases/{ONE}", "database"),
        (f"data_sources/{ONE}", "data_source"),
        (f"blocks/{ONE}", "block"),
        (f"views/{ONE}", "view"),
        (f"pages/{ONE}/markdown", "page_markdown"),
    ],
)
def test_an_answer_about_another_object_is_told_from_one_about_the_same(path, kind):
    """The id answered is the one asked for, however the two are spelled."""
    assert is_astray(path, {"object": kind, "id": OTHER})
    assert not is_astray(path, {"object": kind, "id": ONE})
    assert not is_astray(path, {"object": kind, "id": ONE.replace("-", "").upper()})


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("pages", {"object": "page", "id": OTHER}),
        ("users/me", {"object": "user", "id": OTHER}),
        (f"blocks/{ONE}/children", {"object": "list", "results": [], "id": OTHER}),
        (f"pages/{ONE}/markdown", {"object": "async_task", "id": "task_1"}),
    ],
)
def test_an_answer_with_an_id_of_its_own_is_not_astray(path, answer):
    """Where the address holds no id of the answer, none is compared."""
    assert not is_astray(path, answer)
