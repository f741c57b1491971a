"""The typer app: root options, the table of commands with their modules, and what a command is called with.

A command's module is imported only when the command is used; its summary is listed here, so that
`tracker --help` imports none. To add a command, write it in a module of its group under
`tracker.cli.commands`, on that module's own `app`, and give it a line in COMMANDS.

Light on purpose: it is imported on every start. Opens no folders or services; commands do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_command_from_info, get_command_name

from tracker import __version__
from tracker.cli.help import GROUPS, HelpContext, write_examples
from tracker.cli.lines import StyledLine
from tracker.cli.screen import Screen, open_screen
from tracker.text import quote_argument

if TYPE_CHECKING:
    from typer._click.shell_completion import CompletionItem

    from tracker.cli.render.layout import AnswerView
    from tracker.settings import RemoteName

COMMANDS = {
    "init": ("folder", "Make a folder: settings, bundled roadmaps, and where its Notion side is."),
    "connect": ("connect", "Move this folder to a page in Notion, with all progress."),
    "adopt": ("adopt", "Make a roadmap of an existing database."),
    "open": ("connect", "Open the page of this folder, or of a skill, in the browser."),
    "check": ("checking", "Validate the roadmaps offline; all problems, with line numbers."),
    "plan": ("syncing", "Show what a sync would do, and what it costs; writes nothing."),
    "apply": ("syncing", "Apply a saved plan exactly, or refuse it as stale."),
    "sync": ("syncing", "Sync the roadmaps with Notion, both ways."),
    "conflicts": ("syncing", "List conflicts, and how to resolve them."),
    "resolve": ("syncing", "Resolve conflicts, one by one or those of a skill."),
    "log": ("history", "List the last runs and what they wrote."),
    "undo": ("history", "Undo the last run on both sides."),
    "redo": ("history", "Redo the run that was undone last, on both sides."),
    "report": ("report", "Show progress, pace and what is next."),
    "next": ("skills", "List what is in progress, and what to learn next."),
    "list": ("skills", "List the skills that match, by section: the search for everything."),
    "show": ("skills", "Show one skill with its links, prerequisites and notes."),
    "start": ("marking", "Start skills: they are in progress from today on."),
    "done": ("marking", "Tick skills off, today."),
    "mark": ("marking", "Set the status of skills in their files."),
    "roadmaps": ("roadmaps", "List the bundled roadmaps and those of this folder."),
    "add": ("roadmaps", "Bring in another bundled roadmap, or a file that was sent to you."),
    "upgrade": ("roadmaps", "Merge a newer edition of a roadmap into your copy."),
    "new": ("roadmaps", "Create a roadmap of your own, with every key explained."),
    "import": ("roadmaps", "Import a checklist, a table or a roadmap.sh graph."),
    "export": ("roadmaps", "Export roadmaps: checklist, table or JSON."),
    "schema": ("roadmaps", "Print the JSON Schema of a roadmap file, for editors."),
    "forget": ("history", "Forget which rows belong to a roadmap; touches neither side."),
    "doctor": ("folder", "Diagnose problems and how to fix them."),
    "demo": ("demo", "Show all of it in a temporary folder."),
    "serve": (
        "serve",
        "Serve the built-in workspace to a browser, and to tracker in another folder.",
    ),
}
"""Name of a command: module below `tracker.cli.commands`, and its one-line summary."""

READING = frozenset(
    {
        *(
            "check",
            "plan",
            "conflicts",
            "log",
            "report",
            "next",
            "list",
            "show",
            "open",
            "roadmaps",
        ),
        *("export", "schema"),
    }
)
"""Commands that never write, unless into a file that `--output` names."""

HELP = {"-h", "--help"}
OLD_OUTPUT = "--out"
"""The former name of `--output`, which still works and is in no help."""

JSON_FLAG = "--json"
SCHEMA = 1
"""Version of the JSON answers; they grow by new keys only."""


@dataclass(slots=True)
class Invocation:
    """One run of the program: arguments, environment, streams, root options, and its command.

    `is_json` is read from the raw arguments, so that usage errors are told as JSON too. `folder` is
    where the search for the learner's folder starts. `verbosity` counts `-v`. `context` is typer's,
    set when the command begins.
    """

    arguments: Sequence[str]
    environ: Mapping[str, str]
    screen: Screen
    is_json: bool
    folder: Path = field(default_factory=Path)
    verbosity: int = 0
    command: str = ""
    context: typer.Context = field(init=False)

    @property
    def is_reading(self) -> bool:
        """Whether this run cannot write anything, so that saying so would be noise."""
        if "--dry-run" in self.arguments:
            return True
        if any(word.startswith((OLD_OUTPUT, "-o")) for word in self.arguments):
            return False
        return self.command in READING or (
            self.command == "doctor" and not {"--fix", "--mend"} & {*self.arguments}
        )

    @property
    def is_verbose(self) -> bool:
        """Whether long lists are shown in full."""
        return self.verbosity > 0

    @property
    def can_ask(self) -> bool:
        """Whether a question may be asked: on a terminal, and not of a script that reads JSON."""
        return self.screen.can_ask and not self.is_json

    def find_output(self, file: Path) -> Path:
        """Return the path of an output file, relative to the folder of `-C`."""
        return self.folder / file

    def find_input(self, file: Path) -> Path:
        """Return the path of an input file: relative to the folder of `-C`, or else to the current one."""
        from_folder = self.folder / file
        return from_folder if from_folder.exists() else file

    def make_view(self, remote: RemoteName | None = None) -> AnswerView:
        """Return how an answer is shown here; `remote` only where the other side is spoken of."""
        # rich and pydantic, for answers only.
        from tracker.cli.render.layout import AnswerView  # noqa: PLC0415
        from tracker.settings import NOTION  # noqa: PLC0415

        out = self.screen.out
        return AnswerView(
            self.screen.width,
            self.is_verbose,
            not out.is_plain,
            remote or NOTION,
            is_reading=self.is_reading,
            is_ascii=not out.can_say("✓◐○–"),
        )

    def answer(
        self,
        as_json: Callable[[], Mapping[str, object]],
        as_text: Callable[[], Iterable[StyledLine | str]],
        code: int,
    ) -> int:
        """Print the answer in the form that was asked for, and return the exit code."""
        if self.is_json:
            self.answer_json(code, as_json())
        else:
            self.screen.answer(as_text())
        return code

    def answer_json(self, code: int, keys: Mapping[str, object]) -> None:
        """Print the one object of a `--json` run."""
        if self.screen.folder_option:
            from tracker.cli.options import name_folder_in_json  # noqa: PLC0415  with -C only

            keys = name_folder_in_json(dict(keys), self.screen.folder_option)
        self.screen.out.write(self.format_json(code, keys))

    def format_json(self, code: int, keys: Mapping[str, object]) -> str:
        """Return an answer as one JSON object on a line; in ASCII, which no encoding can break."""
        head = {"schema": SCHEMA, "command": self.command, "ok": code == 0, "exit_code": code}
        return json.dumps(head | dict(keys), allow_nan=False) + "\n"

    def note(self, text: str) -> None:
        """Say on a terminal what the command waits for."""
        if not self.is_json and self.screen.told_width:
            self.screen.tell([text])

    def tell(self, lines: Iterable[StyledLine | str]) -> None:
        """Print what is not part of the answer; JSON has keys for it."""
        if not self.is_json:
            self.screen.tell(lines)


def open_invocation(arguments: Sequence[str], environ: Mapping[str, str]) -> Invocation:
    """Look at the arguments and streams before anything is parsed."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return Invocation(arguments, environ, open_screen(environ), is_json=JSON_FLAG in options)


