import pytest

from tracker.adapters.notion.answers import is_answer

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
        ("pages/p1", [PAGE]),
        ("pages/p1", None),
    ],
)
def test_anything_else_is_not(path, answer):
    """An object of another kind, or without its outline, is no answer to what was asked."""
    assert not is_answer(path, answer)
