"""The command that is meant by a word that is none: usual names of other programs, and misspelled ones.

Pure. Imported only when there is no such command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from tracker.cli.render.layout import quote_argument

REST = "…"
"""Where the words behind the unknown one go."""

MEANT: Mapping[str, str] = {
    "status": f"plan {REST}",
    "st": f"plan {REST}",
    "diff": f"plan {REST}",
    "preview": f"plan {REST}",
    "fetch": f"plan {REST}",
    "push": f"sync {REST}",
    "pull": f"sync {REST}",
    "commit": f"sync {REST}",
    "save": f"sync {REST}",
    "update": f"sync {REST}",
    "run": f"apply {REST}",
    "list": f"report {REST}",
    "ls": f"report {REST}",
    "progress": f"report {REST}",
    "stats": f"report {REST}",
    "summary": f"report {REST}",
    "dashboard": f"report {REST}",
    "todos": f"next {REST}",
    "todo": f"mark {REST} todo",
    "start": f"mark {REST} doing",
    "doing": f"mark {REST} doing",
    "done": f"mark {REST} done",
    "tick": f"mark {REST} done",
    "complete": f"mark {REST} done",
    "finish": f"mark {REST} done",
    "skip": f"mark {REST} skipped",
    "skipped": f"mark {REST} skipped",
    "search": f"show {REST}",
    "find": f"show {REST}",
    "info": f"show {REST}",
    "view": f"show {REST}",
    "cat": f"show {REST}",
    "history": f"log {REST}",
    "revert": f"undo {REST}",
    "rollback": f"undo {REST}",
    "settle": f"resolve {REST}",
    "merge": f"resolve {REST}",
    "open": "serve",
    "web": "serve",
    "browse": "serve",
    "ui": "serve",
    "remove": f"forget {REST}",
    "rm": f"forget {REST}",
    "delete": f"forget {REST}",
    "unlink": f"forget {REST}",
    "create": f"new {REST}",
    "install": f"add {REST}",
    "validate": f"check {REST}",
    "lint": f"check {REST}",
    "repair": "doctor --mend",
    "fix": "doctor --mend",
    "setup": f"init {REST}",
    "help": f"{REST} --help",
    "version": "--version",
}
"""Words that people know from elsewhere, and what they are here."""

NEEDED = {
    "mark": "SKILL",
    "show": "SKILL",
    "resolve": "SKILL",
    "forget": "ROADMAP",
    "apply": "FILE",
}
NEEDED |= {"new": "NAME", "add": "NAME"}
"""What a command cannot do without, where nothing was said."""


def find_meant(word: str, rest: Sequence[str]) -> str:
    """Return the command line that is meant by an unknown word and what stands behind it, or nothing."""
    known = MEANT.get(word.casefold())
    if known is None:
        return ""
    if known == "serve" and rest:
        # The workspace is opened as a whole; one skill is shown.
        known = f"show {REST}"
    command, *_ = known.split()
    if command == "show":
        # One skill is shown: several words are one name.
        flags = [given for given in rest if given.startswith("-")]
        name = " ".join(given for given in rest if not given.startswith("-"))
        rest = [*([name] if name else []), *flags]
    given = " ".join(quote_argument(word) for word in rest) or NEEDED.get(command, "")
    words = known.replace(REST, given) if given else " ".join(known.replace(REST, "").split())
    return f"tracker {words}"


def find_near(word: str, commands: Sequence[str]) -> str:
    """Return the command that is spelled much like a word, or nothing."""
    near = get_close_matches(word.casefold(), commands, n=1)
    return near[0] if near else ""
