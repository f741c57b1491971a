"""The built-in workspace answers recorded requests with the keys and types of the real API."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import pytest

from tracker.workspace.app import make_app
from tracker.workspace.protocol import BOT_ID, PERSON_ID, ROOT_PAGE_ID

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings"
UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
LEFT_OUT = {
    "file_uploads_create": "there is no file storage",
    "file_uploads_send": "there is no file storage",
    "search_page": "it reads a workspace that was made by hand",
}

NOT_THERE = frozenset(
    {
        *("formula", "rollup", "files", "people", "email", "phone_number", "unique_id"),
        *("created_by", "last_edited_by"),
    }
)
"""Types of columns that the workspace does not have: they are taken out of what was recorded."""

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings beside the checkout")


def recordings():
    """Return the recorded sequences that can be replayed from an empty workspace."""
    return sorted(p.stem for p in RECORDINGS.glob("*.json") if p.stem not in LEFT_OUT)


def load(name):
    """Return the exchanges of a recording without the columns that the workspace does not have."""
    exchanges = json.loads((RECORDINGS / f"{name}.json").read_text())
    return take_out(exchanges, set(find_columns(exchanges)))


def find_columns(value):
    """Yield the names and ids of columns that have a type of NOT_THERE somewhere."""
    if isinstance(value, list):
        for item in value:
            yield from find_columns(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict) and not NOT_THERE.isdisjoint(item):
                yield from filter(None, (key, item.get("id"), item.get("name")))
            yield from find_columns(item)


def take_out(value, columns):
    """Return a recorded value without the properties of these names and ids."""
    if isinstance(value, list):
        return [take_out(item, columns) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: take_out(item, columns) for key, item in value.items()}
    if isinstance(value.get("properties"), dict):
        kept["properties"] = {k: v for k, v in kept["properties"].items() if k not in columns}
    return kept


class Replay:
    """Sends a recorded sequence to a fresh workspace, with ids of the past put into ours."""

    def __init__(self):
        clock = datetime(2026, 6, 27, 17, 11, 5, tzinfo=UTC)
        self.app = make_app(None, token="secret", clock=lambda: clock)
        transport = httpx.WSGITransport(app=self.app)
        self.http = httpx.Client(transport=transport, base_url="http://localhost")
        self.known = {
            "00000000-0000-4000-8000-000000000001": ROOT_PAGE_ID,
            "393abc1e-edcd-80f3-813b-e205934558c6": ROOT_PAGE_ID,
            "00000000-0000-4000-8000-0000000000f1": BOT_ID,
            "7775f3a3-893f-43fa-b625-460c61094c78": BOT_ID,
            "00000000-0000-4000-8000-0000000000fa": PERSON_ID,
        }
        self.properties = {}

    def close(self):
        self.http.close()
        self.app.extensions["workspace"].close()

    def send(self, exchange):
        """Return our answer to a recorded request."""
        token = "wrong" if exchange["status"] == 401 else "secret"
        return self.http.request(
            exchange["method"],
            self.translate(exchange["path"]),
            json=self.translate(exchange["request"]) if exchange["request"] is not None else None,
            headers={"Authorization": f"Bearer {token}", "Notion-Version": exchange["version"]},
        )

    def translate(self, value):
        """Return a recorded value with our ids of objects and properties."""
        if isinstance(value, dict):
            return {self.translate_text(k): self.translate(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.translate(item) for item in value]
        return self.translate_text(value) if isinstance(value, str) else value

    def translate_text(self, text):
        def known(match):
            digits = match[0].replace("-", "")
            dashed = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
            ours = self.known.get(dashed, dashed)
            return ours if "-" in match[0] else ours.replace("-", "")

        text = UUID.sub(known, text)
        head, slash, last = text.rpartition("/properties/")
        bare, question, rest = last.partition("?")
        if slash and bare in self.properties:
            return f"{head}{slash}{quote(unquote(self.properties[bare]))}{question}{rest}"
        return self.properties.get(text, text)

    def learn(self, theirs, ours):
        """Pair recorded ids with ours wherever both answers have them in the same place."""
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for key in ("id", "synced_property_id"):
                self.learn_id(theirs.get(key), ours.get(key))
            for key in theirs.keys() & ours.keys():
                self.learn(theirs[key], ours[key])
        elif isinstance(theirs, list) and isinstance(ours, list):
            for one, other in zip(theirs, ours, strict=False):
                self.learn(one, other)

    def learn_id(self, theirs, ours):
        if not isinstance(theirs, str) or not isinstance(ours, str):
            return
        if UUID.fullmatch(theirs):
            self.known.setdefault(theirs, ours)
        elif theirs != "title":
            self.properties[theirs] = ours


def differences(theirs, ours, path="$"):
    """Yield every place where a key is missing or too much, or a value has another type."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted(theirs.keys() | ours.keys()):
            if key not in ours:
                yield f"{path}.{key} is missing"
            elif key not in theirs:
                yield f"{path}.{key} is too much"
            else:
                yield from differences(theirs[key], ours[key], f"{path}.{key}")
    elif isinstance(theirs, list) and isinstance(ours, list):
        if len(theirs) != len(ours):
            yield f"{path} has {len(ours)} items, not {len(theirs)}"
        for index, (one, other) in enumerate(zip(theirs, ours, strict=False)):
            yield from differences(one, other, f"{path}[{index}]")
    elif type(theirs) is not type(ours):
        yield f"{path} is {ours!r}, not like {theirs!r}"


def comparable(exchange, answer):
    """Return both bodies; search results are left out, they depend on the whole workspace."""
    recorded = exchange["response"]
    if exchange["path"] == "/v1/search":
        recorded, answer = ({**body, "results": []} for body in (recorded, answer))
    return recorded, answer


@pytest.fixture
def replay():
    made = Replay()
    yield made
    made.close()


@pytest.mark.parametrize("name", recordings())
def test_recorded_requests_are_answered_with_the_same_shape(replay, name):
    """Status, keys and value types match what the real API answered, exchange by exchange."""
    found = []

    for number, exchange in enumerate(load(name)):
        response = replay.send(exchange)
        where = f"{number} {exchange['method']} {exchange['path']}"
        if response.status_code != exchange["status"]:
            found.append(f"{where}: {response.status_code} {response.text}")
            continue
        answer = response.json()
        replay.learn(exchange["response"], answer)
        recorded, answer = comparable(exchange, answer)
        found += [f"{where}: {line}" for line in differences(recorded, answer)]

    assert found == [], "\n".join(found)


def test_the_same_properties_come_in_the_same_spelling(replay):
    """Constant values of a recorded schema and row are equal to ours, not only alike."""
    seen = []

    for exchange in load("all_createable_props_schema"):
        answer = replay.send(exchange).json()
        replay.learn(exchange["response"], answer)
        if exchange["response"].get("object") == "page" and len(answer["properties"]) > 5:
            seen.append((exchange["response"]["properties"], answer["properties"]))

    assert len(seen) == 3
    for recorded, ours in seen:
        for plain in ("Number", "Date", "Text", "Checkbox"):
            kind = recorded[plain]["type"]
            assert ours[plain][kind] == recorded[plain][kind]
