from __future__ import annotations

import pytest

GET_ME = "/users/me"


def test_me_is_the_bot_of_the_workspace(api):
    """The token check answers with a bot user, the workspace and its limits."""
    me = api.call("GET", GET_ME)

    assert me["type"] == "bot"
    assert me["bot"]["owner"] == {"type": "workspace", "workspace": True}
    assert me["bot"]["workspace_limits"]["max_file_upload_size_in_bytes"] > 0


def test_every_answer_names_its_request(api):
    """The body and the header carry the same request id."""
    response = api.send("GET", GET_ME)

    assert response.json()["request_id"] == response.headers["x-notion-request-id"]


@pytest.mark.parametrize("header", ["", "Bearer ", "Basic abc", "Bearer wrong"])
def test_a_wrong_token_is_turned_away(make_api, header):
    """With a token set, any other is 401 in Notion's words."""
    api = make_api(token="right")

    error = api.refuse("GET", GET_ME, status=401, headers={"Authorization": header})

    assert (error["code"], error["message"]) == ("unauthorized", "API token is invalid.")
    assert api.call("GET", GET_ME, headers={"Authorization": "Bearer right"})


def test_without_a_version_nothing_is_answered(api):
    """A missing Notion-Version is the documented 400."""
    del api.http.headers["Notion-Version"]

    error = api.refuse("GET", GET_ME)

    assert error["code"] == "missing_version"
    assert error["message"] == (
        "Notion-Version header failed validation: Notion-Version header should be defined, "
        "instead was `undefined`."
    )


def test_an_unknown_version_is_refused(api):
    """A version that does not exist is 400 missing_version as well."""
    error = api.refuse("GET", GET_ME, headers={"Notion-Version": "2027-01-01"})

    assert error["code"] == "missing_version"


@pytest.mark.parametrize("path", [GET_ME, "/databases/x/query", "/nothing"])
@pytest.mark.parametrize("version", ["2021-05-11", "2022-06-28", "2027-01-01", "", "latest"])
def test_a_version_that_is_not_spoken_is_named(api, path, version):
    """Whatever the address, an old version is refused by its name, with those that are spoken."""
    error = api.refuse("GET", path, headers={"Notion-Version": version})

    assert error["code"] == "missing_version"
    assert error["message"] == (
        "Notion-Version header failed validation: Notion-Version header should be "
        f'`"2025-09-03"`, `"2026-03-11"`, instead was `"{version}"`.'
    )


@pytest.mark.parametrize("path", ["/invalid", "/pages", "/users/me/more"])
def test_unknown_addresses_are_invalid_request_urls(api, path):
    """An unknown path, or a known one with another method, is 400 invalid_request_url."""
    error = api.refuse("GET", path)

    assert (error["code"], error["message"]) == ("invalid_request_url", "Invalid request URL.")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.2", "[::2]"])
def test_foreign_host_names_are_not_served(api, host):
    """A rebound DNS name does not reach the workspace."""
    assert api.send("GET", GET_ME, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost:8123", "127.0.0.1", "[::1]:99", "LOCALHOST"])
def test_this_machine_is_served_on_any_port(api, host):
    """The loopback names are let in whatever the port."""
    assert api.send("GET", GET_ME, headers={"Host": host}).status_code == 200


def test_other_sites_cannot_write(api):
    """A state-changing request with a foreign Origin is refused, a local one is not."""
    body = {"query": "x"}

    foreign = api.send("POST", "/search", body, headers={"Origin": "https://evil.example"})
    opaque = api.send("POST", "/search", body, headers={"Origin": "null"})
    local = api.send("POST", "/search", body, headers={"Origin": "http://localhost:9"})

    assert (foreign.status_code, opaque.status_code) == (403, 403)
    assert local.status_code != 403


@pytest.mark.parametrize(
    "raw",
    [b"{", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"],
    ids=["cut off", "not a number", "not UTF-8", "a bomb of brackets", "an endless number"],
)
def test_broken_json_is_named_so(api, raw):
    """What is not JSON is 400 invalid_json, whatever it is."""
    error = api.refuse("POST", "/pages", content=raw)

    assert error["code"] == "invalid_json"


@pytest.mark.parametrize(
    "body",
    [
        '{"filter": ' * 200 + "{}" + "}" * 200,
        '{"a":' * 60 + '[[[[[[{"b": 1}]]]]]]' + "}" * 60,
        '{"properties": ' + "[" * 800 + "]" * 800 + "}",
        '{"children": [{"paragraph": {"rich_text": [], "children": '
        + "[" * 300
        + "]" * 300
        + "}}]}",
    ],
    ids=["objects", "mixed", "lists", "blocks"],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/pages"), ("POST", "/search"), ("PATCH", "/databases/x"), ("POST", "/views")],
)
def test_deep_bodies_are_refused(api, method, path, body):
    """What is nested without end is a validation error that says so."""
    error = api.refuse(method, path, content=body.encode())

    assert error["code"] == "validation_error"
    assert "nested more than 64 levels" in error["message"]


@pytest.mark.parametrize("number", ["1e999", "-1e400", "123456789e999"])
def test_numbers_that_no_float_holds_are_refused(api, number):
    """A number that would come back as Infinity, which is no JSON, is refused wherever it stands."""
    error = api.refuse(
        "POST", "/views", content=b'{"configuration": {"x": [%s]}}' % number.encode()
    )

    assert error["code"] == "validation_error"
    assert f'instead was `"{number}"`' in error["message"]


def test_a_body_must_be_an_object(api):
    """A JSON list is refused with the place and the rule."""
    error = api.refuse("POST", "/pages", content=b"[]")

    assert error["message"] == "body failed validation: body should be an object, instead was `[]`."


def test_large_bodies_are_refused(api):
    """More than 500 KB is a validation error, not a crash."""
    error = api.refuse("POST", "/pages", content=b'{"x":"' + b"a" * 520_000 + b'"}')

    assert error["code"] == "validation_error"


def test_an_unexpected_failure_shows_no_traceback(api, monkeypatch):
    """An internal failure is a plain 500, and the workspace stays usable."""

    def fail(*_):
        raise RuntimeError("inside")

    with monkeypatch.context() as patch:
        patch.setattr(api.store, "now", fail)
        response = api.send("GET", GET_ME)

    assert response.status_code == 500
    assert response.json()["code"] == "internal_server_error"
    assert "inside" not in response.text
    assert api.call("GET", GET_ME)


def test_what_is_not_there_names_the_integration(api):
    """A 404 tells whom to share with, in its message and by id; other errors add nothing."""
    me = api.call("GET", GET_ME)
    missing = "/pages/7855b161-0000-4000-8000-000000000000"

    error = api.refuse("GET", missing, status=404)

    assert "shared with your integration" in error["message"]
    assert error["additional_data"] == {"integration_id": me["id"]}
    assert "additional_data" not in api.refuse("GET", "/nothing")
