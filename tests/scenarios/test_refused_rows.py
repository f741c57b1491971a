"""A row that Notion refused leaves nothing behind that every later run would have to look for."""

import json

from tracker.cli.main import main
from tracker.wiring import init_folder

TAGS = ", ".join(f"t{number}" for number in range(101))
ROADMAP = f"""\
title: R
sections:
  - title: S
    skills:
      - {{id: knn, name: kNN}}
      - {{id: svm, name: SVM, tags: [{TAGS}]}}
"""


def sync(folder, capsys):
    code = main(["-C", str(folder), "sync", "--json"])
    return code, json.loads(capsys.readouterr().out)["requests"]


def test_a_row_that_cannot_be_is_not_looked_for(tmp_path, capsys):
    """The next run asks for the columns and the rows, and for nothing else."""
    init_folder(tmp_path, [], None)
    (tmp_path / "roadmaps" / "r.yaml").write_text(ROADMAP, encoding="utf-8")

    first, _ = sync(tmp_path, capsys)

    assert first == 1
    assert sync(tmp_path, capsys) == (1, 2)
