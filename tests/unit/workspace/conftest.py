"""A client of an in-memory workspace whose clock only moves when told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tracker.workspace.app import make_app
from tracker.workspace.protocol import ROOT_PAGE_ID

VERSION = "2026-03-11"


class Api:
    """Speaks to one workspace in process; `call` wants success, `refuse` wants an error."""

    def __init__(self, path=None, *, token=None):
        self.now = datetime(2026, 11, 5, 10, 30, 17, 250_000, tzinfo=UTC)
        self.app = make_app(path, token=token, clock=lambda: self.now)
        self.store = self.app.extensions["workspace"]
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.app),
            base_url="http://localhost",
            headers={"Authorization": "Bearer secret", "Notion-Version": VERSION},
        )

    def close(self):
        """Release the client and the file."""
        self.http.close()
        self.store.close()

    def wait(self, **duration):
        """Let time pass."""
        self.now += timedelta(**duration)

    def send(self, method, path, body=None, **options):
        """Return the raw response."""
        if body is not None:
            options["json"] = body
        return self.http.request(method, f"/v1{path}", **options)

    def call(self, method, path, body=None, **options):
        """Return the answer of a request that must succeed."""
        response = self.send(method, path, body, **options)
        assert response.status_code == 200, response.text
        return response.json()

    def refuse(self, method, path, body=None, *, status=400, **options):
        """Return the error body of a request that must fail."""
        response = self.send(method, path, body, **options)
        assert response.status_code == status, response.text
        error = response.json()
        assert error["object"] == "error"
        assert error["status"] == status
        return error

    def table(self, properties=None, *, title="Skills"):
        """Make a database and return its data source."""
        body = {"parent": {"page_id": ROOT_PAGE_ID}, "title": text(title)}
        if properties is not None:
            body["initial_data_source"] = {"properties": properties}
        made = self.call("POST", "/databases", body)
        return self.call("GET", f"/data_sources/{made['data_sources'][0]['id']}")

    def row(self, source, properties=None, **body):
        """Make a row."""
        parent = {"type": "data_source_id", "data_source_id": source["id"]}
        body = {"parent": parent, "properties": properties or {}, **body}
        return self.call("POST", "/pages", body)

    def query(self, source, **body):
        """Return one page of rows."""
        return self.call("POST", f"/data_sources/{source['id']}/query", body)

    def names(self, source, **body):
        """Return the titles of the rows a query finds."""
        return [title_of(page) for page in self.query(source, **body)["results"]]


def text(content):
    """Return rich text for a request."""
    return [{"type": "text", "text": {"content": content}}]


def title_of(page):
    """Return the plain title of a page object."""
    titles = [value for value in page["properties"].values() if value["type"] == "title"]
    return "".join(run["plain_text"] for run in titles[0]["title"])


@pytest.fixture
def api():
    client = Api()
    yield client
    client.close()


@pytest.fixture
def make_api():
    made = []

    def make(*arguments, **options):
        made.append(Api(*arguments, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def see(api):
    """Look at a page as a browser without scripts does, and send its forms."""
    transport = httpx.WSGITransport(app=api.app, raise_app_exceptions=False)
    with httpx.Client(transport=transport, base_url="http://localhost") as browser:

        def see(page_id, query="", *, form=None):
            path = f"/p/{page_id.replace('-', '')}{query}"
            answer = browser.get(path) if form is None else browser.post(path, data=form)
            assert answer.status_code == (200 if form is None else 303), answer.text
            return answer.text

        yield see


@pytest.fixture
def as_text():
    return text


@pytest.fixture
def title():
    return title_of


@pytest.fixture(scope="module")
def make_world():
    """Make workspaces that last for all tests of a module."""
    made = []

    def make():
        made.append(Api())
        return made[-1]

    yield make
    for client in made:
        client.close()
