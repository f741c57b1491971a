"""Error messages at the end of a command: problems, usage, interruption, or a bug with its report file.

Only `main` calls it. Every text is cleaned of secrets: tokens by their value in the environment and by
how tokens look, rather too many than too few. Stdout stays empty but for `--json`. An unknown command is
answered with the one that is meant. The report of a bug is one new file; a disk that refuses it makes no
second error.
"""

from __future__ import annotations

import errno
import platform
import re
import secrets
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer

from tracker import __version__
from tracker.cli.app import COMMANDS, JSON_FLAG, Invocation
from tracker.cli.exits import INTERRUPTED, USAGE, exit_code
from tracker.cli.render.json_values import problems_json
from tracker.cli.render.layout import render_problems
from tracker.errors import NOTHING_WRITTEN, SETTLED, Problem, TrackerError
from tracker.text import clean_block, quote_argument

UNKNOWN_COMMAND = re.compile(r"No such command '(.*)'")
LIBRARY = {"Value error, ": "", "Assertion failed, ": "", "Input should be ": "it must be "}
LIBRARY_WORDS = re.compile(rf"(?<=': )({'|'.join(LIBRARY)})")

ASKING_FIRST = frozenset({"sync", "apply", "resolve", "undo", "redo", "forget", "connect"})
"""Commands that write nothing before their last question is answered."""

TRACEBACK_AT = 2
"""So many `-v` show the traceback of a bug on the screen too."""

REST = "…"
"""Where the words behind the unknown one go."""

MEANT = {
    word: command
    for command, words in {
        f"plan {REST}": "status st diff preview fetch",
        f"sync {REST}": "push pull commit save update",
        f"apply {REST}": "run",
        f"report {REST}": "progress stats summary dashboard streak graph chart calendar",
        f"list {REST}": "ls search find skills",
        f"next {REST}": "todos",
        f"mark {REST} todo": "todo",
        f"start {REST}": "doing begin",
        f"done {REST}": "tick complete finish",
        f"mark {REST} skipped": "skip skipped",
        f"show {REST}": "info view cat edit why",
        f"log {REST}": "history",
        f"undo {REST}": "revert rollback reset restore back",
        f"resolve {REST}": "settle merge",
        f"open {REST}": "web browse ui",
        f"forget {REST}": "remove rm delete unlink",
        f"new {REST}": "create",
        f"add {REST}": "install",
        f"check {REST}": "validate lint",
        "doctor --fix": "repair fix mend",
        "doctor": "config settings debug",
        "serve": "server workspace",
        "roadmaps": "tracks paths courses",
        f"init {REST}": "setup",
        "init": "clone bootstrap",
        f"connect {REST}": "login link auth",
        f"{REST} --help": "help",
        "--version": "version",
    }.items()
    for word in words.split()
}
"""Words that people know from elsewhere, and what they are here."""

NEAR = 0.72
NEEDED = {
    **dict.fromkeys(("mark", "start", "done", "show", "resolve"), "SKILL"),
    "forget": "ROADMAP",
    "apply": "FILE",
    "connect": "PAGE",
    **dict.fromkeys(("new", "add"), "NAME"),
}
"""What a command cannot do without, where nothing was said."""


_INTERRUPTED = Problem(
    code="interrupted",
    what="interrupted",
    kept="every settled change stands",
    next="run the same command again; it goes on from there",
)
_UNANSWERED = Problem(
    code="interrupted",
    what="interrupted",
    kept="nothing was written; the answers are dropped",
    next="run the same command again; it asks anew",
)
SECRET_NAMES = ("NOTION_TOKEN", "TRACKER_WORKSPACE_TOKEN")
HIDDEN = "[secret]"
SHORTEST = 6
"""A shorter value in the environment is no secret, and hiding it would garble every text."""

TOKENS = re.compile(
    r"\b(?:ntn|secret)_[A-Za-z0-9_-]+|(?<=bearer )[^\s'\",]+|(?<=://)[^/\s@'\"]+(?=@)",
    re.IGNORECASE,
)
PACKAGES = ("typer", "rich", "pydantic", "pyyaml", "httpx", "notion-client", "flask", "filelock")


