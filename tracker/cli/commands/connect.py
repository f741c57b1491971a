"""`connect` and `open`: move a folder to a page in Notion, and show a page in the browser.

A token is typed where nobody sees it, and is printed nowhere.
"""

from __future__ import annotations

import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.app import Invocation, open_call
from tracker.cli.exits import DONE, FINDINGS, exit_code
from tracker.cli.lines import StyledLine
from tracker.cli.options import advising, complete_skills, format_again
from tracker.cli.render.answers import sync_json
from tracker.cli.render.json_values import pick, problems_json
from tracker.cli.render.layout import make_line, render_problems
from tracker.cli.render.plan import render_plans, render_unfinished
from tracker.errors import NOTHING_WRITTEN, Problem, Severity, UsageError
from tracker.progress.find import Match
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import SkillId
from tracker.settings import WORKSPACE, RemoteName
from tracker.sync.model import Policy, Side
from tracker.text import plural, quote_argument
from tracker.wiring import (
    fetch_page,
    find_address,
    find_base_url,
    find_folder,
    find_parent,
    format_page_link,
    has_workspace,
    import_keyring,
    load_settings,
    open_local,
    open_services,
    open_state,
    prepare_page,
    save_token,
)
from tracker.workflows.connect import Destination, run_move, run_rename
from tracker.workflows.local import find_file
from tracker.workflows.results import Connected, NotionPage

app = typer.Typer()

_WHERE_TOKENS_ARE_MADE = (
    "a token from https://app.notion.com/developers: a personal access token, or that of a "
    "connection that may read, insert and update content"
)
_NO_BROWSER = Problem(
    code="no-browser",
    what="no browser could be started here",
    severity=Severity.WARNING,
    next="open the address by yourself",
)


@app.command()
def connect(
    context: typer.Context,
    page: Annotated[
        str,
        typer.Argument(metavar="PAGE", help="Link or id of the Notion page to keep equal with."),
    ],
    *,
    wants_token_saved: Annotated[
        bool,
        typer.Option(
            "--save-token", help="Ask for the token, and keep it in this machine's keyring."
        ),
    ] = False,
) -> int:
    """Move this folder to a page in Notion, with all progress.

    Checks the token and the page first. Syncs with the built-in workspace a last time, and names the
    page in tracker.yaml; the next sync makes the rows in Notion. What was typed on pages of the
    workspace stays there.
    """
    call = open_call(context)
    again = format_again(context, without={"wants_token_saved"})
    with advising({"no-folder": again.replace("connect", "init --notion", 1)}):
        folder = find_folder(call.folder)
    load_settings(folder)  # broken ones are told before anything is asked
    if wants_token_saved:
        # From here on, the typed token is the one that every message is cleaned of.
        call.environ = {**call.environ, "NOTION_TOKEN": _ask_token(call, again)}
    with advising(_make_advice(again)):
        found = fetch_page(
            page,
            environ=call.environ,
            let_in=lambda: save_token(call.environ["NOTION_TOKEN"]) if wants_token_saved else None,
            notify=call.note,
        )
        connected = _connect(call, folder, found, again)
    problems = [*_list_problems(connected), *found.limits]
    call.tell(render_problems(problems, call.screen.told_width))
    return call.answer(
        lambda: {
            **pick(found, "page=id title who"),
            "url": format_page_link(found.id, find_base_url(call.environ)),
            "connected": connected.obstacle is None,
            **pick(connected, "new=is_new skills"),
            "token_saved": wants_token_saved,
            "last_sync": sync_json(connected.last) if connected.last else None,
            "problems": problems_json(problems),
        },
        lambda: _render(call, found, connected, is_saved=wants_token_saved),
        exit_code(connected),
    )


def _ask_token(call: Invocation, again: str) -> str:
    """Ask for the token on a terminal, once it is sure that there is a keyring to keep it in."""
    import_keyring()
    without = f"export NOTION_TOKEN=…    # then: {again}"
    if not call.can_ask:
        raise UsageError(
            Problem(
                code="needs-terminal",
                what="the token can be typed on a terminal only",
                why="not running in a terminal",
                kept=NOTHING_WRITTEN,
                next=without,
            )
        )
    token = call.screen.ask_secret("Notion token (it is not shown):")
    if not token:
        what = "no token was typed, or the terminal would have shown it"
        raise UsageError(Problem("no-token", what, kept=NOTHING_WRITTEN, next=without))
    return token


def _make_advice(again: str) -> Mapping[str, str]:
    """Return what to do about each thing that can be missing, and the command that goes on then."""
    return {
        "no-token": f"export NOTION_TOKEN=…    # {_WHERE_TOKENS_ARE_MADE}; then: {again}",
        "token": f"export NOTION_TOKEN=…    # {_WHERE_TOKENS_ARE_MADE}; then: {again}",
        "token-refused": f"export NOTION_TOKEN=…    # {_WHERE_TOKENS_ARE_MADE}; then: {again}",
        "bad-page": "in Notion: Share, Copy link; then tracker connect LINK",
        "parent-page-denied": "in Notion open the page, then ••• -> Connections, and add the "
        f"connection of your token; then: {again}",
        "parent-page-trashed": f"restore the page in Notion; then: {again}",
        "unsafe-edit": "write the page into tracker.yaml by hand, as notion.parent; then: " + again,
        "settings-not-written": "free disk space or correct the permissions of tracker.yaml; "
        f"then: {again}",
    }


