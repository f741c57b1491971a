"""Bundled roadmaps, sent files and remembered editions on a real disk."""

from __future__ import annotations

import os

import pytest

from tracker.adapters.editions import EDITIONS, Editions
from tracker.errors import RoadmapError, UsageError
from tracker.roadmap.model import Roadmap, Section, Skill

GOOD = 'title: Good\nedition: "1"\nsections:\n  - title: S\n    skills:\n      - {id: a, name: A}\n'


@pytest.fixture
def folder(tmp_path):
    """Return a learner's folder beside a folder of bundled roadmaps."""
    (tmp_path / "bundled").mkdir()
    (tmp_path / "bundled" / "good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "learner").mkdir()
    return tmp_path / "learner"


@pytest.fixture
def editions(folder):
    """Return what is tested."""
    return Editions(folder.parent / "bundled", folder)


def test_what_is_bundled_is_loaded_by_name(editions):
    """A bundled roadmap comes with its bytes and what they say."""
    loaded = editions.load_bundled("good")

    assert editions.load_names() == ("good",)
    assert (loaded.content.decode(), loaded.roadmap.title) == (GOOD, "Good")


@pytest.mark.parametrize("name", ["nope", "../good", "good.yaml", "", "/etc/passwd", "GOOD"])
def test_no_name_leads_anywhere_else(editions, name):
    """A name is one of the bundled ones; no path gets through."""
    with pytest.raises(UsageError):
        editions.load_bundled(name)


def test_a_copy_is_made_once(editions, folder):
    """A roadmap is copied byte by byte, and never over another one."""
    loaded = editions.load_bundled("good")

    path = editions.save_copy(loaded)

    assert (folder / path).read_bytes() == GOOD.encode()
    with pytest.raises(UsageError) as caught:
        editions.save_copy(loaded)
    assert caught.value.problems[0].next == "tracker upgrade good"


@pytest.mark.parametrize("taken", ["good.yml", "Good.yaml", "good.YAML"])
def test_a_name_is_taken_in_any_spelling(editions, folder, taken):
    """A file that differs in ending or case only is in the way: some systems see one file."""
    (folder / "roadmaps").mkdir()
    (folder / "roadmaps" / taken).write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError):
        editions.save_copy(editions.load_bundled("good"))

    assert [each.name for each in (folder / "roadmaps").iterdir()] == [taken]


def test_a_link_leads_no_copy_out_of_the_folder(editions, folder):
    """A dangling link with the name of the roadmap is not written through."""
    (folder / "roadmaps").mkdir()
    try:
        (folder / "roadmaps" / "good.yaml").symlink_to(folder.parent / "outside.yaml")
    except OSError:
        pytest.skip("this system does not let users make symbolic links")

    with pytest.raises(UsageError):
        editions.save_copy(editions.load_bundled("good"))

    assert not (folder.parent / "outside.yaml").exists()