def answer_error(error: BaseException, call: Invocation) -> int:
    """Tell what ended the run, on stderr or as JSON, and return the exit code."""
    if not call.command:
        # Parsing failed before a command began: its name tells whether it could have written.
        call.command = next((word for word in call.arguments if word in COMMANDS), "")
    match error:
        case TrackerError():
            return _answer(call, exit_code(error), error.problems)
        case KeyboardInterrupt():
            # What was asked is not answered, so nothing was done yet.
            at_question = call.screen.is_asking and call.command in ASKING_FIRST
            return _answer(call, INTERRUPTED, [_UNANSWERED if at_question else _INTERRUPTED])
        # typer has a click of its own: click.ClickException would not catch its usage errors.
        case typer.TyperException():
            return _answer_usage(error, call)
        # A full disk can stop any write, also one of a log or of an answer: it is no bug.
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EFBIG):
            full = Problem(
                code="no-room",
                what="there is no room to write",
                why=error.strerror or str(error),
                kept="every settled change stands",
                next="free disk space, or send the output elsewhere; running the command again is safe",
            )
            return _answer(call, USAGE, [full])
        case _:
            return _answer_bug(error, call)


def answer_completion_error(call: Invocation) -> int:
    """Tell that completion was requested without the shell's words, and return the exit code."""
    problem = Problem(
        code="usage",
        what="the variable _TRACKER_COMPLETE asks for completion, and the shell's words are missing",
        why="it is set while `tracker` runs as a command, or by another program",
        kept="nothing was read or written",
        next="unset _TRACKER_COMPLETE",
    )
    return _answer(call, USAGE, [problem])


def _answer(call: Invocation, code: int, problems: Sequence[Problem]) -> int:
    clean = [_clean(problem, call) for problem in problems]
    if call.is_json and not call.screen.out.is_closed:
        what = clean[0].what if clean else ""
        # An answer that cannot be printed, on a full disk, is told on stderr instead.
        with suppress(OSError):
            call.answer_json(code, {"error": what, "problems": problems_json(clean)})
            return code
    # A command that only reads need not say that it wrote nothing.
    if call.is_reading:
        clean = [replace(problem, kept="") for problem in clean]
    with suppress(OSError):
        call.screen.tell(render_problems(clean, call.screen.told_width))
    return code


def _clean(problem: Problem, call: Invocation) -> Problem:
    """Return a problem without secrets, and with what was kept as is true here."""
    # Errors that end a command come before its first write.
    kept = NOTHING_WRITTEN if problem.kept == SETTLED else problem.kept
    what, why, kept, then = (
        redact(text, call.environ) for text in (problem.what, problem.why, kept, problem.next)
    )
    return replace(problem, what=what, why=why, kept=kept, next=then)


def _answer_usage(error: typer.TyperException, call: Invocation) -> int:
    """Tell what typer could not parse."""
    message = error.format_message()
    unknown = UNKNOWN_COMMAND.search(message)
    # The values are checked by a library that begins its own sentences like this.
    message = LIBRARY_WORDS.sub(lambda found: LIBRARY[found[1]], message, count=1)
    what = message[:1].lower() + message[1:].rstrip(".")
    then = f"tracker {call.command}".rstrip() + " --help"
    if unknown:
        # A slip of the finger; of words that are less alike, no one can tell what was meant.
        near = get_close_matches(unknown[1].casefold(), COMMANDS, n=1, cutoff=NEAR)
        then = f"tracker {near[0]}" if near else then
        if meant := find_meant(unknown[1], _find_rest(call.arguments, unknown[1])):
            what, then = f"unknown command '{unknown[1]}'; did you mean: {meant}", meant
    return _answer(call, error.exit_code, [Problem(code="usage", what=what, next=then)])


