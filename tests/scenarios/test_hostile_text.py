"""Text that somebody wrote to do harm: it travels as text, and reaches no terminal raw (G16)."""

from __future__ import annotations

import re

import pytest
import yaml
from sandbox import Sandbox
from shell import open_shell

TEXTS = {
    "terminal": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J",
    "bell and backspace": "a\x07\x08\x08b",
    "html": "</td><script>alert(1)</script><img src=x onerror=alert(1)>",
    "javascript": "[click](javascript:alert(1)) <javascript:alert(2)>",
    "markdown": "# title\n- [ ] item\n![x](http://evil.example/x.png) `code` **bold** | a | b |",
    "bidi": "\u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "yaml document": "---\n- a\n...\n%YAML 1.1\n",
    "yaml tags": "!!python/object/apply:os.system ['true'] &a *a",
    "yaml flow": "{a: [1, \"2\", '3'}, # no comment",
    "yaml scalar": "yes: no # 1_000 0x1F ~ null",
    "separators": "a\u2028b\u2029c\u0085d\ufefff",
    "odd line ends": "a\u2028b\u2029c\ufefff",
    "quotes": '"\'\\"\\n\\x41 ${HOME} $(id) %s {0} {{x}}',
    "white space": "\t two  blanks \t\n\n  indented",
    "returns": "one\r\ntwo\rthree",
    "emoji": "👩‍👩‍👧‍👦 e\u0301 \U0010fffd \U0001d518",
    "formula": "=1+1;@SUM(A1) -2+3",
    "path": "../../etc/passwd\\..\\x",
}
RAW = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""What no line of output may hold: controls but for the line end, and what turns text around."""

FORBIDDEN = {kind: TEXTS[kind] for kind in ("terminal", "bell and backspace", "separators")}
ALLOWED = {kind: text for kind, text in TEXTS.items() if kind not in FORBIDDEN}
BASE = "title: Path\nsections:\n  - title: Basics\n    skills:\n      - {id: plain, name: Plain}\n"

pytestmark = [pytest.mark.guarantee("G16", "G1", "G3"), pytest.mark.slow]


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    """Give a shell in a folder without a roadmap."""
    with Sandbox(tmp_path) as sandbox:
        yield open_shell(sandbox, monkeypatch, capsys)


def skills(shell):
    """Return the skills of the file by id; the file must load for everybody."""
    found = yaml.safe_load(shell.sandbox.path().read_bytes())
    return {each["id"]: each for section in found["sections"] for each in section["skills"]}


def run_clean(shell, *words):
    """Run a command; whatever it says is free of what could do harm."""
    ended = shell.run(*words)
    assert RAW.findall(ended.out + ended.err) == []
    return ended


def talk(shell):
    """Run everything that shows text."""
    for words in (
        ("-v", "plan"),
        ("report",),
        ("report", "--format", "markdown"),
        ("next", "-n", "30"),
        ("show", "plain"),
        ("check",),
        ("conflicts",),
    ):
        run_clean(shell, *words)
    html = run_clean(shell, "report", "--format", "html").out
    assert "<script>alert" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html.lower()


@pytest.mark.parametrize("text", FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_no_file_may_hold(shell, text):
    """A file with control characters is refused, clean, and nothing is made of it."""
    shell.sandbox.write(yaml.safe_dump({"title": text, "sections": []}))

    ended = run_clean(shell, "sync", "--json")

    assert (ended.code, set(ended.codes)) == (3, {"control-character"})
    assert shell.sandbox.remote() == []


def test_from_the_file(shell):
    """Hostile text in a file arrives in Notion as text, stays as it is, and is shown clean."""
    listed = [
        {
            "id": slug(kind),
            "name": f"Named {text}",
            "goal": text,
            "level": f"Level {text}",
            "tags": [f"Tag {text}"],
            "notes": text,
        }
        for kind, text in ALLOWED.items()
    ]
    sections = [{"title": "Basics", "skills": [{"id": "plain", "name": "Plain"}, *listed]}]
    roadmap = {"title": "Path", "description": "".join(ALLOWED.values()), "sections": sections}
    shell.sandbox.write(yaml.safe_dump(roadmap, sort_keys=False))
    before = shell.sandbox.files()

    first = run_clean(shell, "-v", "sync")
    second = run_clean(shell, "sync", "--json")
    talk(shell)

    assert first.code == 0, first
    assert (second.code, second.json["writes"]) == (0, 0)
    assert shell.sandbox.files() == before
    notes = {
        row["Tracker ID"]: row.get("Notes", "") for row in shell.sandbox.remote()[0]["rows"][1:]
    }
    assert {key: same(text) for key, text in notes.items()} == expected_notes()


def test_from_notion(shell):
    """Hostile text typed in Notion arrives in the file as text; what no file may hold is held."""
    listed = "".join(f"      - {{id: {slug(kind)}, name: {kind}}}\n" for kind in TEXTS)
    shell.sandbox.write(BASE + listed)
    shell.sandbox.sync()
    person = shell.sandbox.person
    for kind, text in TEXTS.items():
        values = {"Goal": text, "Notes": text}
        person.edit(slug(kind), values)
        person.add({"Skill": f"New {text}", "Section": "Basics"})

    first = run_clean(shell, "-v", "sync")
    second = run_clean(shell, "sync", "--json")
    talk(shell)

    found = skills(shell)
    assert (first.code, second.code, second.json["writes"]) == (1, 1, 0)
    assert second.json["counts"]["held"] == 3 * len(FORBIDDEN)
    assert len(found) == 1 + 2 * len(TEXTS) - len(FORBIDDEN)
    notes = {slug(kind): same(found[slug(kind)].get("notes", "")) for kind in TEXTS}
    assert {key: text for key, text in notes.items() if text} == expected_notes()


def slug(kind):
    """Return the id of the skill that has a kind of text."""
    return f"of-{kind.replace(' ', '-')}"


def expected_notes():
    """Return what both sides shall hold of the texts that a file may hold."""
    return {slug(kind): same(text) for kind, text in ALLOWED.items()}


def same(text):
    """Return a text as both sides hold it: LF line ends, no white space around it."""
    lines = re.sub("\r\n?|\u0085|\u2028|\u2029", "\n", text).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


NUL = "a\x00b"
LONG = "A long text. \U0001d518 " * 70_000
"""About a megabyte, with characters that count twice in Notion."""


def test_nul_in_a_file(shell):
    """A NUL in a file, raw or escaped, is named with its line, and nothing is written."""
    for text in (f"title: {NUL}\n", 'title: "a\\0b"\nsections: []\n'):
        shell.sandbox.write(text)
        ended = run_clean(shell, "sync", "--json")

        assert (ended.code, ended.codes) == (3, ["control-character"])
        assert shell.sandbox.files() == {"path.yaml": text}


def test_a_megabyte_in_the_file(shell):
    """A text that no Notion property holds is held alone, and told; its row has the rest."""
    shell.sandbox.write(f"{BASE}      - {{id: long, name: Long, notes: '{LONG}'}}\n")
    before = shell.sandbox.files()

    first, second = run_clean(shell, "sync"), run_clean(shell, "sync", "--json")

    assert (first.code, second.code) == (1, 1)
    assert second.json["counts"]["held"] == 1
    rows = {row["Tracker ID"]: row.get("Notes") for row in shell.sandbox.remote()[0]["rows"]}
    assert rows == {"plain": None, "long": None}
    assert shell.sandbox.files() == before


def test_a_long_text_from_notion(shell):
    """As much text as Notion holds arrives in the file, whole, and is not written back."""
    base = (
        "title: Path\nsections:\n  - title: Basics\n    skills:\n      - {id: plain, name: Plain}\n"
    )
    shell.sandbox.write(base)
    shell.sandbox.sync()
    text = ("line of text, 2 kB " * 100 + "\n") * 90
    shell.sandbox.person.edit("plain", {"Notes": text})

    first, second = run_clean(shell, "sync"), run_clean(shell, "sync", "--json")

    assert (first.code, second.code, second.json["writes"]) == (0, 0, 0)
    assert same(skills(shell)["plain"]["notes"]) == same(text)