def open_call(context: typer.Context) -> Invocation:
    """Return the run whose command typer is calling."""
    call = context.find_object(Invocation)
    if call is None:
        raise RuntimeError("a command runs below main() only")
    call.command = context.info_name or ""
    call.context = context
    return call


class LazyGroup(TyperGroup):
    """The root command; imports a command's module only when the command is used."""

    context_class = HelpContext

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002  typer's signature
        """Return the names in the order of the groups."""
        return [name for names in GROUPS.values() for name in names]

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002
        """Import and return one command, with the options that all of them take."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tracker.cli.commands.{COMMANDS[cmd_name][0]}")
        # Only this one: typer takes a while to understand the options of a command.
        registered = next(
            it
            for it in module.app.registered_commands
            if (it.name or get_command_name(it.callback.__name__)) == cmd_name
        )
        # Plain help everywhere: the same words on every terminal, in pipes and in the README.
        command = get_command_from_info(
            registered, pretty_exceptions_short=True, rich_markup_mode=None
        )
        if not isinstance(command, TyperCommand):
            raise TypeError(cmd_name)
        vars(command)["context_class"] = HelpContext
        vars(command)["format_epilog"] = lambda _, page: write_examples(cmd_name, page)
        for param in command.params:
            if isinstance(param, TyperArgument):
                # Its name says enough; typer adds the type of the code: `ROADMAP <list[str]>`.
                vars(param)["display_type_rich"] = lambda ctx: ""  # noqa: ARG005  typer's signature
            elif isinstance(param, TyperOption) and OLD_OUTPUT in param.opts:
                vars(param)["get_help_record"] = partial(_leave_out_old_name, param)
        for param in get_command(_shared).params:
            # Their callbacks do what is to be done; the command's function need not know them.
            param.expose_value = False
            command.params.append(param)
        return command

    def shell_complete(self, ctx: Any, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command without importing one; else an option of the root."""
        from typer._click.shell_completion import CompletionItem  # noqa: PLC0415  for shells only

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        if not names:
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name, help=COMMANDS[name][1]) for name in names]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the root's options; a call for help before a command is one for its own help."""
        if HELP & {*args}:
            options, rest, _ = self.make_parser(ctx).parse_args(args=list(args))
            if options.get("help") and rest and rest[0] in COMMANDS:
                args = [rest[0], "--help"]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ARG002
        """Write the list of commands without importing one."""
        for group, names in GROUPS.items():
            with formatter.section(group):
                formatter.write_dl([(name, COMMANDS[name][1]) for name in names])


