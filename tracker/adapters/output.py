"""Write to a file that a person named: replace it whole, or leave it as it is.

Follows a link that a person names, and creates no folder. The files that a learner's folder lives on
are never replaced: its settings, its roadmaps, and everything in `.tracker`.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from tracker.adapters.files import OWN_FOLDER, replace_file
from tracker.adapters.roadmap_files.load import FOLDER, SUFFIXES
from tracker.settings import SETTINGS_NAME


def save_output(path: Path, text: str) -> None:
    """Write a text as UTF-8, atomically; raise OSError, whose `strerror` says why, and write nothing."""
    real = Path(os.path.realpath(path))
    protected = ""
    if OWN_FOLDER in real.parts:
        protected = f"what stands in {OWN_FOLDER}/"
    elif real.name == SETTINGS_NAME:
        protected = SETTINGS_NAME
    elif real.parent.name == FOLDER and real.suffix.lower() in SUFFIXES and real.exists():
        protected = "a roadmap"
    if protected:
        raise PermissionError(errno.EPERM, f"{protected} is not replaced by an answer", str(path))
    replace_file(path, text.encode("utf-8", errors="backslashreplace"), expected_digest=None)
