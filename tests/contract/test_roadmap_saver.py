"""The writer of roadmap files: bytes, bits and links stay, and a foreign edit is never lost."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys

import pytest

from tracker.adapters import files
from tracker.adapters.files import FileChangedError, replace_file
from tracker.adapters.roadmap_files.save import RoadmapSaver
from tracker.errors import Problem, RoadmapError, StateError
from tracker.roadmap.edits import RemoveSkill, SetItems, SetValue

TEXT = """\
title: X
sections:
  - title: One
    skills:
      - id: a
        name: A
        status: todo  # c
      - "B \u00e9\U0001f600"
"""

DONE = SetValue((0, 0), "status", "done")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "roadmaps").mkdir()
    return tmp_path


def put(folder, content, name="x.yaml"):
    """Write a roadmap file and return its path and its digest."""
    content = content if isinstance(content, bytes) else content.encode()
    path = folder / "roadmaps" / name
    path.write_bytes(content)
    return path, digest(content)


def digest(content):
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def left_overs(folder):
    """Return the names of all files that are no roadmap."""
    return [each.name for each in (folder / "roadmaps").iterdir() if each.suffix != ".yaml"]


@pytest.mark.guarantee("G11", "G12")
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["without mark", "with mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("last", ["", "\n\n"], ids=["no last break", "blank lines at the end"])
def test_only_the_value_changes_in_the_bytes(folder, bom, end, last):
    """Byte order mark, line ends and the end of the file stay as they are (G11, G12)."""
    before = bom + (TEXT.rstrip("\n") + last).replace("\n", end).encode()
    path, known = put(folder, before)

    written = RoadmapSaver(folder).save_edits("x", known, [DONE])

    assert path.read_bytes() == before.replace(b"todo", b"done")
    assert written == digest(path.read_bytes())


@pytest.mark.guarantee("G7")
def test_the_text_of_removed_skills_is_handed_over_before_it_goes(folder):
    """Whoever removes a skill can keep it in the undo journal, whatever happens then (G7)."""
    path, known = put(folder, TEXT, "x.yml")
    kept = []

    def keep(removed):
        kept.append((dict(removed), path.read_text(encoding="utf-8")))

    RoadmapSaver(folder).save_edits("x", known, [RemoveSkill((0, 0))], keep=keep)

    gone = "      - id: a\n        name: A\n        status: todo  # c\n"
    assert kept == [({"a": gone}, TEXT)]
    assert path.read_text(encoding="utf-8") == TEXT.replace(gone, "")


@pytest.mark.guarantee("G7")
def test_what_cannot_be_kept_does_not_go(folder):
    """Where the journal refuses the text of a skill, the skill stays (G7)."""
    path, known = put(folder, TEXT)

    def fail(_):
        raise StateError(Problem("state", "no room"))

    with pytest.raises(StateError):
        RoadmapSaver(folder).save_edits("x", known, [RemoveSkill((0, 0))], keep=fail)

    assert path.read_text(encoding="utf-8") == TEXT
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize(
    "edits",
    [[], [SetValue((0, 0), "status", "todo"), SetItems((0, 0), "tags", ())]],
    ids=["no edits", "edits without effect"],
)
def test_without_a_change_the_file_is_not_written(folder, edits):
    """A sync that changes nothing leaves the file alone, time of modification included (G12)."""
    path, known = put(folder, TEXT)
    os.utime(path, ns=(1, 1))

    written = RoadmapSaver(folder).save_edits("x", known, edits)

    assert path.stat().st_mtime_ns == 1
    assert written == known


@pytest.mark.guarantee("G13")
def test_a_file_that_changed_since_it_was_read_is_not_written(folder):
    """Another program's edit wins; the run is told to start again (G13)."""
    path, _ = put(folder, TEXT)

    with pytest.raises(RoadmapError) as caught:
        RoadmapSaver(folder).save_edits("x", digest(b"older"), [DONE])

    problem = caught.value.problems[0]
    assert problem.code == "file-changed"
    assert all([problem.what, problem.why, problem.kept, problem.next])
    assert path.read_text(encoding="utf-8") == TEXT


