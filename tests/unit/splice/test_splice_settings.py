from __future__ import annotations

import pytest

from tracker.adapters.roadmap_files.splice import SpliceError, set_setting

PATH = ("notion", "databases", "ds")

SETTINGS = {
    "an empty file": ("", 'notion:\n  databases:\n    ds: "1"\n'),
    "a file with only comments": ("# c\n", '# c\nnotion:\n  databases:\n    ds: "1"\n'),
    "a mapping that lacks the inner one": (
        "notion:\n  parent: x # c\nprefer: ask\n",
        'notion:\n  parent: x # c\n  databases:\n    ds: "1"\nprefer: ask\n',
    ),
    "a mapping that is null": ("notion:  # c\n", 'notion:  # c\n  databases:\n    ds: "1"\n'),
    "a mapping in flow style": ("notion: {}\n", 'notion: {databases: {ds: "1"}}\n'),
    "a value that is there": (
        "notion:\r\n  databases:\r\n    ds: old  # c\r\n",
        'notion:\r\n  databases:\r\n    ds: "1"  # c\r\n',
    ),
    "a file without a last break": ("a: 1", 'a: 1\nnotion:\n  databases:\n    ds: "1"'),
}


@pytest.mark.parametrize(("before", "after"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_is_written_where_it_belongs(before, after):
    """Missing mappings are made at the end; comments and line ends stay."""
    assert set_setting(before, PATH, "1") == after
    assert set_setting(after, PATH, "1") == after


def test_a_setting_is_removed():
    """None takes the key away, and does nothing where it is not."""
    assert set_setting("a: 1\nb: 2\n", ("a",), None) == "b: 2\n"
    assert set_setting("b: 2\n", ("a", "c"), None) == "b: 2\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("notion:\n  # mine\n  databases:\n    ds: x  # c\n", "notion:\n  # mine\n  databases:\n"),
        (
            "notion:\n  databases:\n    ds: x\n  workers: 1\n",
            "notion:\n  databases:\n  workers: 1\n",
        ),
        ("notion: {databases: {ds: x}}\n", "notion: {databases: {}}\n"),
    ],
)
def test_the_last_setting_of_a_mapping_is_removed(before, after):
    """The mapping that is left without keys stays, null in block style."""
    assert set_setting(before, PATH, None) == after


@pytest.mark.parametrize("text", ["- a\n", "notion: x\n", "a: [\n", "a: 1\n---\nb: 1\n"])
def test_a_setting_without_a_place_is_refused(text):
    """A file that is no mapping, or has another value on the way, is not touched."""
    with pytest.raises(SpliceError):
        set_setting(text, PATH, "1")
