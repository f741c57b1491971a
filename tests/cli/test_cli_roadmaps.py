"""Promises of roadmaps, add, upgrade, mark --covered, and of the choice that init offers."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

OLD = """\
title: Small path
edition: "1"
sections:
  - title: First models
    skills:
      - {id: split, name: Train/test split, hours: 2}
      - {id: knn, name: k nearest neighbours}
      - {id: bayes, name: Naive Bayes}
"""
NEW = """\
title: Small path
edition: "2"
sections:
  - title: First models
    skills:
      - {id: split, name: Train/test split, hours: 3}
      - {id: trees, name: Decision trees}
"""
OTHER = """\
title: Older list
sections:
  - title: All
    skills:
      - {id: s, name: Splitting, covered_by: [small/split]}
      - {id: both, name: Both, covered_by: [small/split, small/knn]}
      - {id: own, name: Own}
"""


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """Return the folder of the bundled roadmaps, with one in it."""
    folder = tmp_path / "bundled"
    folder.mkdir()
    (folder / "small.yaml").write_text(OLD, encoding="utf-8")
    monkeypatch.setattr("tracker.wiring.bundled_folder", lambda: folder)
    return folder


@pytest.fixture
def shell(nowhere, bundled):
    """Return a shell in a folder with a copy of the bundled roadmap."""
    assert nowhere.run("init", "--roadmap", "small").code == 0
    return nowhere


@pytest.fixture
def newer(shell, bundled):
    """Return the same, after a newer edition was bundled."""
    (bundled / "small.yaml").write_text(NEW, encoding="utf-8")
    return shell


def answer(monkeypatch, *lines):
    """Sit at a terminal without colours and type these lines."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _file: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def snapshot(folder):
    """Return the bytes of all files."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestRoadmaps:
    def test_outside_a_folder_the_bundled_ones_are_listed(self, nowhere):
        """Without a folder it tells what comes with the program, with counts."""
        ended = nowhere.run("roadmaps")

        assert ended.code == 0
        assert "Data scientist path  ds-path\n  From a first Python script to" in ended.out
        assert "19 sections, 275 skills, 888 links, 1711 h" in ended.out

    def test_a_folder_lists_its_own_too(self, newer):
        """Own and broken roadmaps stand beside the bundled ones; a newer edition is told."""
        folder = newer.folder / "roadmaps"
        (folder / "mine.yaml").write_text(OTHER, encoding="utf-8")
        (folder / "broken.yaml").write_text("title: [", encoding="utf-8")

        listed = {each["name"]: each for each in newer.run("roadmaps", "--json").json["roadmaps"]}
        shown = newer.run("roadmaps").out

        assert set(listed) == {"small", "mine", "broken"}
        assert listed["small"]["newer_edition"]
        assert (listed["mine"]["bundled"], listed["mine"]["skills"]) == (False, 3)
        assert listed["broken"]["broken"]
        assert "a newer edition is bundled: tracker upgrade small" in shown
        assert "in this folder, your own; 1 section, 3 skills, 0 links" in shown

    def test_every_line_fits(self, nowhere):
        """At 80 columns nothing is wider."""
        out = nowhere.run("roadmaps").out

        assert max(map(len, out.splitlines())) <= 80

    def test_init_offers_them_with_counts(self, nowhere, monkeypatch):
        """On a terminal every choice stands on a line with its title and counts."""
        answer(monkeypatch, "")

        ended = nowhere.run("init")

        (line,) = [each for each in ended.err.splitlines() if " ds-path " in each]
        assert "Data scientist path" in line
        assert "275 skills, 1711 h" in line
        assert max(map(len, ended.err.splitlines())) <= 80

    def test_init_says_what_each_is_for(self, nowhere, monkeypatch):
        """Below each choice stands the first sentence of its description."""
        answer(monkeypatch, "")

        ended = nowhere.run("init")

        assert "     From a first Python script to models in the cloud" in ended.err
        assert "Thanks to him" not in ended.err

    def test_init_takes_all_for_an_answer(self, nowhere, monkeypatch):
        """`all` brings every bundled roadmap in."""
        answer(monkeypatch, "all")

        ended = nowhere.run("init")

        made = sorted(path.stem for path in (nowhere.folder / "roadmaps").iterdir())
        bundled = sorted(
            path.stem for path in (Path(__file__).parents[2] / "roadmaps").glob("*.yaml")
        )
        assert (ended.code, made) == (0, bundled)

    def test_an_empty_folder_is_told_how_to_fill_it(self, nowhere, monkeypatch):
        """Where no roadmap came in, the next step is to choose one."""
        answer(monkeypatch, "")

        ended = nowhere.run("init")

        assert "tracker roadmaps    # then tracker add NAME" in ended.out


class TestAdd:
    def test_a_bundled_roadmap_comes_by_its_name(self, shell, bundled):
        """It is copied, and the edition is remembered for later upgrades."""
        (bundled / "other.yaml").write_text(OTHER, encoding="utf-8")

        ended = shell.run("add", "other", "--json")

        assert (ended.code, ended.json["path"]) == (0, "roadmaps/other.yaml")
        assert (shell.folder / "roadmaps" / "other.yaml").read_text(encoding="utf-8") == OTHER
        assert (shell.folder / ".tracker" / "editions" / "other.yaml").exists()

    def test_a_file_comes_by_its_path(self, shell, tmp_path):
        """A file that was sent is checked and copied; progress in it is pointed out."""
        sent = tmp_path / "sent.yaml"
        sent.write_text(OTHER.replace("name: Own", "name: Own, status: done"), encoding="utf-8")

        ended = shell.run("add", str(sent))

        assert ended.code == 0
        assert "added: roadmaps/sent.yaml" in ended.out
        assert "1 skill in it say doing or done" in ended.out

    @pytest.mark.parametrize(
        ("what", "code", "then"),
        [
            pytest.param("nope", 2, "tracker roadmaps", id="an unknown name"),
            pytest.param("small", 2, "tracker upgrade small", id="one that is here"),
            pytest.param("../nope.yaml", 2, "name the file itself", id="no such file"),
            pytest.param("../../etc/passwd", 2, "rename the file", id="a path that is no roadmap"),
        ],
    )
    def test_what_cannot_be_added_is_refused(self, shell, what, code, then):
        """Nothing is written, and the next step is named."""
        before = snapshot(shell.folder)

        ended = shell.run("add", what)

        assert ended.code == code
        assert then in ended.err
        assert snapshot(shell.folder).items() >= before.items()
        assert list((shell.folder / "roadmaps").iterdir()) == [
            shell.folder / "roadmaps" / "small.yaml"
        ]

    def test_a_broken_file_is_not_copied(self, shell, tmp_path):
        """A file with errors exits with 3 and tells them all."""
        sent = tmp_path / "sent.yaml"
        sent.write_text("title: x\nsections: [{title: s, skills: [{id: A!}]}]\n", encoding="utf-8")

        ended = shell.run("add", str(sent))

        assert ended.code == 3
        assert "sent.yaml:2" in ended.err
        assert not (shell.folder / "roadmaps" / "sent.yaml").exists()


class TestUpgrade:
    def test_up_to_date(self, shell):
        """Without a newer edition it says so and asks nothing."""
        ended = shell.run("upgrade")

        assert (ended.code, ended.out) == (0, "up to date: small 1\n")

    def test_a_dry_run_writes_nothing(self, newer):
        """The plan is shown, and no file changes."""
        before = snapshot(newer.folder)

        ended = newer.run("upgrade", "--dry-run")

        assert ended.code == 0
        assert "  + skill    trees" in ended.out
        assert "  ~ skill    split  hours: 2 → 3" in ended.out
        assert "  . dropped  knn    k nearest neighbours  yours stays" in ended.out
        assert "upgrade: 1 skill to add, 1 value to change, 1 text to change" in ended.out
        assert snapshot(newer.folder) == before

    def test_without_a_terminal_it_names_the_flag(self, newer):
        """Where nobody can be asked it exits with 2, names --yes, and writes nothing."""
        before = snapshot(newer.folder)

        ended = newer.run("upgrade", "small")
        as_json = newer.run("upgrade", "--json")

        assert (ended.code, as_json.code) == (2, 2)
        assert "tracker upgrade small --yes" in ended.err
        assert as_json.json["error"]
        assert snapshot(newer.folder) == before

    def test_yes_upgrades_and_removes_nothing(self, newer):
        """With --yes the edition arrives; dropped skills stay; a second run has nothing to do."""
        ended = newer.run("upgrade", "--yes", "--json")
        again = newer.run("upgrade", "--json")

        (done,) = ended.json["roadmaps"]
        assert [each["skill"] for each in done["added"]] == ["trees"]
        assert [each["skill"] for each in done["dropped"]] == ["knn", "bayes"]
        text = (newer.folder / "roadmaps" / "small.yaml").read_text(encoding="utf-8")
        assert all(word in text for word in ("id: knn", "id: bayes", "hours: 3", 'edition: "2"'))
        assert (again.code, again.json["up_to_date"]) == (0, True)
        assert newer.run("check").code == 0

    def test_dropped_skills_go_when_they_are_named(self, newer):
        """--remove takes out a skill even after progress; --remove-all only untouched ones."""
        newer.run("mark", "knn", "done")

        untouched = newer.run("upgrade", "--remove-all", "--yes", "--json").json["roadmaps"][0]
        named = newer.run("upgrade", "--remove", "knn", "--yes", "--json").json["roadmaps"][0]

        assert [each["skill"] for each in untouched["removed"]] == ["bayes"]
        assert [each["skill"] for each in untouched["dropped"]] == ["knn"]
        assert "id: knn" in named["removed"][0]["text"]
        kept = newer.folder / ".tracker" / "editions" / "small.removed.txt"
        assert "Naive Bayes" in kept.read_text(encoding="utf-8")
        assert newer.run("upgrade").out == "up to date: small 2\n"

    def test_what_was_not_dropped_is_not_removed(self, newer):
        """--remove of any other skill is a usage error."""
        ended = newer.run("upgrade", "--remove", "split", "--yes")

        assert ended.code == 2
        assert "small/bayes, small/knn" in ended.err

    def test_on_a_terminal_it_asks(self, newer, monkeypatch):
        """It asks which dropped skills go, by number, and whether to go on."""
        answer(monkeypatch, "2", "y")

        ended = newer.run("upgrade")

        text = (newer.folder / "roadmaps" / "small.yaml").read_text(encoding="utf-8")
        assert ended.code == 0
        assert "take out which?" in ended.err
        assert "upgrade small?" in ended.err
        assert "id: knn" in text
        assert "id: bayes" not in text

    def test_no_means_no(self, newer, monkeypatch):
        """Declined, it writes nothing and exits with 1."""
        before = snapshot(newer.folder)
        answer(monkeypatch, "", "n")

        ended = newer.run("upgrade")

        assert (ended.code, snapshot(newer.folder)) == (1, before)
        assert "nothing was written" in ended.out

    @pytest.mark.parametrize(
        ("name", "then"), [("ds-path", "tracker roadmaps"), ("mine", "yours alone")]
    )
    def test_only_bundled_ones_of_the_folder(self, newer, name, then):
        """A roadmap that is not here, or that is nobody else's, has no upgrade."""
        (newer.folder / "roadmaps" / "mine.yaml").write_text(OTHER, encoding="utf-8")

        ended = newer.run("upgrade", name)

        assert ended.code == 2
        assert then in ended.err

    def test_a_broken_copy_is_not_touched(self, newer):
        """A copy with errors exits with 3 and names the place."""
        (newer.folder / "roadmaps" / "small.yaml").write_text("title: [", encoding="utf-8")

        ended = newer.run("upgrade", "--yes")

        assert ended.code == 3
        assert "roadmaps/small.yaml:" in ended.err

    def test_a_folder_without_bundled_ones_has_nothing_to_do(self, nowhere, bundled):
        """Where no copy is, it says so and exits with 0."""
        nowhere.run("init")

        ended = nowhere.run("upgrade")

        assert ended.code == 0
        assert ended.out.startswith("nothing to upgrade: ")

    def test_why_something_stays_is_told_in_full(self, newer, bundled):
        """At 80 columns a long reason goes on below, and no line is wider."""
        (bundled / "small.yaml").write_text(
            NEW + "      - {id: a-skill-of-a-very-long-name, name: Theirs}\n", encoding="utf-8"
        )
        copy = newer.folder / "roadmaps" / "small.yaml"
        text = copy.read_text(encoding="utf-8")
        copy.write_text(text + "      - {id: a-skill-of-a-very-long-name, name: Mine}\n", "utf-8")

        out = newer.run("upgrade", "--dry-run").out

        words = " ".join(out.split())
        assert "you have a skill with this id; yours stays as it is" in words
        assert max(map(len, out.splitlines())) <= 80

    def test_what_is_unknown_is_said(self, newer):
        """Without the remembered edition only additions are made, and the plan says so."""
        for path in (newer.folder / ".tracker" / "editions").iterdir():
            path.unlink()

        ended = newer.run("upgrade", "--yes")

        text = (newer.folder / "roadmaps" / "small.yaml").read_text(encoding="utf-8")
        assert "is not known" in ended.out
        assert "hours: 2" in text
        assert "id: trees" in text
        assert newer.run("upgrade").code == 0