@pytest.mark.guarantee("G13")
def test_a_file_that_changes_during_the_write_is_not_overwritten(folder, monkeypatch):
    """The digest is checked again right before the file is replaced (G13)."""
    path, known = put(folder, TEXT)
    sync = os.fsync

    def someone_saves(descriptor):
        sync(descriptor)
        path.write_text("title: mine\n", encoding="utf-8")

    monkeypatch.setattr(files.os, "fsync", someone_saves)

    with pytest.raises(RoadmapError):
        RoadmapSaver(folder).save_edits("x", known, [DONE])

    assert path.read_text(encoding="utf-8") == "title: mine\n"
    assert left_overs(folder) == []


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_file_and_no_litter(folder, monkeypatch, step):
    """Whatever the disk refuses, the old file stands and no temporary one does."""
    path, known = put(folder, TEXT)

    def refuse(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, step, refuse)

    with pytest.raises(RoadmapError) as caught:
        RoadmapSaver(folder).save_edits("x", known, [DONE])

    assert caught.value.problems[0].why == "No space left on device"
    assert path.read_text(encoding="utf-8") == TEXT
    assert left_overs(folder) == []


def test_a_read_only_file_is_respected(folder, monkeypatch):
    """A file that may not be written is not replaced behind its owner's back."""
    path, known = put(folder, TEXT)
    monkeypatch.setattr(files.os, "access", lambda *_args: False)

    with pytest.raises(RoadmapError) as caught:
        RoadmapSaver(folder).save_edits("x", known, [DONE])

    assert "read-only" in caught.value.problems[0].why
    assert path.read_text(encoding="utf-8") == TEXT


def test_an_edit_that_is_refused_names_the_line_and_writes_nothing(folder):
    """A refusal says where and why, and the file is as it was."""
    text = TEXT.replace("todo", "!!str todo")
    path, known = put(folder, text)

    with pytest.raises(RoadmapError) as caught:
        RoadmapSaver(folder).save_edits("x", known, [DONE])

    assert str(caught.value.problems[0].location) == "roadmaps/x.yaml:7:17"
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "content", [b"title: \xff", b"", b"a: 1\n---\nb: 2\n", b"- a\n", b"a: [\n"]
)
def test_a_file_that_is_no_roadmap_is_refused(folder, content):
    """Not UTF-8, empty, several documents, no mapping, not YAML: an error, and nothing written."""
    path, known = put(folder, content)

    with pytest.raises(RoadmapError):
        RoadmapSaver(folder).save_edits("x", known, [DONE])

    assert path.read_bytes() == content


def test_a_missing_roadmap_is_an_error(folder):
    """There is nothing to write to."""
    with pytest.raises(RoadmapError) as caught:
        RoadmapSaver(folder).save_edits("y", "", [DONE])

    assert caught.value.problems[0].code == "file-not-found"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bits")
def test_permission_bits_stay(folder):
    """A file that was private stays private, one that was shared stays shared."""
    path, known = put(folder, TEXT)
    path.chmod(0o640)

    RoadmapSaver(folder).save_edits("x", known, [DONE])

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bits")
def test_a_private_file_is_private_while_it_is_written(folder, monkeypatch):
    """The temporary file lets nobody read who may not read the file itself."""
    path, known = put(folder, TEXT)
    path.chmod(0o600)
    sync, seen = os.fsync, []

    def look(descriptor):
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        monkeypatch.setattr(files.os, "fsync", sync)
        sync(descriptor)

    monkeypatch.setattr(files.os, "fsync", look)

    RoadmapSaver(folder).save_edits("x", known, [DONE])

    assert seen == [0o600]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_stays_a_link(folder, tmp_path_factory):
    """The file that a link points to is replaced, not the link."""
    target = tmp_path_factory.mktemp("elsewhere") / "real.yaml"
    target.write_text(TEXT, encoding="utf-8")
    link = folder / "roadmaps" / "x.yaml"
    link.symlink_to(target)

    RoadmapSaver(folder).save_edits("x", digest(TEXT.encode()), [DONE])

    assert link.is_symlink()
    assert "status: done" in target.read_text(encoding="utf-8")
    assert [each.name for each in target.parent.iterdir()] == ["real.yaml"]


def test_a_new_file_is_made_and_litter_of_a_crash_is_used_up(tmp_path):
    """What a killed write left behind does not stop the next one."""
    path = tmp_path / "new.yaml"
    (tmp_path / ".new.yaml.tmp").write_bytes(b"half")

    replace_file(path, b"whole", expected_digest=None)

    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [
        ("new.yaml", b"whole")
    ]


def test_an_expected_digest_guards_any_file(tmp_path):
    """Settings and state get the same guard as roadmaps."""
    path = tmp_path / "a"
    path.write_bytes(b"theirs")

    with pytest.raises(FileChangedError):
        replace_file(path, b"ours", digest(b"older"))

    assert path.read_bytes() == b"theirs"
