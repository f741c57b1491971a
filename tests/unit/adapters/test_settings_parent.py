"""A page is spliced into tracker.yaml; what a person wrote there stays."""

from __future__ import annotations

import pytest

from tracker.adapters.settings_file import SETTINGS_NAME, prepare_parent

PAGE = "38c9ce7b-60a4-8186-8656-f538500d99fc"
CASES = {
    "no mapping of Notion": (
        "# mine\nprefer: ask\n",
        "# mine\nprefer: ask\nnotion:\n  parent: ID\n",
    ),
    "Windows line ends": ("prefer: ask\r\n", "prefer: ask\r\nnotion:\r\n  parent: ID\r\n"),
    "a byte order mark": ("\ufeffprefer: ask\n", "\ufeffprefer: ask\nnotion:\n  parent: ID\n"),
    "databases of another page": (
        "notion:\n  workers: 2  # slow\n  databases:\n    ds: x\n",
        "notion:\n  workers: 2  # slow\n  parent: ID\n",
    ),
    "a passage that is reworded": ("# old\r\nprefer: ask\r\n", "notion: {parent: ID}\r\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_page_is_spliced_in(tmp_path, case):
    """Nothing is written before the returned function is called."""
    before, after = CASES[case]
    path = tmp_path / SETTINGS_NAME
    path.write_bytes(before.encode())
    reworded = {"# old\nprefer: ask\n": f"notion: {{parent: {PAGE}}}\n"}

    save = prepare_parent(tmp_path, PAGE, reworded)

    assert path.read_bytes() == before.encode()
    save()
    assert path.read_bytes() == after.replace("ID", PAGE).encode()


def test_a_file_that_changed_meanwhile_keeps_the_change(tmp_path):
    """The page goes into what an editor saved between the two."""
    path = tmp_path / SETTINGS_NAME
    path.write_text("prefer: ask\n", encoding="utf-8")
    save = prepare_parent(tmp_path, PAGE)
    path.write_text("prefer: local\n", encoding="utf-8")

    save()

    assert path.read_text(encoding="utf-8") == f"prefer: local\nnotion:\n  parent: {PAGE}\n"