def _leave_out_old_name(option: TyperOption, ctx: Any) -> tuple[str, str] | None:
    record = TyperOption.get_help_record(option, ctx)
    return record and (record[0].replace(f", {OLD_OUTPUT} ", " "), record[1])


def _set_folder(context: typer.Context, folder: Path | None) -> None:
    call = context.find_object(Invocation)
    if call is not None and folder is not None:
        call.folder = folder
        call.screen.folder_option = f"-C {quote_argument(str(folder))}"


def _add_verbosity(context: typer.Context, count: int) -> None:
    call = context.find_object(Invocation)
    if call is not None:
        call.verbosity += count


def _print_version(wanted: bool) -> None:  # noqa: FBT001  typer's signature
    if wanted:
        typer.echo(f"tracker {__version__}")
        raise typer.Exit


Json = Annotated[bool, typer.Option(JSON_FLAG, help="Answer with one JSON object on stdout.")]
"""Read from the raw arguments; typer only has to know it."""

Folder = Annotated[
    Path | None,
    typer.Option(
        "-C", metavar="DIR", help="Work as if started in this folder.", callback=_set_folder
    ),
]
Verbosity = Annotated[
    int,
    typer.Option(
        "-v",
        "--verbose",
        count=True,
        help="Show more; -vv shows tracebacks.",
        show_default=False,
        callback=_add_verbosity,
    ),
]

_shared = typer.Typer(add_completion=False)


@_shared.command()
def _take_shared(*, as_json: Json = False, folder: Folder = None, verbosity: Verbosity = 0) -> None:
    """Hold the options that every command takes behind its name."""


app = typer.Typer(
    cls=LazyGroup,
    name="tracker",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 findings, 2 usage, 3 bad roadmap, 4 settings or token, "
    "5 Notion, 6 state, 7 refused or stale, 70 bug, 130 interrupted.",
)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    *,
    # The callbacks of the first three do what is to be done.
    folder: Folder = None,  # noqa: ARG001
    verbosity: Verbosity = 0,  # noqa: ARG001
    as_json: Json = False,  # noqa: ARG001
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> int:
    """Data-science roadmaps in YAML, kept in sync with Notion, both ways.

    Without a command: how far you are, what is next, and what is not synced.
    """
    if context.invoked_subcommand is not None:
        return 0
    call = open_call(context)
    call.command = "dashboard"
    from tracker.cli.commands.dashboard import show_dashboard  # noqa: PLC0415  not at every start

    return show_dashboard(call)