class TestSentFiles:
    def test_a_good_file_is_loaded(self, editions, tmp_path):
        """A file from anywhere has its stem as name."""
        path = tmp_path / "sent-by-ana.yml"
        path.write_text(GOOD, encoding="utf-8")

        assert editions.load_sent(path).name == "sent-by-ana"

    @pytest.mark.parametrize(
        "name", ["My Path.yaml", "a.txt", "..yaml", "a_b.yaml", "x", "a.yaml.exe", "a.YAML"]
    )
    def test_a_name_that_cannot_stand_in_a_folder_is_refused(self, editions, tmp_path, name):
        """What could not be named on the command line later is refused before it is read."""
        (tmp_path / name).write_text(GOOD, encoding="utf-8")

        with pytest.raises(UsageError) as caught:
            editions.load_sent(tmp_path / name)
        assert caught.value.problems[0].code == "bad-file-name"

    def test_what_is_no_file_is_refused(self, editions, tmp_path):
        """Folders, links, pipes and nothing at all are refused without being opened."""
        (tmp_path / "dir.yaml").mkdir()
        odd = ["dir.yaml", "nothing.yaml"]
        if hasattr(os, "mkfifo"):
            os.mkfifo(tmp_path / "pipe.yaml")
            (tmp_path / "link.yaml").symlink_to(tmp_path / "bundled" / "good.yaml")
            odd += ["pipe.yaml", "link.yaml"]

        for name in odd:
            with pytest.raises(UsageError):
                editions.load_sent(tmp_path / name)

    def test_a_broken_file_is_refused_with_its_places(self, editions, tmp_path):
        """All problems of a broken file are told, with the path that was given."""
        path = tmp_path / "broken.yaml"
        path.write_text("title: x\nsections: 3\n", encoding="utf-8")

        with pytest.raises(RoadmapError) as caught:
            editions.load_sent(path)
        assert str(caught.value.problems[0].location).startswith(f"{path}:2")

    @pytest.mark.parametrize(
        "content", [b"\xff\xfe", b"", b"\x00" * 99], ids=["not UTF-8", "empty", "nulls"]
    )
    def test_what_is_no_text_is_refused(self, editions, tmp_path, content):
        """Bytes that are no YAML text are a broken roadmap, not a crash."""
        path = tmp_path / "odd.yaml"
        path.write_bytes(content)

        with pytest.raises(RoadmapError):
            editions.load_sent(path)


class TestRememberedEditions:
    def test_what_was_saved_is_the_base(self, editions, folder):
        """The edition is kept as it was published, byte by byte."""
        editions.save_base("good", GOOD.encode())

        assert (folder / EDITIONS / "good.yaml").read_bytes() == GOOD.encode()
        assert editions.load_base("good") == editions.load_bundled("good").roadmap

    def test_dropped_skills_are_part_of_the_base(self, editions):
        """What older editions had is remembered beside it, until nothing is left of it."""
        old = Roadmap(title="x", sections=(Section(title="S", skills=(Skill(id="b", name="B"),)),))
        editions.save_base("good", GOOD.encode(), old)

        kept = editions.load_base("good")
        editions.save_base("good", GOOD.encode())

        assert [skill.id for skill in kept.skills] == ["a", "b"]
        assert [skill.id for skill in editions.load_base("good").skills] == ["a"]

    @pytest.mark.parametrize("damage", [None, b"", b"title: [", b"\xff"])
    def test_what_is_lost_or_damaged_is_unknown(self, editions, folder, damage):
        """The memory is disposable: without it, or with a broken one, nothing is known."""
        editions.save_base("good", GOOD.encode())
        path = folder / EDITIONS / "good.yaml"
        path.unlink() if damage is None else path.write_bytes(damage)

        assert editions.load_base("good") is None

    def test_an_older_edition_is_there_as_it_was_published(self, editions, tmp_path):
        """An older edition stands beside the bundled roadmaps; what a copy says leads nowhere else."""
        folder = tmp_path / "bundled" / "editions"
        folder.mkdir()
        (folder / "good.2026.01.yaml").write_text(GOOD, encoding="utf-8")

        assert editions.load_published("good", "2026.01") == editions.load_bundled("good").roadmap
        for edition in ("2026.02", "../good", "2026.01.yaml", ""):
            assert editions.load_published("good", edition) is None

    def test_only_untouched_copies_are_remembered(self, editions, folder):
        """A file that was there already and says something else is not taken for the edition."""
        editions.save_copy(editions.load_bundled("good"))
        (folder / "roadmaps" / "good.yaml").write_text(GOOD + "# mine\n", encoding="utf-8")

        editions.remember_fresh(["good"])

        assert editions.load_base("good") is None

    def test_removed_text_is_kept(self, editions, folder):
        """The text of removed skills is added to what was kept before."""
        editions.save_removed("good", {"a": "- id: a\n  name: A\n"})
        path = editions.save_removed("good", {"b": "- id: b\n"})

        assert (folder / path).read_text(
            encoding="utf-8"
        ) == "# a\n- id: a\n  name: A\n# b\n- id: b\n"
