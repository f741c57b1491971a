"""`import`, `export`, `new` and `schema` at a shell."""

from __future__ import annotations

import json
import shlex

import pytest

pytestmark = pytest.mark.slow

CHECKLIST = "# My path\n\n## First\n\n- [x] kNN\n- [ ] Trees\n\n| a |\n|---|\n"


def save(learner, name, text):
    """Put a file into the learner's folder, and return its path."""
    path = learner.folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_import_makes_a_file_and_tells_what_it_did_not_understand(learner):
    """The answer says where the roadmap is; each line that was left out is on stderr."""
    ended = learner.run("import", save(learner, "list.md", CHECKLIST))

    assert ended.code == 0
    assert "imported: roadmaps/my-path.yaml" in ended.out
    assert "1 section, 2 skills" in ended.out
    assert "list.md:8: warning line-not-understood: a table was left out" in ended.err
    assert learner.run("check").code == 0


def test_import_answers_in_json(learner):
    """Scripts get the file, the counts and the problems."""
    ended = learner.run(
        "import", save(learner, "a.csv", "Skill,Status\nkNN,Odd\n"), "--name", "x", "--json"
    )

    assert (ended.code, ended.err) == (0, "")
    assert ended.json["command"] == "import"
    assert (ended.json["name"], ended.json["path"], ended.json["skills"]) == (
        "x",
        "roadmaps/x.yaml",
        1,
    )
    assert [each["line"] for each in ended.json["not_understood"]] == [2]


def test_import_takes_a_format(learner):
    """The format on the command line goes before the file's ending."""
    ended = learner.run("import", save(learner, "a.dat", "- [ ] kNN\n"), "--format", "markdown")

    assert ended.code == 0
    assert "roadmaps/a.yaml" in ended.out


def test_import_of_a_taken_name_tells_the_command_that_takes_another(learner):
    """The advice is the command as it was given, with a name to be chosen, and it works."""
    path = save(learner, "small.md", "# Small\n- [ ] x\n")

    refused = learner.run("import", path, "--format", "markdown", "--json")

    (problem,) = refused.json["problems"]
    assert (refused.code, problem["code"]) == (2, "file-exists")
    assert problem["next"].startswith("tracker import ")
    assert problem["next"].endswith("small.md --format markdown --name OTHER")
    assert learner.run("import", path, "--format", "markdown", "--name", "other").code == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.md", CHECKLIST),
        ("list.csv", "Skill,Status\nkNN,todo\n"),
        ("list.json", '{"nodes": []}'),
    ],
)
def test_add_of_a_checklist_names_the_command_that_takes_it_in(learner, monkeypatch, name, text):
    """A file that is to be imported needs no other name, with or without its folder."""
    monkeypatch.chdir(learner.folder)
    save(learner, name, text)
    for path in (name, f"./{name}"):
        refused = learner.run("add", path, "--json")

        (problem,) = refused.json["problems"]
        assert (refused.code, problem["code"]) == (2, "bad-file-name")
        assert problem["what"] == f"`{name}` is no roadmap file"
        assert problem["next"].startswith("tracker import ")
        assert problem["next"].endswith(name)
    (problem,) = learner.run("add", f"no-{name}", "--json").json["problems"]
    assert (problem["code"], problem["why"]) == ("not-a-file", "there is no such file")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [("a.dat", "- [ ] x\n", 2), ("a.md", "nothing\n", 3), ("small.md", "# Small\n- [ ] x\n", 2)],
    ids=["an unknown ending", "no skill in it", "a name that is taken"],
)
def test_import_that_cannot_be_writes_nothing(learner, name, text, code):
    """A refusal says why and leaves the folder as it was."""
    path = save(learner, name, text)
    before = {each: each.read_bytes() for each in learner.folder.glob("roadmaps/*")}

    ended = learner.run("import", path)

    assert ended.code == code
    assert "nothing was written" in ended.err
    assert {each: each.read_bytes() for each in learner.folder.glob("roadmaps/*")} == before


def test_import_says_which_command_takes_in_what_it_does_not(learner):
    """A roadmap file is added, and the advice works as it is; an address is downloaded first."""
    given = learner.folder / "sent.yaml"
    given.write_bytes((learner.folder / "roadmaps" / "small.yaml").read_bytes())

    refused = learner.run("import", "sent.yaml", "--json")
    added = learner.run(*shlex.split(refused.json["problems"][0]["next"])[1:])
    address = learner.run("import", "https://example.org/list.md")

    sent = learner.run("add", "https://example.org/path.yaml")

    assert (refused.code, added.code, address.code, sent.code) == (2, 0, 2, 2)
    assert "https://example.org/list.md is a web address" in address.err
    assert "&& tracker add path.yaml" in sent.err


