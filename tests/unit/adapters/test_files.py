"""Files are read within bounds, and what is no regular file is refused without waiting for it."""

import os
import sys

import pytest

from tracker.adapters.files import (
    LinkedFileError,
    TooLargeError,
    UnfitFileError,
    check_own,
    read_file,
    replace_file,
    replace_own_file,
)

no_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
no_devices = pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no /dev/zero")  # noqa: PTH110
no_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


def test_a_file_within_its_bound_is_read(tmp_path):
    """The bound itself is allowed."""
    (tmp_path / "a").write_bytes(b"12345")

    assert read_file(tmp_path / "a", 5) == b"12345"


def test_a_larger_file_is_refused(tmp_path):
    """One byte more is too much, and the bound is named."""
    (tmp_path / "a").write_bytes(b"123456")

    with pytest.raises(TooLargeError, match="more than 5 bytes"):
        read_file(tmp_path / "a", 5)


def test_a_huge_file_costs_no_memory(tmp_path):
    """The size is looked at first: a sparse file of a terabyte is refused at once."""
    with (tmp_path / "a").open("wb") as stream:
        try:
            stream.truncate(2**40)
        except OSError:
            pytest.skip("this file system has no sparse files of that size")

    with pytest.raises(TooLargeError):
        read_file(tmp_path / "a", 1_000)


def test_what_is_not_there_is_told_as_that(tmp_path):
    """A missing file is the error that everybody knows."""
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "a", 5)


@no_pipes
def test_a_named_pipe_is_not_waited_for(tmp_path):
    """Nobody writes to the pipe, and reading returns all the same."""
    os.mkfifo(tmp_path / "a")

    with pytest.raises(UnfitFileError, match="named pipe"):
        read_file(tmp_path / "a", 5)
    with pytest.raises(UnfitFileError, match="named pipe"):
        replace_file(tmp_path / "a", b"x", None)


@no_devices
def test_a_device_is_not_read(tmp_path):
    """A link to an endless device is refused like the device."""
    (tmp_path / "a").symlink_to("/dev/zero")

    with pytest.raises(UnfitFileError, match="a device"):
        read_file(tmp_path / "a", 5)


def test_a_folder_is_neither_read_nor_replaced(tmp_path):
    """A folder of this name stays as it is."""
    (tmp_path / "a").mkdir()

    with pytest.raises(UnfitFileError, match="a folder"):
        read_file(tmp_path / "a", 5)
    with pytest.raises(UnfitFileError, match="a folder"):
        replace_file(tmp_path / "a", b"x", None)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@no_links
@pytest.mark.guarantee("G13")
@pytest.mark.parametrize(
    ("link", "path"),
    [
        pytest.param(".tracker/lock.json", ".tracker/lock.json", id="the file"),
        pytest.param(".tracker/editions", ".tracker/editions/a.yaml", id="a folder on the way"),
        pytest.param(".tracker", ".tracker/state.db", id="the folder of all of them"),
        pytest.param(".gitignore", ".gitignore", id="a file beside it"),
    ],
)
def test_a_file_of_ones_own_is_written_through_no_link(tmp_path, link, path):
    """The link is named as it stands in the learner's folder."""
    (tmp_path / "home" / ".tracker").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = tmp_path / "home" / link
    if place.is_dir():
        place.rmdir()
    place.symlink_to(elsewhere)

    with pytest.raises(LinkedFileError) as caught:
        replace_own_file(tmp_path / "home" / path, b"x")

    assert link in caught.value.strerror
    assert list(elsewhere.iterdir()) == []


@no_links
def test_links_above_the_learners_folder_are_nobodys_business(tmp_path):
    """A folder that is reached through a link is as good as any."""
    (tmp_path / "real" / ".tracker").mkdir(parents=True)
    (tmp_path / "home").symlink_to(tmp_path / "real")

    check_own(tmp_path / "home" / ".tracker" / "lock.json")
