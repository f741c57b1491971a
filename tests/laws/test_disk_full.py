"""A full disk is told in four parts, loses nothing, and heals with the next run (G5, G13)."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from crash import CountingTransport, EffectCounter, FullDisk, Moment, mortal_disk
from sandbox import Sandbox
from shell import open_shell

TEXT = """\
title: Small path
sections:
  - title: Basics
    skills:
      - {id: split, name: Split, hours: 2}
      - Bare string
      - {id: knn, name: kNN}
"""

TOLD = {(3, "file-not-written"), (4, "settings-not-written"), (6, "state-unusable")}

pytestmark = [pytest.mark.guarantee("G5", "G13"), pytest.mark.slow]


def _edit_both(sandbox):
    sandbox.sync()
    sandbox.replace("hours: 2", "hours: 3")
    sandbox.person.edit("knn", {"Status": "Done"})
    sandbox.person.add({"Skill": "From the phone", "Section": "Basics"})


@pytest.fixture(params=[lambda _: None, _edit_both], ids=["a first push", "edits on both sides"])
def template(request, tmp_path):
    """Give a folder whose next sync writes to every file there is."""
    with Sandbox(tmp_path / "template") as sandbox:
        sandbox.write(TEXT)
        request.param(sandbox)
    return tmp_path / "template"


def _copy(template, name):
    shutil.copytree(template, template.parent / name)
    return Sandbox(template.parent / name)


def _run(shell, fate, *words):
    shell.sandbox.wrap = lambda inner: CountingTransport(inner, fate)
    with mortal_disk(fate):
        ended = shell.run(*words)
    shell.sandbox.wrap = lambda inner: inner
    return ended


def test_wherever_the_disk_is_full(template, monkeypatch, capsys):
    """At every single write a full disk ends the run with a clear message, and the next one heals.

    But for what only saves time, such as how many requests the server takes: then the run went well.
    """
    counted = EffectCounter()
    with _copy(template, "whole") as sandbox:
        _run(open_shell(sandbox, monkeypatch, capsys), counted, "sync")
        expected = sandbox.sides()
    points = [at for at, name in enumerate(counted.effects) if "/v1/" not in name]

    for at in points:
        where = f"{counted.effects[at]} ({at})"
        with _copy(template, f"full-{at}") as sandbox, monkeypatch.context() as patch:
            shell = open_shell(sandbox, patch, capsys)
            ended = _run(shell, FullDisk(at, Moment.TORN), "sync", "--json")
            reached = sandbox.sides()
            again = shell.run("sync", "--json")

            if ended.code == 0:
                assert (reached, ended.json["problems"]) == (expected, []), where
            else:
                problem = ended.json["problems"][-1]
                assert (ended.code, problem["code"]) in TOLD, where
                assert all(problem[part] for part in ("what", "why", "kept", "next")), where
                assert "space" in problem["why"] + problem["next"], where
            assert not list(sandbox.folder.rglob("crash-*")), where
            assert (again.code, sandbox.sides()) == (0, expected), where
            assert not list(sandbox.folder.rglob("*.tmp")), where
            assert sandbox.plan().is_empty, where


def test_marking_on_a_full_disk(tmp_path, monkeypatch, capsys):
    """A mark that cannot be written leaves the file as it is, and says so."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(TEXT)
        shell = open_shell(sandbox, monkeypatch, capsys)
        for at in range(3):
            ended = _run(shell, FullDisk(at, Moment.TORN), "mark", "knn", "done")

            assert ended.code in {3, 6}
            assert ended.err.count("\n") == 4
            assert sandbox.path().read_text(encoding="utf-8") == TEXT

        assert shell.run("mark", "knn", "done").code == 0


def _limit_files(size):
    """Return what makes a process unable to write files beyond a size, as a full disk would."""
    resource = pytest.importorskip("resource")
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
@pytest.mark.parametrize("size", [90_000, 120_000])
def test_a_first_push_without_room(tmp_path, size):
    """Whichever file does not fit, the run ends with 6 and one message, and the next one heals."""
    skills = [f"      - {{id: s{number}, name: Skill {number}}}\n" for number in range(12)]
    (tmp_path / "roadmaps").mkdir()
    (tmp_path / "roadmaps" / "r.yaml").write_text(
        "title: R\nsections:\n  - title: A\n    skills:\n" + "".join(skills), encoding="utf-8"
    )
    (tmp_path / "tracker.yaml").write_text("prefer: ask\n", encoding="utf-8")
    command = [sys.executable, "-m", "tracker.cli.main", "-C", str(tmp_path), "sync", "--yes"]

    ended = subprocess.run(
        command,
        preexec_fn=_limit_files(size),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    healed = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    again = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert ended.returncode == 6, ended
    assert (ended.stdout + ended.stderr).count("error: ") == 1, ended
    assert not list(tmp_path.rglob("crash-*"))
    assert (healed.returncode, again.returncode) == (0, 0)
    assert "nothing to do" in again.stdout