def test_export_prints_a_checklist_and_nothing_else(learner):
    """Without a format and a file the checklist is on stdout."""
    ended = learner.run("export")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("# Small path\n")
    assert "- [ ] Train/test split" in ended.out


@pytest.mark.parametrize(
    ("words", "begin"),
    [
        (["--format", "csv"], "Skill,Status,Section"),
        (["--format", "json", "small"], '{\n  "schema": 1,'),
    ],
)
def test_export_takes_a_format_and_names(learner, words, begin):
    """A table and JSON are printed as they are."""
    ended = learner.run("export", *words)

    assert ended.code == 0
    assert ended.out.startswith(begin)


def test_export_goes_by_the_ending_and_never_overwrites(learner):
    """The file's ending chooses the format; a file that is there is not touched."""
    out = learner.folder / "out.csv"

    first = learner.run("export", "--out", str(out))
    content = out.read_bytes()
    second = learner.run("export", "--out", str(out))

    assert (first.code, first.out) == (0, "")
    assert content.startswith(b"\xef\xbb\xbfSkill,Status")
    assert (second.code, out.read_bytes()) == (2, content)
    assert "already exists" in second.err


def test_export_answers_in_json(learner):
    """Scripts get the text, or the file it was written to."""
    plain = learner.run("export", "--format", "markdown", "--json").json
    saved = learner.run("export", "--out", str(learner.folder / "o.md"), "--json").json

    assert plain["text"].startswith("# Small path")
    assert (plain["out"], plain["roadmaps"], plain["format"]) == (None, ["small"], "markdown")
    assert saved["text"] is None
    assert saved["out"].endswith("o.md")


def test_export_of_an_unknown_roadmap_is_a_usage_error(learner):
    """A name that is none ends with 2, as everywhere."""
    assert learner.run("export", "nothing").code == 2


def test_new_begins_a_roadmap_that_check_likes(learner):
    """A new roadmap is there, passes every check, and is not made twice."""
    first = learner.run("new", "my-path", "--title", "Mine")
    checked = learner.run("check", "--json")
    second = learner.run("new", "my-path", "--json")

    assert first.code == 0
    assert "roadmaps/my-path.yaml" in first.out
    assert (checked.code, checked.json["problems"]) == (0, [])
    assert (second.code, second.json["problems"][0]["code"]) == (2, "file-exists")


def test_new_answers_in_json(learner):
    """With --json, `new` tells the name, the title and the files of the roadmap."""
    told = learner.run("new", "my-path", "--title", "Mine", "--json").json

    assert (told["name"], told["title"]) == ("my-path", "Mine")
    assert told["files"][0] == "roadmaps/my-path.yaml"


def test_new_refuses_a_name_that_is_no_slug(learner):
    """The message names a name that would do."""
    ended = learner.run("new", "My Path")

    assert ended.code == 2
    assert "my-path" in ended.err


def test_schema_is_printed_and_saved(learner):
    """The schema is one JSON document, needs no folder, and never overwrites."""
    out = learner.folder / "schema.json"

    printed = learner.run("schema")
    saved = learner.run("schema", "--out", str(out))
    again = learner.run("schema", "--out", str(out))
    answered = learner.run("schema", "--json")

    assert json.loads(printed.out) == json.loads(out.read_text("utf-8"))
    assert [saved.code, again.code] == [0, 2]
    assert answered.json["json_schema"]["title"] == "Roadmap"


def test_check_leaves_out_what_is_skipped_and_says_so(learner):
    """A skipped check is counted, and a name that left nothing out is told with the nearest."""
    learner.replace("name: Decision trees", "name: k nearest neighbours")

    ended = learner.run("check", "--skip", "duplicate-name", "--skip", "yaml-sintax")
    wrong = learner.run("check", "--skip", "duplicate-nam")

    assert (ended.code, wrong.code) == (0, 0)
    assert "no other problems" in ended.out
    assert "left out: 1 duplicate-name" in ended.out
    assert "--skip yaml-sintax left nothing out" in ended.out
    assert "warning duplicate-name" in wrong.out
    assert "left nothing out; did you mean duplicate-name?" in wrong.out


def test_a_skipped_error_does_not_look_like_a_file_in_order(learner):
    """Whoever skips an error is told that sync will not; scripts get the counts."""
    learner.replace("title: Small path", "title: [")

    ended = learner.run("check", "--skip", "yaml-syntax")
    as_json = learner.run("check", "--skip", "yaml-syntax", "--json")

    assert ended.code == 0
    assert "left out: 1 yaml-syntax; sync still refuses a file with errors" in ended.out
    assert as_json.json["problems"] == []
    assert as_json.json["skipped"] == {"yaml-syntax": 1}
