"""`next`, `list` and `show`: which skills there are, and one in full, with no network at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

import typer

from tracker.cli.app import Invocation, open_call
from tracker.cli.options import Count, InSection, Names, OfLevel, OnTrack, Query
from tracker.cli.render.layout import hang, render_problems
from tracker.cli.render.learning_json import listed_json, next_json, skill_json
from tracker.cli.render.skills import (
    NO_SKILLS,
    ShownSkill,
    group_skills,
    render_list,
    render_next,
    render_skill,
)
from tracker.errors import Location, Problem
from tracker.progress.coverage import counted_elsewhere, covered_places, index_skills
from tracker.progress.find import near_skills
from tracker.progress.order import find_next, list_everything
from tracker.progress.selection import NO_FILTER, SkillFilter, select_places
from tracker.progress.tracks import keep_to_track
from tracker.roadmap.model import Roadmap, Status
from tracker.wiring import find_folder, load_settings, open_local
from tracker.workflows.local import (
    find_file,
    find_places,
    load_roadmaps,
    select_files,
    warn_of_broken,
    warn_of_unknown_track,
)

app = typer.Typer()

OFF_TRACK = "What is on your track only; everything: tracker next --all"


@app.command("next")
def list_next(  # noqa: PLR0913  its options
    context: typer.Context,
    names: Names = None,
    *,
    count: Count = 5,
    section: InSection = "",
    level: OfLevel = "",
    track: OnTrack = "",
    hours: Annotated[
        float | None,
        typer.Option("--hours", metavar="H", min=0, help="Only what takes at most so many hours."),
    ] = None,
    is_full: Annotated[
        bool, typer.Option("--all", help="Not only what is on the track of tracker.yaml.")
    ] = False,
) -> int:
    """List what is in progress, with its age, then what can be started, by level and file order."""
    call = open_call(context)
    folder = find_folder(call.folder)
    local, followed = open_local(folder), load_settings(folder).track
    roadmaps = load_roadmaps(local.reader, names or [])
    warn_of_unknown_track(roadmaps, followed, partial(_warn, call))
    chosen = {name: roadmap for name, roadmap in roadmaps.items() if not names or name in names}
    wanted = SkillFilter(section=section, level=level, track=track, hours=hours)
    places = find_places(chosen, wanted)
    everything = list_everything(
        roadmaps, covered_places(index_skills(roadmaps)), local.clock.today()
    )
    following = find_next(
        (found for found in everything if found.roadmap in chosen),
        counted_elsewhere(index_skills(chosen)),
    )
    in_progress = [found for found in following.in_progress if found.place in places]
    startable = tuple(found for found in following.startable if found.place in places)
    is_kept_back = False
    if followed and not (track or is_full):
        on_track = keep_to_track(startable, select_places(roadmaps, SkillFilter(track=followed)))
        is_kept_back, startable = len(on_track) < len(startable), on_track
    startable = startable[:count]
    nothing = "nothing is left to start: everything is done, skipped or waiting"
    if not everything:
        nothing = NO_SKILLS
    elif wanted != NO_FILTER:
        nothing = "nothing that matches is in progress or can be started"
    shown = render_next(in_progress, startable, call.make_view(), links=True)
    remark = OFF_TRACK if is_kept_back else "" if shown else nothing
    return call.answer(
        lambda: next_json(in_progress, startable),
        lambda: [*shown, *(hang(("", ""), remark, call.screen.width) if remark else ())],
        0,
    )


@app.command("list")
def list_skills(  # noqa: PLR0913  its options
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]",
            help="Words in a name, id, alias, tag or goal; letter case and hyphens do not matter.",
            show_default=False,
        ),
    ] = None,
    *,
    section: InSection = "",
    status: Annotated[
        Status | None, typer.Option("--status", help="Only this status.", show_default=False)
    ] = None,
    level: OfLevel = "",
    tag: Annotated[str, typer.Option("--tag", metavar="TAG", help="Only with this tag.")] = "",
    track: OnTrack = "",
    is_ready: Annotated[
        bool, typer.Option("--ready", help="Only what can be started now.")
    ] = False,
    is_full: Annotated[
        bool, typer.Option("--all", help="Name what is done or skipped, too; a search always does.")
    ] = False,
) -> int:
    """List the skills that match, by section: the search for everything."""
    call = open_call(context)
    local = open_local(find_folder(call.folder))
    loaded = local.reader.load_roadmaps()
    if not loaded.files:
        select_files(loaded, ())
    warn_of_broken(loaded, [""], partial(_warn, call))
    roadmaps = {file.name: file.roadmap for file in loaded.files}
    wanted = SkillFilter(
        " ".join(words or ()), section=section, level=level, tag=tag, track=track, status=status
    )
    places = find_places(roadmaps, wanted)
    everything = list_everything(
        roadmaps, covered_places(index_skills(roadmaps)), local.clock.today()
    )
    found = [it for it in everything if it.place in places and (it.is_ready or not is_ready)]
    is_folded = wanted == NO_FILTER and not is_ready and not is_full
    view = call.make_view()
    nothing = NO_SKILLS
    if everything:
        nothing = "no skill matches" + (_quote(roadmaps, wanted.text) if wanted.text else "")
    return call.answer(
        lambda: {"skills": [listed_json(it) for it in found]},
        lambda: (
            render_list(group_skills(everything, found, roadmaps), view, is_folded=is_folded)
            or hang(("", ""), nothing, view.width)
        ),
        0,
    )


def _quote(roadmaps: Mapping[str, Roadmap], text: str) -> str:
    """Return the words of a search that found nothing, and the skills that are nearest to it."""
    names = ", ".join(match.skill.name for match in near_skills(roadmaps, text))
    return f' "{text}"; nearest: {names}' if names else f' "{text}"'


@app.command()
def show(context: typer.Context, query: Query) -> int:
    """Show one skill with its links, prerequisites and notes."""
    call = open_call(context)
    reader = open_local(find_folder(call.folder)).reader
    file, match = find_file(reader, query, warn=partial(_warn, call))
    section, index = match.at
    line = file.locations.get(("sections", section, "skills", index), Location(file.path)).line
    shown = ShownSkill(match, file.roadmap, str(Location(file.path, line)))
    return call.answer(
        lambda: {"skill": skill_json(shown, file.path, line or None)},
        lambda: render_skill(shown, call.make_view()),
        0,
    )


def _warn(call: Invocation, problem: Problem) -> None:
    call.tell(render_problems([problem]))
