"""Make a roadmap of a database that somebody else made, or match one with a roadmap that is there.

First a proposal, for which nothing is written; then, in this order: the columns that are missing, where
the database is, a file without skills, and a sync. The sync brings the rows into the file, and numbers
and ids into the rows, as it does with rows that are typed in Notion; so a run that was cut off is
finished by the next one. A roadmap that is there already gets its skills bound to rows of their names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tracker.errors import NOTHING_WRITTEN, Problem, TrackerError, UsageError
from tracker.ports import Progress, RoadmapFile, Services
from tracker.roadmap.edits import SetValue
from tracker.roadmap.model import FORBIDDEN, Roadmap, SkillId, show
from tracker.sync.adoption import Matching, match_columns
from tracker.sync.identity import is_blank, is_nameless
from tracker.sync.model import (
    Base,
    Binding,
    Create,
    LocalObservation,
    PageId,
    Plan,
    Policy,
    RemoteObservation,
    Side,
    make_local_observation,
)
from tracker.sync.namesakes import Doubt, Namesakes, name_skills, pair_namesakes
from tracker.sync.planner import make_plan
from tracker.sync.target import DatabaseTarget, ForeignDatabase
from tracker.text import quote_argument
from tracker.workflows.library import NewFileWriter, make_name
from tracker.workflows.local import list_names, select_files
from tracker.workflows.observe import observe_roadmaps, plan_again
from tracker.workflows.results import Planned, SyncResult
from tracker.workflows.sync import Planner, decide

UNTITLED = "Untitled checklist"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for: a database by its link, a name, and columns by the fields they serve."""

    link: str
    name: str | None = None
    columns: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an adoption would do.

    `file` is the roadmap that is there already, if there is one. `plan` is the first sync as far as it
    can be foreseen, with only the rows bound that are `namesakes` for sure.
    """

    name: str
    title: str
    database: ForeignDatabase
    matching: Matching
    target: DatabaseTarget
    added: tuple[str, ...]
    remote: RemoteObservation
    local: LocalObservation
    plan: Plan
    file: RoadmapFile | None = None
    namesakes: Namesakes = field(default_factory=Namesakes)

    @property
    def created(self) -> tuple[Create, ...]:
        """The skills that the file gets."""
        return tuple(
            it for it in self.plan.writes if isinstance(it, Create) and it.side is Side.LOCAL
        )

    @property
    def nameless(self) -> int:
        """The number of rows that have no name, but something else."""
        return sum(is_nameless(row) and not is_blank(row) for row in self.remote.rows)

    @property
    def blank(self) -> int:
        """The number of rows in which there is nothing at all."""
        return sum(map(is_blank, self.remote.rows))

    @property
    def twins(self) -> tuple[str, ...]:
        """The names that several rows have."""
        counts = Counter(row.record.name for row in self.remote.rows if not is_nameless(row))
        return tuple(name for name, count in counts.items() if count > 1)


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was proposed, and the sync that made it so; None where it was declined, or only shown."""

    proposal: Proposal
    result: SyncResult | None = None


def propose_adoption(
    services: Services, files: NewFileWriter, wish: Wish, policy: Policy
) -> Proposal:
    """Look at a database and work out what an adoption would do; writes nothing.

    Raises UsageError for what cannot be adopted, or not under this name, and RemoteError, RefusedError
    for what cannot be read.
    """
    adopter = services.adopter
    database = adopter.fetch_foreign(wish.link)
    loaded = services.readers.roadmaps.load_roadmaps()
    names = list_names(loaded)
    title = " ".join(FORBIDDEN.sub("", database.title).split()) or UNTITLED
    own_name = wish.name or make_name(title, Path("checklist"))
    owner = _find_owner(services, database, own_name)
    if owner is not None and (owner in names or wish.name not in {None, owner}):
        goes_on = f"tracker adopt {database.data_source_id} --name {owner}    # goes on with it"
        synced = f"tracker sync {owner}    # tracker forget {owner} first, to map other columns"
        advice = synced if owner in names else goes_on
        raise UsageError(_adopted_already(database.title, owner, advice))
    name = owner or own_name
    file: RoadmapFile | None = None
    if name in names and wish.name is None:
        raise UsageError(_name_taken(name, wish.link))
    if name in names:
        (file,) = select_files(loaded, [name])
        if services.readers.state.load_target(name) is not None:
            raise UsageError(_other_database(name, wish.link))
        title = file.roadmap.title
    else:
        files.check_new(name)
    matching = match_columns(database.columns, wish.columns or {})
    target = adopter.bind_foreign(database, matching)
    remote = services.readers.remote.fetch_rows(target, {}, classify=0)
    roadmap = file.roadmap if file is not None else Roadmap(title=title)
    local = make_local_observation(name, file.digest if file is not None else "", roadmap)
    local = name_skills(local)
    namesakes = pair_namesakes(local, remote.rows)
    return Proposal(
        name=name,
        title=title,
        database=database,
        matching=matching,
        target=target,
        added=tuple(adopter.list_needed(target)),
        remote=remote,
        local=local,
        plan=make_plan(_bind(namesakes.sure), local, remote, policy),
        file=file,
        namesakes=namesakes,
    )


