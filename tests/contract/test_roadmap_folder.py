"""The folder of roadmap files on a real disk."""

from __future__ import annotations

import hashlib

import pytest

from tracker.adapters.roadmap_files.load import RoadmapFolder
from tracker.errors import Severity

GOOD = "title: Good\nsections: [{title: s, skills: [a]}]\n"


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes files into `roadmaps/` and loads the folder."""
    (tmp_path / "roadmaps").mkdir()

    def load(**files):
        for name, text in files.items():
            path = tmp_path / "roadmaps" / name.replace("__", ".")
            path.write_bytes(text.encode())
        return RoadmapFolder(tmp_path).load_roadmaps()

    return load


def codes(loaded):
    """Return place and code of all problems."""
    return [(str(each.location), each.code) for each in loaded.problems]


def test_all_files_are_loaded_by_name(folder):
    """Every roadmap has its stem as name, a relative path and the digest of its bytes."""
    loaded = folder(zeta__yaml=GOOD, alpha__yml=GOOD)

    assert [(each.name, each.path) for each in loaded.files] == [
        ("alpha", "roadmaps/alpha.yml"),
        ("zeta", "roadmaps/zeta.yaml"),
    ]
    assert loaded.files[0].digest == hashlib.sha256(GOOD.encode()).hexdigest()
    assert (loaded.problems, loaded.broken) == ((), frozenset())


def test_problems_of_all_files_are_told_together(folder):
    """One broken file hides neither the others' problems nor the good files."""
    loaded = folder(
        a__yaml="title: [\n", b__yaml="titel: x\n", good__yaml=GOOD, warned__yaml=GOOD + "x: 1\n"
    )

    assert [each.name for each in loaded.files] == ["good", "warned"]
    assert loaded.broken == {"a", "b"}
    assert codes(loaded) == [
        ("roadmaps/a.yaml:2:1", "yaml-syntax"),
        ("roadmaps/b.yaml:1:1", "missing-key"),
        ("roadmaps/b.yaml:1:1", "unknown-key"),
        ("roadmaps/warned.yaml:3:1", "unknown-key"),
    ]


def test_hidden_and_backup_files_do_not_count(folder, tmp_path):
    """What editors leave behind is not a roadmap, and neither are folders of drafts."""
    (tmp_path / "roadmaps" / "drafts").mkdir()
    (tmp_path / "roadmaps" / "drafts" / "d.yaml").write_text("[", encoding="utf-8")
    for name in (".a.yaml", "~a.yaml", "#a.yaml#", ".#a.yaml", "a.yaml~", "a.yaml.bak", "a.txt"):
        (tmp_path / "roadmaps" / name).write_text("[", encoding="utf-8")

    loaded = folder(good__yaml=GOOD)

    assert [each.name for each in loaded.files] == ["good"]
    assert loaded.problems == ()


@pytest.mark.parametrize("name", ["My Path.yaml", "a_b.yaml", "A.yaml", "a.b.yaml", "x.YAML"])
def test_a_name_outside_the_pattern_is_a_problem(folder, name):
    """A file whose name cannot be typed as a roadmap's name is told, not skipped."""
    loaded = folder(**{name: GOOD})

    assert loaded.files == ()
    assert [each.code for each in loaded.problems] == ["bad-file-name"]
    assert len(loaded.broken) == 1


def test_one_name_with_two_endings_is_a_problem(folder):
    """Of two files with one stem none is loaded."""
    loaded = folder(a__yaml=GOOD, a__yml=GOOD)

    assert loaded.files == ()
    assert loaded.broken == {"a"}
    assert codes(loaded) == [("roadmaps/a.yaml", "same-name"), ("roadmaps/a.yml", "same-name")]


def test_folders_and_links_to_nowhere_are_no_roadmaps(folder, tmp_path):
    """A folder and a dangling link are problems, not crashes; a link to a file is read."""
    (tmp_path / "elsewhere.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "roadmaps" / "dir.yaml").mkdir()
    try:
        (tmp_path / "roadmaps" / "link.yaml").symlink_to(tmp_path / "elsewhere.yaml")
        (tmp_path / "roadmaps" / "void.yaml").symlink_to(tmp_path / "nowhere.yaml")
    except OSError:
        pytest.skip("this system does not let users make symbolic links")

    loaded = folder(good__yaml=GOOD)

    assert [each.name for each in loaded.files] == ["good", "link"]
    assert loaded.broken == {"dir", "void"}
    assert {each.code for each in loaded.problems} == {"not-a-file"}


def test_a_file_that_cannot_be_read_is_a_problem(folder, monkeypatch):
    """What the disk refuses is told like any other problem."""

    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tracker.adapters.roadmap_files.load.load_bytes", refuse)

    loaded = folder(good__yaml=GOOD)

    assert codes(loaded) == [("roadmaps/good.yaml", "unreadable-file")]
    assert loaded.broken == {"good"}


def test_no_folder_and_no_files_lead_to_init(folder, tmp_path):
    """Without roadmaps there is one error in four parts, with the command to paste."""
    nothing = folder()
    (tmp_path / "roadmaps").rmdir()
    missing = RoadmapFolder(tmp_path).load_roadmaps()

    for loaded in (nothing, missing):
        (problem,) = loaded.problems
        assert problem.severity is Severity.ERROR
        assert problem.code == "no-roadmaps"
        assert problem.next.startswith("tracker add NAME")
        assert problem.why
        assert problem.kept


def test_references_between_files_are_checked(folder):
    """`covered_by` a skill that another file does not have is warned about, in its line."""
    mine = "title: t\nsections:\n- title: s\n  skills:\n  - {name: a, covered_by: [good/knn]}\n"

    loaded = folder(good__yaml=GOOD, mine__yaml=mine)

    assert codes(loaded) == [("roadmaps/mine.yaml:5:28", "unknown-reference")]
    assert loaded.broken == frozenset()


def test_the_bundled_roadmaps_have_no_problems(request):
    """What is shipped loads without a single warning."""
    loaded = RoadmapFolder(request.config.rootpath).load_roadmaps()

    assert loaded.files
    assert loaded.problems == ()


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("My Path.yaml", "my-path.yaml"),
        ("machine_learning.yml", "machine-learning.yaml"),
        ("Données & co.yaml", "donnees-co.yaml"),
        ("path.YAML", "path.yaml"),
        ("学习.yaml", "my-roadmap.yaml"),
    ],
)
def test_the_advice_for_a_bad_name_is_made_of_it(folder, tmp_path, name, better):
    """The file is renamed to what it was meant to be called."""
    (tmp_path / "roadmaps" / name).write_text(GOOD, encoding="utf-8")

    loaded = folder()

    assert [each.next for each in loaded.problems] == [f"rename the file, for example to {better}"]
