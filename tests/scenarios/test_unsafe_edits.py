"""An edit that cannot be made safely holds up its own skill and nothing else."""

from datetime import date

import pytest

from tracker.adapters.files import digest_of
from tracker.adapters.roadmap_files.save import RoadmapSaver
from tracker.adapters.roadmap_files.splice import splice
from tracker.errors import UnsafeEditError
from tracker.roadmap.edits import SetValue
from tracker.sync.model import Outcome, Policy
from tracker.wiring import init_folder, open_services, open_workspace
from tracker.workflows.sync import run_sync

pytestmark = pytest.mark.slow

ROADMAP = """\
title: R
sections:
  - title: S
    skills:
      - {id: knn, name: kNN, status: !!str todo}
      - {id: svm, name: SVM, status: todo}
"""


def sync(folder):
    with open_services(folder, environ={}) as services:
        return run_sync(
            services,
            (),
            Policy(today=date(2026, 11, 3)),
            confirm=lambda _: True,
            progress=lambda *_: None,
        )


@pytest.mark.guarantee("G15")
def test_one_unsafe_edit_does_not_stop_the_rest(tmp_path, monkeypatch):
    """The safe tick arrives in the file; the other skill fails, and both sides of it stay."""
    init_folder(tmp_path, [], None)
    path = tmp_path / "roadmaps" / "r.yaml"
    path.write_text(ROADMAP.replace("!!str ", ""), encoding="utf-8")
    sync(tmp_path)
    with open_workspace(tmp_path) as workspace:
        for skill_id in ("knn", "svm"):
            workspace.set_status(skill_id, "Done")
    _refuse_edits_of_first_skill(monkeypatch)

    result = sync(tmp_path)

    failed = {each.action.skill_id for each in result.outcomes if each.outcome is Outcome.FAILED}
    assert failed == {"knn"}
    text = path.read_text(encoding="utf-8")
    assert "{id: knn, name: kNN, status: todo}" in text
    assert "{id: svm, name: SVM, status: done, completed: 2026-11-03}" in text
    monkeypatch.undo()
    sync(tmp_path)
    assert "{id: knn, name: kNN, status: done" in path.read_text(encoding="utf-8")


def _refuse_edits_of_first_skill(monkeypatch):
    def careful(text, edits):
        if any(getattr(edit, "at", None) == (0, 0) for edit in edits):
            return splice(text.replace("status: todo", "status: !!str todo", 1), edits)
        return splice(text, edits)

    monkeypatch.setattr("tracker.adapters.roadmap_files.splice.splice", careful)


def test_the_saver_says_what_is_unsafe_and_writes_nothing(tmp_path):
    """A tagged value is not edited; asking about it changes no byte."""
    init_folder(tmp_path, [], None)
    path = tmp_path / "roadmaps" / "r.yaml"
    path.write_text(ROADMAP, encoding="utf-8")

    saver, digest = RoadmapSaver(tmp_path), digest_of(path.read_bytes())
    edit = SetValue((0, 0), "status", "done")

    problem = saver.check_edits("r", digest, [edit])

    assert problem is not None
    with pytest.raises(UnsafeEditError):
        saver.save_edits("r", digest, [edit])
    assert path.read_text(encoding="utf-8") == ROADMAP