def _connect(call: Invocation, folder: Path, found: NotionPage, again: str) -> Connected:
    settings = load_settings(folder)
    is_named = find_parent(settings) == found.id
    to = Destination(prepare_page(folder, found.id), is_named, again)
    if settings.notion.parent is None:
        with (
            open_services(folder, environ=call.environ, notify=call.note) as services,
            call.screen.progress() as progress,
        ):
            # As a sync would settle conflicts; "notion" and "workspace" are one side.
            side = {"ask": None, "local": Side.LOCAL}.get(settings.prefer, Side.REMOTE)
            policy = Policy(prefer=side, today=services.readers.clock.today())
            return run_move(
                services, to, policy, has_workspace=has_workspace(folder), progress=progress
            )
    with open_state(folder) as state:
        return run_rename(open_local(folder), state, to, noted=settings.notion.databases)


def _list_problems(connected: Connected) -> list[Problem]:
    last, obstacle = connected.last, connected.obstacle
    problems = [*connected.problems, *([obstacle] if obstacle else ())]
    if last is not None:
        stopped = last.stopped.problems if last.stopped else ()
        problems += [*last.planned.problems, *last.problems, *stopped]
    # The plan and the run may tell the same.
    return list(dict.fromkeys(problems))


def _render(
    call: Invocation, found: NotionPage, connected: Connected, *, is_saved: bool
) -> list[StyledLine]:
    view, last = call.make_view(WORKSPACE), connected.last
    lines = [*render_unfinished(last), *render_plans(last.planned, view)] if last else []
    if connected.obstacle is not None:
        return lines
    title = f' "{found.title}"' if found.title else ""
    head, wanted = "connected already", "keeps both sides equal"
    if connected.is_new:
        head, wanted = "connected", f"brings {plural(connected.skills, 'skill')} to Notion"
    rows = [
        ("page", format_page_link(found.id, find_base_url(call.environ))),
        ("as", found.who),
        *([("token", "kept in the keyring; NOTION_TOKEN comes before it")] if is_saved else ()),
        *([("stays", "what was typed on pages of the built-in workspace")] if last else ()),
        ("next", f"tracker sync    # {wanted}"),
    ]
    return [
        make_line((head, "bold green"), f": this folder and the page{title} in Notion"),
        *(make_line((f"  {label:<6}", "dim"), text) for label, text in rows),
    ]


@app.command("open")
def open_page(
    context: typer.Context,
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="SKILL",
            help="An id, ROADMAP/ID, a name, or a unique part of a name; the whole without.",
            autocompletion=complete_skills,
            show_default=False,
        ),
    ] = None,
    *,
    link: Annotated[
        int | None,
        typer.Option("--link", metavar="N", min=1, help="Its Nth link instead, as `show` counts."),
    ] = None,
    only_print: Annotated[bool, typer.Option("--print", help="Only print the address.")] = False,
) -> int:
    """Open the page of this folder, or the page or a link of a skill, in the browser.

    The page is one in Notion, or in the built-in workspace while `tracker serve` runs.
    """
    call = open_call(context)
    folder = find_folder(call.folder)
    roadmap = skill = None
    if query is None and link is not None:
        raise UsageError(_NO_SKILL_FOR_LINK)
    if query is None:
        url = find_address(folder, None, call.environ)
    else:
        file, match = find_file(
            open_local(folder).reader,
            query,
            warn=lambda it: call.tell(render_problems([it])),
        )
        roadmap, skill = file.name, match.skill.id
        url = _find_link(match, link) if link else _find_page(folder, match, call.environ)
    if url is None:
        raise UsageError(_not_served(format_again(context)))
    is_opened = not only_print and webbrowser.open(url)
    is_fine = only_print or is_opened
    if not is_fine:
        call.tell(render_problems([_NO_BROWSER]))
    return call.answer(
        lambda: {
            "url": url,
            "opened": is_opened,
            "roadmap": roadmap,
            "skill": skill,
            "link": link,
        },
        lambda: [url],
        DONE if is_fine else FINDINGS,
    )


def _find_page(folder: Path, match: Match, environ: Mapping[str, str]) -> str | None:
    """Return the address of a skill's page; None while the workspace is not served."""
    with open_state(folder) as state:
        bindings = state.load_base(match.roadmap).bindings
    bound = bindings.get(SkillId(match.skill.id)) if match.skill.id else None
    if bound is None:
        raise UsageError(_no_page(match.skill.name, load_settings(folder).remote_name))
    return find_address(folder, bound.page_id, environ)


def _find_link(match: Match, number: int) -> str:
    """Return the address of a link; raise UsageError where there is none that may be followed."""
    links = match.skill.resources
    if number > len(links):
        count = plural(len(links), "link") if links else "no link"
        raise UsageError(
            Problem(
                code="no-link",
                what=f'"{match.skill.name}" has {count}',
                next=f"tracker show {quote_argument(match.reference)}    # lists them",
            )
        )
    url = links[number - 1].url
    # A browser does more with an address than follow it: javascript:, file:.
    if fault := find_url_fault(url):
        raise UsageError(
            Problem(
                code="no-link",
                what=f'link {number} of "{match.skill.name}" cannot be opened',
                why=fault,
                next=f"tracker show {quote_argument(match.reference)}    # lists them",
            )
        )
    return url


_NO_SKILL_FOR_LINK = Problem(
    code="usage",
    what="--link needs the skill whose link it is",
    next="tracker open SKILL --link 1",
)


def _no_page(name: str, place: RemoteName) -> Problem:
    return Problem(
        code="no-page",
        what=f'"{name}" has no page in {place.place} yet',
        next="tracker sync    # makes it; tracker open SKILL --link 1 opens its first link",
    )


def _not_served(again: str) -> Problem:
    return Problem(
        code="not-served",
        what="the built-in workspace is not served now",
        why="its pages are there for a browser while tracker serve runs",
        next=f"tracker serve    # and in another terminal: {again}",
    )
