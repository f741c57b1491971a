"""The latest answers of links, in a JSON file that anyone may delete.

Never stops a run: an unreadable file counts as empty, an unwritable one stays as it is. Links that
carry a password are not remembered.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from tracker.adapters.files import check_own, read_file, replace_own_file
from tracker.local_ports import Clock
from tracker.roadmap.links import LONGEST_URL, LinkAnswer, Verdict, has_userinfo

SCHEMA = 1
MOST_BYTES = 32_000_000
LASTING = frozenset({Verdict.OK, Verdict.MOVED})
KEPT_LONG = timedelta(days=7)
KEPT_SHORT = timedelta(hours=1)


class LinkCache:
    """The answers in one file; good ones are fresh for a week, others for an hour."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def load_answers(self) -> tuple[LinkAnswer, ...]:
        """Load the answers that are still fresh; whatever is not understood is left out."""
        return tuple(answer for answer, _ in self._load_fresh().values())

    def save_answers(self, answers: Sequence[LinkAnswer]) -> None:
        """Remember answers beside the fresh ones."""
        now = self._clock.now()
        kept = self._load_fresh()
        kept |= {answer.url: (answer, now) for answer in answers if not has_userinfo(answer.url)}
        links = [asdict(answer) | {"at": at} for answer, at in kept.values()]
        for link in links:
            # It says something of this run only.
            del link["maybe_offline"]
        content = json.dumps({"schema": SCHEMA, "links": links}, indent=1) + "\n"
        try:
            check_own(self._path)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replace_own_file(self._path, content.encode())
        except OSError:
            return

    def _load_fresh(self) -> dict[str, tuple[LinkAnswer, str]]:
        now = datetime.fromisoformat(self._clock.now())
        fresh: dict[str, tuple[LinkAnswer, str]] = {}
        for entry in self._load_entries():
            try:
                answer, at = _decode(entry)
                age = now - datetime.fromisoformat(at)
            except (KeyError, TypeError, ValueError, OverflowError):
                continue
            # An entry of the future was written before the clock was set back: its age is unknown.
            if timedelta(0) <= age < (KEPT_LONG if answer.verdict in LASTING else KEPT_SHORT):
                fresh[answer.url] = (answer, at)
        return fresh

    def _load_entries(self) -> list[object]:
        try:
            content: object = json.loads(read_file(self._path, MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return []
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            return []
        links = content.get("links")
        return links if isinstance(links, list) else []


def _decode(entry: object) -> tuple[LinkAnswer, str]:
    """Return an answer and its time; raise KeyError, TypeError or ValueError for anything else."""
    if not isinstance(entry, dict):
        raise TypeError
    url, detail, final_url, at = (entry[key] for key in ("url", "detail", "final_url", "at"))
    for text in (url, detail, final_url, at):
        if not isinstance(text, str) or len(text) > LONGEST_URL:
            raise TypeError
    verdict, seconds = Verdict(entry["verdict"]), float(entry["seconds"])
    return LinkAnswer(url, verdict, detail, final_url, seconds), at
