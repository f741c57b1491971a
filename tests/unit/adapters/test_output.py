"""What `--out` may replace, and how."""

import os
import sys

import pytest

from tracker.adapters import files
from tracker.adapters.output import save_output

no_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


def test_a_file_is_replaced_as_a_whole(tmp_path, monkeypatch):
    """A disk that refuses in the middle leaves the older answer, and no litter."""
    path = tmp_path / "report.html"
    save_output(path, "first")

    def fill(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", fill)
        with pytest.raises(OSError, match="No space"):
            save_output(path, "second")

    assert path.read_text(encoding="utf-8") == "first"
    assert os.listdir(tmp_path) == ["report.html"]  # noqa: PTH208


@pytest.mark.parametrize(
    "name", ["tracker.yaml", "roadmaps/ds-path.yaml", ".tracker/state.db", ".tracker/new.html"]
)
def test_what_a_folder_lives_on_is_never_replaced(tmp_path, name):
    """Settings, roadmaps and the files of tracker's own are refused by name."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if "new" not in name:
        path.write_text("precious", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(PermissionError, match="is not replaced"):
        save_output(path, "an answer")

    assert sorted(tmp_path.rglob("*")) == before
    assert "new" in name or path.read_text(encoding="utf-8") == "precious"


@no_links
def test_a_link_that_a_person_names_is_followed(tmp_path):
    """The file at its other end is replaced, under the same rules."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "report.html").write_text("old", encoding="utf-8")
    (tmp_path / "report.html").symlink_to("site/report.html")
    (tmp_path / "tracker.yaml").write_text("precious", encoding="utf-8")
    (tmp_path / "harmless.html").symlink_to("tracker.yaml")

    save_output(tmp_path / "report.html", "new")
    with pytest.raises(PermissionError):
        save_output(tmp_path / "harmless.html", "new")

    assert (tmp_path / "report.html").is_symlink()
    assert (tmp_path / "site" / "report.html").read_text(encoding="utf-8") == "new"
    assert (tmp_path / "tracker.yaml").read_text(encoding="utf-8") == "precious"
