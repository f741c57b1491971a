"""What is said when a command ends in an error: problems, usage, interruption, or a bug.

Only `main` calls it. Every text is cleaned of secrets; stdout stays empty but for `--json`. A word that
is no command is answered with the one that is meant.
"""

from __future__ import annotations

import errno
import re
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches

import typer

from tracker.cli.app import COMMANDS
from tracker.cli.call import JSON_FLAG, Frame, answer_json
from tracker.cli.crash import format_crash, redact, save_crash
from tracker.cli.exits import INTERRUPTED, USAGE, exit_code
from tracker.cli.render.answers import problems_json
from tracker.cli.render.problems import render_problems
from tracker.cli.text import clean_block, quote_argument
from tracker.errors import NOTHING_WRITTEN, SETTLED, Problem, TrackerError

UNKNOWN_COMMAND = re.compile(r"No such command '(.*)'")
LIBRARY = {"Value error, ": "", "Assertion failed, ": "", "Input should be ": "it must be "}
LIBRARY_WORDS = re.compile(rf"(?<=': )({'|'.join(LIBRARY)})")

ASKING_FIRST = frozenset({"sync", "apply", "resolve", "undo", "redo", "forget"})
"""Commands that write nothing before their last question is answered."""

TRACEBACK_AT = 2
"""So many `-v` show the traceback of a bug on the screen too."""


def answer_error(error: BaseException, frame: Frame) -> int:
    """Tell what ended the run, on stderr or as JSON, and return the exit code."""
    if not frame.command:
        frame.command = next((each for each in frame.arguments if each in COMMANDS), "")
    match error:
        case TrackerError():
            return _answer(frame, exit_code(error), error.problems)
        case KeyboardInterrupt():
            at_question = frame.screen.is_asking and frame.command in ASKING_FIRST
            return _answer(frame, INTERRUPTED, [_UNANSWERED if at_question else _INTERRUPTED])
        case typer.TyperException():
            return _answer_usage(error, frame)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EFBIG):
            return _answer(frame, USAGE, [_make_full_problem(error)])
        case _:
            return _answer_bug(error, frame)


def answer_completion_error(frame: Frame) -> int:
    """Tell that a completion that nobody can answer was asked for, and return the exit code."""
    problem = Problem(
        code="usage",
        what="the variable _TRACKER_COMPLETE asks for completion, and the shell's words are missing",
        why="it is set while `tracker` runs as a command, or by another program",
        kept="nothing was read or written",
        next="unset _TRACKER_COMPLETE",
    )
    return _answer(frame, USAGE, [problem])


def _answer(frame: Frame, code: int, problems: Sequence[Problem]) -> int:
    clean = [_redacted(_with_kept(problem), frame) for problem in problems]
    if frame.is_json and not frame.screen.out.is_closed:
        what = clean[0].what if clean else ""
        with suppress(OSError):
            answer_json(frame, code, {"error": what, "problems": problems_json(clean)})
            return code
    if frame.is_reading:
        clean = [replace(problem, kept="") for problem in clean]
    with suppress(OSError):
        frame.screen.tell(render_problems(clean, frame.screen.told_width))
    return code


def _answer_usage(error: typer.TyperException, frame: Frame) -> int:
    """Tell what typer could not understand; without any argument, show the help."""
    message = error.format_message()
    if not frame.arguments:
        frame.screen.err.write(message + "\n")
        return USAGE
    unknown = UNKNOWN_COMMAND.search(message)
    # The values are checked by a library that begins its own sentences like this.
    message = LIBRARY_WORDS.sub(lambda found: LIBRARY[found[1]], message, count=1)
    what = message[:1].lower() + message[1:].rstrip(".")
    then = f"tracker {frame.command}".rstrip() + " --help"
    if unknown:
        near = find_near(unknown[1], list(COMMANDS))
        then = f"tracker {near}" if near else then
        if meant := find_meant(unknown[1], _find_rest(frame.arguments, unknown[1])):
            what, then = f"unknown command '{unknown[1]}'; did you mean: {meant}", meant
    return _answer(frame, error.exit_code, [Problem(code="usage", what=what, next=then)])


def _find_rest(arguments: Sequence[str], word: str) -> list[str]:
    """Return the words behind an unknown one, without the options that every command takes."""
    rest: list[str] = []
    given = iter(arguments[arguments.index(word) + 1 :] if word in arguments else ())
    for each in given:
        if each == "-C":
            next(given, None)
        elif each not in {"-v", "-vv", "--verbose", JSON_FLAG}:
            rest.append(each)
    return rest


def _answer_bug(error: BaseException, frame: Frame) -> int:
    report = format_crash(error, frame.arguments, frame.environ)
    path = save_crash(report, frame.folder)
    if frame.verbosity >= TRACEBACK_AT and not frame.is_json:
        shown = redact("".join(traceback.format_exception(error)), frame.environ)
        frame.screen.err.write(clean_block(shown))
    where = f"the report is in {path}" if path else "no report could be written"
    problem = Problem(
        code="bug",
        what=f"this is a bug in tracker: {type(error).__name__}",
        why=str(error),
        kept="every settled change stands; running the same command again is safe",
        next=f"{where}; please pass it on, it holds no secrets",
    )
    return _answer(frame, exit_code(error), [problem])


def _make_full_problem(error: OSError) -> Problem:
    return Problem(
        code="no-room",
        what="there is no room to write",
        why=error.strerror or str(error),
        kept="every settled change stands",
        next="free disk space, or send the output elsewhere; running the command again is safe",
    )


def _with_kept(problem: Problem) -> Problem:
    """Say what was kept as it is true here: errors that end a command come before its first write."""
    return replace(problem, kept=NOTHING_WRITTEN) if problem.kept == SETTLED else problem


def _redacted(problem: Problem, frame: Frame) -> Problem:
    return replace(
        problem,
        what=redact(problem.what, frame.environ),
        why=redact(problem.why, frame.environ),
        kept=redact(problem.kept, frame.environ),
        next=redact(problem.next, frame.environ),
    )


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