def run_adoption(  # noqa: PLR0913  what it writes with, what was agreed to, and how
    services: Services,
    files: NewFileWriter,
    proposal: Proposal,
    chosen: Mapping[PageId, SkillId],
    policy: Policy,
    *,
    progress: Progress,
) -> Adopted:
    """Carry out a proposal; `chosen` says which skills the doubtful rows are, where they are any.

    Raises what its first writes raise; everything can be repeated.
    """
    name, state = proposal.name, services.writers.state
    readers = services.readers
    with services.lock():
        target = services.adopter.complete_foreign(proposal.target)
        if proposal.file is not None:
            _save_ids(services, proposal)
            pages = {**proposal.namesakes.sure, **{skill: page for page, skill in chosen.items()}}
            # Before the database: a sync that knew it and not the pairs would make all of them twice.
            state.save_bindings(name, [Binding(skill, page) for skill, page in pages.items()])
        state.save_target(name, target)
        if proposal.file is None:
            # Afterwards: a file of which nothing is known would get a database of its own.
            files.save_roadmap(name, Roadmap(title=proposal.title))
        planner = Planner(
            observe=lambda: observe_roadmaps(readers, [name], policy, progress),
            replan=lambda seen, rows, deleted: plan_again(readers, seen, rows, policy, deleted),
        )
        try:
            result = decide(services, planner, confirm=lambda _: True, progress=progress)
        except TrackerError as error:
            # Adopted it is: what is left any sync does.
            result = SyncResult(Planned(()), stopped=error)
    return Adopted(proposal, result)


def list_doubts(proposal: Proposal, taken: Sequence[SkillId] = ()) -> tuple[Doubt, ...]:
    """Return the doubtful rows that may still be a skill, where some skills are taken."""
    doubts = (
        replace(doubt, skills=tuple(skill for skill in doubt.skills if skill.skill_id not in taken))
        for doubt in proposal.namesakes.doubts
    )
    return tuple(doubt for doubt in doubts if doubt.skills)


def _bind(pages: Mapping[SkillId, PageId]) -> Base:
    return Base({skill_id: Binding(skill_id, page_id) for skill_id, page_id in pages.items()})


def _save_ids(services: Services, proposal: Proposal) -> None:
    """Write the ids of the skills that have none: what is bound needs one."""
    file = proposal.file
    if file is None:
        return
    given = make_local_observation(file.name, file.digest, file.roadmap).skills
    edits = [
        SetValue(after.at, "id", str(after.skill_id))
        for before, after in zip(given, proposal.local.skills, strict=True)
        if before.skill_id is None
    ]
    if edits:
        services.writers.roadmaps.save_edits(file.name, file.digest, edits)


def _find_owner(services: Services, database: ForeignDatabase, name: str) -> str | None:
    """Return the roadmap of this folder to which a database belongs already.

    `name` may be one that only the settings know yet: an adoption that was cut off.
    """
    state = services.readers.state
    for known in (*state.load_roadmaps(), name):
        target = state.load_target(known)
        if target is not None and target.data_source_id == database.data_source_id:
            return known
    return None


def _adopted_already(title: str, owner: str, advice: str) -> Problem:
    return Problem(
        code="adopted-already",
        what=f'"{show(title)}" belongs to the roadmap {owner} already',
        why="a database has one roadmap",
        kept=NOTHING_WRITTEN,
        next=advice,
    )


def _name_taken(name: str, link: str) -> Problem:
    again = f"tracker adopt {quote_argument(link)} --name"
    return Problem(
        code="file-exists",
        what=f"roadmaps/{name}.yaml already exists",
        why="a file that exists is never overwritten",
        kept=NOTHING_WRITTEN,
        next=f"{again} {name}    # matches its skills with the rows; another name makes a new file",
    )


def _other_database(name: str, link: str) -> Problem:
    again = f"tracker adopt {quote_argument(link)} --name {name}"
    return Problem(
        code="other-database",
        what=f"the roadmap {name} has a database already",
        why="a roadmap has one database",
        kept=NOTHING_WRITTEN,
        next=f"tracker forget {name} --yes    # unlinks it; then {again}",
    )
