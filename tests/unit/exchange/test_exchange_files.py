"""Files around the exchange: what is read, what is written, and what is never overwritten."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import PurePath

import pytest

from tracker.adapters.exchange import files
from tracker.adapters.exchange.files import (
    ENDINGS,
    MOST_BYTES,
    PARSERS,
    ForeignFiles,
    NewFiles,
    find_parser,
    make_title,
)
from tracker.adapters.exchange.formats import FORMATS
from tracker.adapters.roadmap_files.load import RoadmapFolder
from tracker.adapters.roadmap_files.save import RoadmapSaver
from tracker.errors import RoadmapError, UsageError
from tracker.local_ports import LocalServices
from tracker.roadmap.model import Roadmap, Section, Skill
from tracker.wiring import SystemClock
from tracker.workflows.library import make_name, run_export, run_import, run_new

CHECKLIST = "# My path\n\n## First\n\n- [x] kNN\n- [ ] Trees\n"


@pytest.fixture
def local(tmp_path):
    """Make the services of a folder without a Notion side."""
    return LocalServices(
        RoadmapFolder(tmp_path), RoadmapSaver(tmp_path), SystemClock(), nullcontext
    )


def take_in(local, tmp_path, text, name="list.md", wanted=(None, None)):
    """Save a foreign file and import it."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run_import(local, ForeignFiles(), NewFiles(tmp_path), path=path, wanted=wanted)


def files_of(folder):
    """Return all files of a folder with their content."""
    return {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def test_an_import_makes_a_roadmap_file_named_after_its_title(local, tmp_path):
    """What comes in is a file like any other, and loads without problems."""
    result = take_in(local, tmp_path, CHECKLIST)

    loaded = local.reader.load_roadmaps()

    assert (result.name, result.path) == ("my-path", "roadmaps/my-path.yaml")
    assert [file.roadmap for file in loaded.files] == [result.roadmap]
    assert loaded.problems == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", CHECKLIST),
        ("a.MARKDOWN", CHECKLIST),
        ("a.txt", CHECKLIST),
        ("a.csv", "Skill,Status\nkNN,Done\n"),
        ("a.json", '{"nodes": [{"type": "topic", "data": {"label": "kNN"}}]}'),
    ],
)
def test_the_format_goes_by_the_ending(local, tmp_path, name, text):
    """A file is read as what its name says."""
    result = take_in(local, tmp_path, text, name)

    assert "kNN" in [skill.name for skill in result.roadmap.skills]


def test_the_format_can_be_given(local, tmp_path):
    """A format on the command line goes before the ending."""
    result = take_in(local, tmp_path, "Skill\nkNN\n", "a.md", ("mine", "csv"))

    assert (result.name, [skill.name for skill in result.roadmap.skills]) == ("mine", ["kNN"])


def test_a_format_nobody_knows_is_refused():
    """An unknown ending names the option that helps."""
    with pytest.raises(UsageError) as refused:
        find_parser(PurePath("list.docx"), None)

    assert "--format markdown    # or csv, roadmap-sh" in refused.value.problems[0].next
    assert set(ENDINGS.values()) == set(PARSERS)
    assert set(FORMATS) == {"markdown", "csv", "json"}


@pytest.mark.parametrize(
    ("stem", "title"),
    [
        ("Data path 0123456789abcdef0123456789abcdef", "Data path"),
        ("Data path 0123456789abcdef0123456789abcdef_all", "Data path"),
        ("notes", "notes"),
        ("odd\udcff\n\x1b name", "odd    name"),
    ],
)
def test_what_notion_puts_behind_a_name_goes(stem, title):
    """The id in the name of an exported file is no part of the title."""
    assert make_title(PurePath(f"{stem}.csv")) == title


def test_a_title_without_latin_letters_is_named_after_the_file(tmp_path):
    """A roadmap can be typed on any keyboard."""
    assert make_name("神经网络", tmp_path / "nets.md") == "roadmap-nets"


@pytest.mark.parametrize("name", ["my-path.yaml", "my-path.yml", "MY-PATH.YAML"])
def test_an_import_never_overwrites(local, tmp_path, name):
    """A name that is taken, in any spelling that some system takes for the same, is refused."""
    (tmp_path / "roadmaps").mkdir()
    (tmp_path / "roadmaps" / name).write_text("title: Mine\n", encoding="utf-8")
    (tmp_path / "list.md").write_text(CHECKLIST, encoding="utf-8")
    before = files_of(tmp_path)

    with pytest.raises(UsageError) as refused:
        take_in(local, tmp_path, CHECKLIST)

    assert refused.value.problems[0].code == "file-exists"
    assert files_of(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["Not A Slug", "../x", "a--b", "", "nul", "com1", "a" * 101, "x\n"]
)
def test_names_that_cannot_be_files_everywhere_are_refused(local, tmp_path, name):
    """A roadmap's name is a slug that every system can hold."""
    files = NewFiles(tmp_path)

    with pytest.raises(UsageError) as refused:
        run_new(local, files, name, "T")

    assert refused.value.problems[0].code == "bad-file-name"
    assert files_of(tmp_path) == {}


def test_a_file_in_which_there_is_no_skill_is_refused_with_its_report(local, tmp_path):
    """Nothing is written for a file of which nothing was understood, and one learns why."""
    with pytest.raises(RoadmapError) as refused:
        take_in(local, tmp_path, "just text\n\n| a |\n")

    assert [problem.code for problem in refused.value.problems] == [
        "nothing-to-import",
        "line-not-understood",
    ]
    assert list(files_of(tmp_path)) == ["list.md"]