def _find_rest(arguments: Sequence[str], word: str) -> list[str]:
    """Return the words behind an unknown one, without the options that every command takes."""
    rest: list[str] = []
    given = iter(arguments[arguments.index(word) + 1 :] if word in arguments else ())
    for word_given in given:
        if word_given == "-C":
            next(given, None)
        elif word_given not in {"-v", "-vv", "--verbose", JSON_FLAG}:
            rest.append(word_given)
    return rest


def _answer_bug(error: BaseException, call: Invocation) -> int:
    report = format_crash(error, call.arguments, call.environ)
    path = save_crash(report, call.folder)
    if call.verbosity >= TRACEBACK_AT and not call.is_json:
        shown = redact("".join(traceback.format_exception(error)), call.environ)
        call.screen.err.write(clean_block(shown))
    where = f"the report is in {path}" if path else "no report could be written"
    problem = Problem(
        code="bug",
        what=f"this is a bug in tracker: {type(error).__name__}",
        why=str(error),
        kept="every settled change stands; running the same command again is safe",
        next=f"{where}; please pass it on, it holds no secrets",
    )
    return _answer(call, exit_code(error), [problem])


def find_meant(word: str, rest: Sequence[str]) -> str:
    """Return the command line that an unknown word and the words behind it mean, or nothing."""
    word = word.casefold()
    # `Done` is `done`.
    known = f"{word} {REST}" if word in COMMANDS else MEANT.get(word)
    if known is None:
        return ""
    command, *_ = known.split()
    if command in {"show", "open"}:
        # One skill is shown: several words are one name.
        flags = [given for given in rest if given.startswith("-")]
        name = " ".join(given for given in rest if not given.startswith("-"))
        rest = [*([name] if name else []), *flags]
    given = " ".join(quote_argument(word) for word in rest) or NEEDED.get(command, "")
    words = known.replace(REST, given) if given else " ".join(known.replace(REST, "").split())
    return f"tracker {words}"


def redact(text: str, environ: Mapping[str, str]) -> str:
    """Replace token values of the environment and everything that looks like a token."""
    for name in SECRET_NAMES:
        value = environ.get(name, "").strip()
        if len(value) >= SHORTEST:
            text = text.replace(value, HIDDEN)
    return TOKENS.sub(HIDDEN, text)


def format_crash(error: BaseException, arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Format a report for maintainers; local variables are never part of it, they may hold secrets."""
    # Says "not installed" of a package that is missing, which may be what broke.
    found = dict.fromkeys(PACKAGES, "not installed")
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    lines = [
        f"tracker {__version__}",
        f"python {platform.python_version()} on {platform.platform()}",
        *(f"{name} {number}" for name, number in found.items()),
        f"arguments: {list(arguments)!r}",
        "",
        *traceback.format_exception(error),
    ]
    return redact("\n".join(line.rstrip("\n") for line in lines) + "\n", environ)


def save_crash(report: str, folder: Path) -> Path | None:
    """Write a report into the folder's own `.tracker`, or the temporary folder, if either can be written."""
    # Hard to guess: in a temporary folder, others may put a file or a link there first.
    name = f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.txt"
    for is_own in (True, False):
        # Looking for a place fails, too, where no temporary folder can be written.
        with suppress(OSError):
            place = _find_own_folder(folder) if is_own else Path(tempfile.gettempdir())
            if place is not None:
                _save_new(place / name, report)
                return place / name
    return None


def _save_new(path: Path, report: str) -> None:
    """Write a new file that only its owner can read; one that the disk cuts off is removed."""
    path.touch(0o600, exist_ok=False)
    try:
        path.write_text(report, encoding="utf-8", errors="backslashreplace")
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _find_own_folder(start: Path) -> Path | None:
    """Return an existing `.tracker` from here upwards; none is made for a report."""
    start = start.absolute()
    candidates = (folder / ".tracker" for folder in (start, *start.parents))
    own = next((folder for folder in candidates if folder.is_dir()), None)
    # Somebody else's link could lead the report anywhere.
    return None if own is None or own.is_symlink() else own