class TestMarkCovered:
    @pytest.fixture
    def covering(self, shell):
        """Return a shell whose second roadmap is covered by the first, in part."""
        (shell.folder / "roadmaps" / "other.yaml").write_text(OTHER, encoding="utf-8")
        text = (shell.folder / "roadmaps" / "small.yaml").read_text(encoding="utf-8")
        done = text.replace(
            "split, hours: 2", "split, status: done, completed: 2026-10-05, hours: 2"
        )
        (shell.folder / "roadmaps" / "small.yaml").write_text(done, encoding="utf-8")
        return shell

    def test_covered_skills_are_ticked_with_the_day_of_what_covers_them(self, covering):
        """Only fully covered skills are ticked, completed on the day the last cover was."""
        ended = covering.run("mark", "--covered")

        text = (covering.folder / "roadmaps" / "other.yaml").read_text(encoding="utf-8")
        assert ended.code == 0
        assert "  ✓ Splitting  2026-10-05  small/split" in ended.out
        assert ended.out.endswith("marked: 1 skill in 1 roadmap\n")
        assert "{id: s, name: Splitting, status: done, completed: 2026-10-05, " in text
        assert "{id: both, name: Both, covered_by: [small/split, small/knn]}" in text
        assert covering.run("check").code == 0

    def test_nothing_covered_is_said(self, covering):
        """A second time there is nothing to do, and a named roadmap limits what is done."""
        elsewhere = covering.run("mark", "--covered", "small", "--json")
        first = covering.run("mark", "--covered", "other", "--json")
        second = covering.run("mark", "--covered")

        assert (elsewhere.json["marked"], first.json["marked"]) == (0, 1)
        assert first.json["roadmaps"][0]["skills"][0]["completed"] == "2026-10-05"
        assert (second.code, second.out.split(":")[0]) == (0, "nothing to mark")

    def test_dates_stay_in_order(self, covering):
        """A skill that was begun after its cover was done is not completed before it was begun."""
        path = covering.folder / "roadmaps" / "other.yaml"
        begun = OTHER.replace("Splitting,", "Splitting, status: doing, started: 2026-10-09,")
        path.write_text(begun, encoding="utf-8")

        covering.run("mark", "--covered")

        assert "completed: 2026-10-09" in path.read_text(encoding="utf-8")
        assert covering.run("check").code == 0

    def test_any_one_of_a_choice_covers(self, covering):
        """With `any` the first cover that was done gives the day, whether the others are there or not."""
        path = covering.folder / "roadmaps" / "other.yaml"
        choice = OTHER.replace(
            "[small/split, small/knn]", "{any: [away/x, small/knn, small/split]}"
        )
        path.write_text(choice, encoding="utf-8")

        ended = covering.run("mark", "--covered")

        assert "marked: 2 skills" in ended.out
        assert "name: Both, status: done, completed: 2026-10-05, " in path.read_text("utf-8")
        assert covering.run("check").code == 0

    def test_covers_of_covers_count(self, covering):
        """What is covered by a covered skill is ticked in the same run, with the same day."""
        path = covering.folder / "roadmaps" / "third.yaml"
        third = "title: T\nsections: [{title: A, skills: [{name: X, covered_by: [other/s]}]}]\n"
        path.write_text(third, encoding="utf-8")

        marked = covering.run("mark", "--covered", "--json").json

        assert [each["skills"][0]["completed"] for each in marked["roadmaps"]] == ["2026-10-05"] * 2

    @pytest.mark.parametrize(
        "words",
        [("mark",), ("mark", "knn"), ("mark", "knn", "finished"), ("mark", "k", "n", "finished")],
    )
    def test_other_words_are_usage_errors(self, covering, words):
        """Without --covered it takes skills and a status, and nothing else."""
        ended = covering.run(*words)
        as_json = covering.run(*words, "--json")

        assert (ended.code, ended.out, as_json.code) == (2, "", 2)
        assert "tracker mark --covered" in ended.err
        assert json.loads(as_json.out)["error"]


def test_hostile_editions_reach_no_screen_raw(newer, bundled, tmp_path):
    """Escapes and hidden directions in foreign roadmaps are shown as escapes."""
    evil = r'"\u202eevil\nerror: forged\u200b\u2066"'
    text = NEW.replace("Decision trees", evil).replace("First models", evil)
    (bundled / "small.yaml").write_text(text.replace("Small path", evil), encoding="utf-8")
    sent = tmp_path / "sent.yaml"
    sent.write_text(OTHER.replace("Older list", evil), encoding="utf-8")

    runs = [("upgrade", "--dry-run"), ("roadmaps",), ("add", str(sent)), ("-v", "upgrade", "--yes")]
    for words in (*runs, ("mark", "split", "done"), ("mark", "--covered"), ("roadmaps",)):
        ended = newer.run(*words)
        assert ended.code == 0, ended.err
        assert "\x1b" not in ended.out + ended.err
        assert "\u202e" not in ended.out + ended.err
        assert "\nerror: forged" not in ended.out + ended.err
