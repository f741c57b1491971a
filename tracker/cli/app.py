"""The typer app: root options, and the table of commands with the modules they live in.

A command's module is imported when the command is asked for, not before; its summary stands here, so
that `tracker --help` imports none. To add a command, write it in a module of its group under
`tracker.cli.commands`, on that module's own `app`, and give it a line in COMMANDS.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.main import get_command, get_group

from tracker import __version__
from tracker.cli.call import JSON_FLAG, Frame

COMMANDS = {
    "init": ("folder", "Make a folder: settings, bundled roadmaps, and where its Notion side is."),
    "check": ("folder", "Validate the roadmaps offline; all problems, with line numbers."),
    "plan": ("syncing", "Show what a sync would do, and what it costs; writes nothing."),
    "apply": ("syncing", "Apply a saved plan exactly, or refuse it as stale."),
    "sync": ("syncing", "Make the roadmaps and Notion equal, in both directions."),
    "conflicts": ("settling", "List what waits for a decision, and how to settle it."),
    "resolve": ("settling", "Settle the conflicts of one skill."),
    "log": ("history", "List the last runs and what they wrote."),
    "undo": ("history", "Undo the last run on both sides."),
    "redo": ("history", "Redo the run that was undone last, on both sides."),
    "report": ("learning", "Say how far along you are, how fast, and what is next."),
    "next": ("learning", "List what to learn next."),
    "show": ("learning", "Show one skill with its links, prerequisites and notes."),
    "mark": ("learning", "Set the status of skills in their files."),
    "roadmaps": ("roadmaps", "List the bundled roadmaps and those of this folder."),
    "add": ("roadmaps", "Bring in another bundled roadmap, or a file that was sent to you."),
    "upgrade": ("roadmaps", "Merge a newer edition of a roadmap into your copy."),
    "new": ("authoring", "Begin a roadmap of your own, with every key explained."),
    "import": ("authoring", "Take a checklist, a table or a roadmap.sh graph in."),
    "export": ("authoring", "Take roadmaps out: checklist, table or JSON."),
    "schema": ("authoring", "Print the JSON Schema of a roadmap file, for editors."),
    "forget": ("history", "Forget which rows belong to a roadmap; touches neither side."),
    "doctor": ("folder", "Say what is wrong, and the command that mends it."),
    "demo": ("demo", "Show all of it in a temporary folder."),
    "serve": ("serve", "Serve the built-in workspace to a browser, and to any Notion client."),
}
"""Name of a command: module below `tracker.cli.commands`, and its one-line summary."""


class LazyGroup(TyperGroup):
    """The root command; imports a command's module when the command is asked for."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002  typer's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tracker.cli.commands.{COMMANDS[cmd_name][0]}")
        # Plain help everywhere: the same words on every terminal, in pipes and in the README.
        module.app.rich_markup_mode = None
        command = get_group(module.app).commands[cmd_name]
        if not isinstance(command, TyperCommand):
            raise TypeError(cmd_name)
        for each in command.params:
            if isinstance(each, TyperArgument):
                # Its name says enough; typer adds the type of the code: `ROADMAP <list[str]>`.
                vars(each)["display_type_rich"] = lambda ctx: ""  # noqa: ARG005  typer's signature
        for each in get_command(_shared).params:
            each.expose_value = False
            command.params.append(each)
        return command

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the root's options; a call for help before a command is one for its own help."""
        if HELP & {*args}:
            options, rest, _ = self.make_parser(ctx).parse_args(args=list(args))
            if options.get("help") and rest and rest[0] in COMMANDS:
                args = [rest[0], "--help"]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ARG002
        """Write the list of commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


HELP = {"-h", "--help"}


def _set_folder(context: typer.Context, folder: Path | None) -> None:
    frame = context.find_object(Frame)
    if frame is not None and folder is not None:
        frame.folder = folder
        from tracker.cli.text import quote_argument  # noqa: PLC0415  rich, with -C only

        frame.screen.folder_option = f"-C {quote_argument(str(folder))}"


def _add_verbosity(context: typer.Context, count: int) -> None:
    frame = context.find_object(Frame)
    if frame is not None:
        frame.verbosity += count


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
def _take_shared(*, folder: Folder = None, verbosity: Verbosity = 0) -> None:
    """Hold the options that are taken before the name of a command and behind it."""


app = typer.Typer(
    cls=LazyGroup,
    name="tracker",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 findings, 2 usage, 3 bad roadmap, 4 settings or token, "
    "5 Notion, 6 state, 7 refused or stale, 70 bug, 130 interrupted.",
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  typer's signature
    if wanted:
        typer.echo(f"tracker {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    folder: Folder = None,
    verbosity: Verbosity = 0,
    as_json: Annotated[
        bool, typer.Option(JSON_FLAG, help="Answer with one JSON object on stdout.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Data-science roadmaps in YAML, kept equal with Notion in both directions."""
