"""Roadmap text in, edited roadmap text out: every byte that no edit asks to change stays.

Pure: no disk. The text is never dumped anew; patches of it are replaced at the marks of its nodes,
the result is parsed again and compared with what the edits intend, and on any mismatch there is no
result but a `SpliceError`.
"""

from __future__ import annotations

from tracker.adapters.roadmap_files.splice.splicer import Spliced, splice
from tracker.adapters.roadmap_files.splice.text import SpliceError

__all__ = ["SpliceError", "Spliced", "splice"]