def test_utf16_as_spreadsheets_save_it_is_read(local, tmp_path):
    """A table in UTF-16 with its mark comes in like any other."""
    result = take_in(local, tmp_path, "Skill\nÜbung\n".encode("utf-16"), "a.csv")

    assert [skill.name for skill in result.roadmap.skills] == ["Übung"]


@pytest.mark.parametrize("raw", [b"# T\n\n- [ ] \xff\n", b"\xff\xfea"], ids=repr)
def test_a_file_that_is_no_text_is_refused(local, tmp_path, raw):
    """Bytes without a meaning are told with their line."""
    with pytest.raises(RoadmapError) as refused:
        take_in(local, tmp_path, raw)

    assert refused.value.problems[0].code == "not-utf8"


def test_a_file_that_is_too_large_or_missing_is_refused(local, tmp_path):
    """A huge file is not read to its end, and a missing one is named."""
    with pytest.raises(RoadmapError) as large:
        take_in(local, tmp_path, b"a" * (MOST_BYTES + 1))
    with pytest.raises(UsageError) as missing:
        ForeignFiles().load_foreign(tmp_path / "nothing.md", None)
    with pytest.raises(UsageError) as folder:
        ForeignFiles().load_foreign(tmp_path, "csv")

    assert large.value.problems[0].code == "file-too-large"
    assert [each.value.problems[0].why for each in (missing, folder)] == [
        "there is no such file",
        "it is a folder; of roadmap.sh, the .json beside the content folder is the roadmap",
    ]


def test_a_new_roadmap_passes_check_and_brings_the_schema(local, tmp_path):
    """What `new` writes has no problems; the schema that its first line names is there."""
    result = run_new(local, NewFiles(tmp_path), "data-science", None)

    loaded = local.reader.load_roadmaps()

    first = (tmp_path / "roadmaps/data-science.yaml").read_text("utf-8").splitlines()[0]
    assert loaded.problems == ()
    assert [file.roadmap.title for file in loaded.files] == ["Data science"]
    assert first == "# yaml-language-server: $schema=../roadmap.schema.json"
    assert result.files == ("roadmaps/data-science.yaml", "roadmap.schema.json")


def test_a_second_new_roadmap_leaves_the_schema_alone(local, tmp_path):
    """A schema that is there, perhaps changed by hand, stays."""
    (tmp_path / "roadmap.schema.json").write_text("mine", encoding="utf-8")

    result = run_new(local, NewFiles(tmp_path), "b", "B")

    assert result.files == ("roadmaps/b.yaml",)
    assert (tmp_path / "roadmap.schema.json").read_text("utf-8") == "mine"


def test_exports_are_saved_to_new_files_only(local, tmp_path):
    """An export is written where nothing was; a table has the mark that spreadsheets need."""
    take_in(local, tmp_path, CHECKLIST)
    result = run_export(local.reader, [], "csv", FORMATS["csv"])
    out = tmp_path / "out.csv"

    NewFiles(tmp_path).save_text(out, result.text)

    assert result.roadmaps == ("my-path",)
    assert out.read_bytes() == b"\xef\xbb\xbf" + result.text.encode()
    with pytest.raises(UsageError):
        NewFiles(tmp_path).save_text(out, result.text)
    with pytest.raises(UsageError):
        NewFiles(tmp_path).save_text(tmp_path / "no" / "folder.md", result.text)


def test_an_export_of_an_unknown_roadmap_is_refused(local, tmp_path):
    """Names are checked against the folder."""
    take_in(local, tmp_path, CHECKLIST)

    with pytest.raises(UsageError):
        run_export(local.reader, ["other"], "json", FORMATS["json"])


def test_a_roadmap_that_no_file_can_hold_is_not_written(tmp_path):
    """A text that does not survive is noticed before anything is on the disk."""
    roadmap = Roadmap(title="T", sections=(Section(title="S", skills=(Skill(name="a\0"),)),))

    with pytest.raises(RoadmapError):
        NewFiles(tmp_path).save_roadmap("x", roadmap)

    assert files_of(tmp_path) == {}


def test_a_yaml_file_is_to_be_added(tmp_path):
    """A roadmap file is no foreign file: another command takes it in as it is."""
    path = tmp_path / "my list.yml"
    path.write_text("title: T\n", encoding="utf-8")

    with pytest.raises(UsageError) as raised:
        ForeignFiles().load_foreign(path, None)

    (problem,) = raised.value.problems
    assert (problem.code, problem.next) == ("roadmap-file", f"tracker add '{path}'")


@pytest.mark.parametrize(("name", "line"), [("a.md", "- [ ] x\n"), ("a.csv", "x\n")])
def test_reading_stops_where_no_skill_can_follow(tmp_path, monkeypatch, name, line):
    """Half a million entries are not read to say that a roadmap takes fewer; what is left is told."""
    monkeypatch.setattr(files, "MOST_LINES", 10)
    (tmp_path / name).write_text("Skill\n" + line * 30, encoding="utf-8")

    imported = ForeignFiles().load_foreign(tmp_path / name, None)

    left = imported.not_understood[-1]
    assert (left.code, left.location.line) == ("too-many-lines", 11)
    assert left.what == "21 lines from here on were left out"
    assert len(imported.roadmap.skills) == 9
