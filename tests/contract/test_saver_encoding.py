"""The saver does not write what it cannot read."""

import pytest

from tracker.adapters.files import digest_of
from tracker.adapters.roadmap_files.save import RoadmapSaver
from tracker.errors import RoadmapError
from tracker.roadmap.edits import SetValue


def test_a_file_that_is_not_utf_8_is_left_alone(tmp_path):
    """Bytes that are no UTF-8 are told with their place, and stay."""
    content = "title: Caf\xe9\n".encode("latin-1")
    path = tmp_path / "roadmaps" / "x.yaml"
    path.parent.mkdir()
    path.write_bytes(content)
    edit = SetValue((0, 0), "hours", 2.0)

    with pytest.raises(RoadmapError) as caught:
        RoadmapSaver(tmp_path).save_edits("x", digest_of(content), [edit])

    assert caught.value.problems[0].code == "not-utf-8"
    assert "byte 10" in caught.value.problems[0].why
    assert path.read_bytes() == content
