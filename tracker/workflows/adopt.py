"""Make a roadmap of a database that somebody else made, or match one with a roadmap that is there.

First a proposal, for which nothing is written; then, in this order: the columns that are missing, where
the database is, a file without skills, and a sync. The sync brings the rows into the file, and numbers
and ids into the rows, as it does with rows that are typed in Notion; so a run that was cut off is
finished by the next one. A roadmap that is there already gets its skills bound to rows of their names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tracker.errors import NOTHING_WRITTEN, Problem, TrackerError, UsageError
from tracker.local_ports import RoadmapFile
from tracker.ports import Progress, Services
from tracker.roadmap.edits import SetValue
from tracker.roadmap.model import FORBIDDEN, Roadmap, SkillId, Status, show
from tracker.sync.adoption import Matching, match_columns
from tracker.sync.identity import is_blank, is_nameless
from tracker.sync.model import Base, Binding, Create, PageId, Plan, Policy, RemoteObservation, Side
from tracker.sync.namesakes import Doubt, Namesakes, name_skills, pair_namesakes
from tracker.sync.planner import make_plan
from tracker.sync.records import LocalObservation, make_local_observation
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
class RowFates:
    """What becomes of the rows, in numbers; `created` skills of the file get these `sections`.

    `made` rows are new in the database, `conflicts` and `unreadable` are values. `nameless` rows have
    something but no name, `blank` ones nothing at all; `twins` are the names that several rows have.
    """

    rows: int
    matched: int
    created: int
    done: int
    sections: tuple[str, ...]
    made: int
    conflicts: int
    unreadable: int
    nameless: int
    blank: int
    twins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an adoption would do.

    `digest` is that of the roadmap file that is there already, None for a new one, and `ids` gives ids
    to those of its skills that have none. `fates` are of the first sync as far as it can be foreseen,
    with only the rows bound that are `namesakes` for sure.
    """

    name: str
    title: str
    database: ForeignDatabase
    matching: Matching
    target: DatabaseTarget
    added: tuple[str, ...]
    fates: RowFates
    digest: str | None = None
    ids: tuple[SetValue, ...] = ()
    namesakes: Namesakes = field(default_factory=Namesakes)


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
    digest = file.digest if file is not None else None
    roadmap = file.roadmap if file is not None else Roadmap(title=title)
    given = make_local_observation(name, digest or "", roadmap)
    local = name_skills(given)
    namesakes = pair_namesakes(local, remote.rows)
    # Numbers of the plan, and not the plan: the sync that may follow reads both sides again.
    fates = summarise_rows(remote, local, make_plan(_bind(namesakes.sure), local, remote, policy))
    return Proposal(
        name=name,
        title=title,
        database=database,
        matching=matching,
        target=target,
        added=tuple(adopter.list_needed(target)),
        fates=fates,
        digest=digest,
        ids=tuple(_list_ids(given, local)) if file is not None else (),
        namesakes=namesakes,
    )


def summarise_rows(remote: RemoteObservation, local: LocalObservation, plan: Plan) -> RowFates:
    """Count what a first plan does to the rows of a database, and to the skills of a file."""
    creates = [action for action in plan.writes if isinstance(action, Create)]
    created = [action.record for action in creates if action.side is Side.LOCAL]
    made = len(creates) - len(created)
    names = Counter(row.record.name for row in remote.rows if not is_nameless(row))
    return RowFates(
        rows=len(remote.rows),
        matched=len(local.skills) - made,
        created=len(created),
        done=sum(record.status is Status.DONE for record in created),
        sections=tuple(dict.fromkeys(record.section for record in created)),
        made=made,
        conflicts=len(plan.conflicts),
        unreadable=sum(hold.field is not None for hold in plan.holds),
        nameless=sum(is_nameless(row) and not is_blank(row) for row in remote.rows),
        blank=sum(map(is_blank, remote.rows)),
        twins=tuple(name for name, count in names.items() if count > 1),
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
        if proposal.digest is not None:
            if proposal.ids:
                services.writers.roadmaps.save_edits(name, proposal.digest, proposal.ids)
            pages = {**proposal.namesakes.sure, **{skill: page for page, skill in chosen.items()}}
            # Before the database: a sync that knew it and not the pairs would make all of them twice.
            state.save_bindings(name, [Binding(skill, page) for skill, page in pages.items()])
        state.save_target(name, target)
        if proposal.digest is None:
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


def _list_ids(given: LocalObservation, named: LocalObservation) -> Iterator[SetValue]:
    """Yield the edits that give ids to the skills without: what is bound needs one."""
    for before, after in zip(given.skills, named.skills, strict=True):
        if before.skill_id is None:
            yield SetValue(after.at, "id", str(after.skill_id))


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
