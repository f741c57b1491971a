"""One upgrade from end to end, to be read: `new-edition/` holds what goes in and what comes out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tracker.cli.render.library import render_result, render_upgrades
from tracker.wiring import Overrides, init_folder, open_library
from tracker.workflows.library import choose_removals, plan_upgrades, run_upgrade

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "new-edition"
NAME = "small"


def text(name):
    """Return a file of the story."""
    return (FOLDER / name).read_text(encoding="utf-8")


def tell(root, *, without_base=False):
    """Let a learner take the first edition, work with it, and upgrade to the next one."""
    bundled, learner = root / "bundled", root / "learner"
    bundled.mkdir(parents=True)
    overrides = Overrides(bundled=bundled)
    (bundled / f"{NAME}.yaml").write_text(text("base.yaml"), encoding="utf-8")
    init_folder(learner, [NAME], None, overrides=overrides)
    copy = learner / "roadmaps" / f"{NAME}.yaml"
    copy.write_text(text("before.yaml"), encoding="utf-8")
    (bundled / f"{NAME}.yaml").write_text(text("edition.yaml"), encoding="utf-8")
    if without_base:
        (learner / ".tracker" / "editions" / f"{NAME}.yaml").unlink()
    library = open_library(learner, overrides=overrides)
    plans = plan_upgrades(library, ())
    if not without_base:
        plans = plan_upgrades(library, (), choose_removals(plans, ["vagrant"]))
    result = run_upgrade(library, plans)
    told = "\n".join(
        line.plain for line in [*render_upgrades(plans, 80), *render_result(result, 80)]
    )
    return library, copy.read_text(encoding="utf-8"), told + "\n"


@pytest.mark.parametrize(
    ("without_base", "after", "told"),
    [
        pytest.param(False, "after.yaml", "told.txt", id="the edition of the copy is known"),
        pytest.param(True, "after-additions.yaml", "told-additions.txt", id="it is not known"),
    ],
)
def test_an_upgrade_ends_as_it_is_written(tmp_path, without_base, after, told):
    """The copy and what is said come out as written, and a second upgrade has nothing to do."""
    library, copy, said = tell(tmp_path, without_base=without_base)

    assert copy == text(after)
    assert said == text(told)
    assert [plan.upgrade.edits for plan in plan_upgrades(library, ())] == [()]


def test_every_line_of_the_learner_is_still_there(tmp_path):
    """But for the skill that was taken out and two values of the author's, no line went."""
    _, copy, _ = tell(tmp_path)

    lost = [
        line.strip() for line in text("before.yaml").splitlines() if line not in copy.splitlines()
    ]

    assert lost == [
        'edition: "2026.04"',
        "goal: Can hold out a test set.",
        '- {title: "Old video", url: "https://example.org/video", type: video}',
        "hours: 3   # felt like 6",
        "- id: vagrant",
        "name: Vagrant",
    ]


if __name__ == "__main__":
    import tempfile

    for is_without, copy_name, told_name in (
        (False, "after.yaml", "told.txt"),
        (True, "after-additions.yaml", "told-additions.txt"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            _, made, words = tell(Path(folder), without_base=is_without)
        (FOLDER / copy_name).write_text(made, encoding="utf-8")
        (FOLDER / told_name).write_text(words, encoding="utf-8")
        sys.stdout.write(words)
