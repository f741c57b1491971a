"""Files that a person names to write something into: replaced whole, or left as they are.

Follows a link that a person names, and makes no folder. What a learner's folder lives on is never
replaced: its settings, its roadmaps, and whatever stands in `.tracker`.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from tracker.adapters.files import OWN_FOLDER, replace_file
from tracker.adapters.roadmap_files.load import FOLDER, SUFFIXES
from tracker.adapters.settings_file import SETTINGS_NAME


def save_output(path: Path, text: str) -> None:
    """Write a text as UTF-8, atomically; raises OSError, whose `strerror` says why, and writes nothing."""
    real = Path(os.path.realpath(path))
    what = _name_protected(real)
    if what:
        raise PermissionError(errno.EPERM, f"{what} is not replaced by an answer", str(path))
    replace_file(path, text.encode("utf-8", errors="backslashreplace"), expected_digest=None)


def _name_protected(path: Path) -> str:
    """Say what a learner's folder keeps under this name; nothing if that is anybody's."""
    if OWN_FOLDER in path.parts:
        return f"what stands in {OWN_FOLDER}/"
    if path.name == SETTINGS_NAME:
        return SETTINGS_NAME
    is_roadmap = path.parent.name == FOLDER and path.suffix.lower() in SUFFIXES
    return "a roadmap" if is_roadmap and path.exists() else ""
