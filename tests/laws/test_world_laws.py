"""A whole world, at random: two machines, two sides, people, faults, kills, an index that lags.

Whatever happens, nothing that a person wrote is lost, no row is made twice, and in the end
everything is equal and at rest.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from functools import partial, wraps
from pathlib import Path
from threading import Lock

import faults
import httpx
import pytest
import world_actions
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from machine import World
from world_learner import FIGURES

from tracker.errors import TrackerError
from tracker.settings import LARGE_FROM
from tracker.sync.model import Side
from tracker.workflows.results import SyncResult

pytestmark = pytest.mark.slow

PICK = st.integers(0, 5)
HOW = st.integers(0, 19)
WHO = st.integers(0, 1)
FIELD = st.sampled_from(world_actions.EDITED)
SIDE = st.sampled_from([Side.LOCAL, Side.REMOTE])
AT = st.integers(0, 12)
DONE = st.booleans()

STYLES = (
    "Skill {n}",
    "{{id: skill-{n}, name: Skill {n}}}",
    "id: skill-{n}\n        name: Skill {n}\n        status: doing\n        tags: [tag x{n}]",
    "name: Skill {n}  # as it is\n        goal: goal x{n}",
)


def make_file(styles: list[int], line_end: str) -> str:
    """Write a small roadmap in two sections."""
    items = [STYLES[style % len(STYLES)].format(n=f"{n}a") for n, style in enumerate(styles)]
    first, second = items[::2], items[1::2]
    lines = ["# a comment at the top", "title: Path", "x-own: kept", "sections:"]
    for title, skills in (("Alpha", first), ("Beta", second)):
        lines += [f"  - title: {title}", "    skills:" + ("" if skills else " []")]
        lines += [f"      - {item}" for item in skills]
    return "\n".join([*lines, ""]).replace("\n", line_end)


def make_faults(world: World) -> list[faults.Fault]:
    """Return one fault of every kind."""
    lost = (httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError)
    return [
        *(faults.failing(status, done=done) for status in (500, 502, 503, 504) for done in (0, 1)),
        *(faults.losing(error, done=done) for error in lost for done in (False, True)),
        faults.never_sent(),
        faults.rate_limited(1),
        faults.rate_limited(90, told_in="body"),
        faults.rate_limited(1000),
        faults.blocked(),
        faults.overloaded(),
        faults.overloaded(5),
        faults.conflicting(),
        faults.saved(),
        faults.saved(told=False),
        faults.truncated(),
        faults.not_found(),
        faults.forbidden(),
        faults.short_page(1),
        faults.short_page(2),
        faults.incomplete(),
        world.notion.log.lag(seconds=5),
        world.notion.log.lag(seconds=12),
    ]


def step(**values):
    """Make a rule of a method, and count how often it is followed."""

    def decorate(method):
        @rule(**values)
        @wraps(method)
        def counted(self, **drawn) -> None:
            FIGURES["steps"] += 1
            method(self, **drawn)

        return counted

    return decorate


EDITING = Lock()


class WorldMachine(RuleBasedStateMachine):
    """People, machines and faults take turns."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="world-"))
        self.world: World | None = None
        self.prefer = Side.LOCAL
        FIGURES["examples"] += 1

    @initialize(
        styles=st.lists(st.integers(0, 3), min_size=3, max_size=6),
        line_end=st.sampled_from(["\n", "\n", "\r\n"]),
        prefer=SIDE,
        is_shared=st.booleans(),
        large_from=st.sampled_from([0, 0, LARGE_FROM]),
    )
    def begin(self, *, styles, line_end, prefer, is_shared, large_from) -> None:
        """Sync one folder; the other has the same file and syncs too, or is a clone of the first."""
        text = make_file(styles, line_end)
        self.world = world = World(self.root, text, large_from=large_from)
        self.prefer = prefer
        one, two = world.learners
        for skill in one.skills():
            world.born(skill.record.name)
            values = skill.record.values()
            world.ledger.write(skill.skill_id or "", {}, values, "one")
        world.ledger.volatile.clear()
        world.must_sync(one)
        world.notion.learn()
        if is_shared:
            world.must_sync(two)
        else:
            two.clone(one)

    def learner(self, who: int):
        return self.world.learners[who]

    # What people do.

    @step(who=WHO, which=FIELD, pick=PICK, how=HOW)
    def edit_file(self, who, which, pick, how) -> None:
        world_actions.edit_file(self.world, self.learner(who), which, pick, how)

    @step(which=FIELD, pick=PICK, how=HOW)
    def edit_row(self, which, pick, how) -> None:
        world_actions.edit_row(self.world, which, pick, how)

    @step(who=WHO, which=FIELD, pick=PICK, how=HOW)
    def clash(self, who, which, pick, how) -> None:
        world_actions.clash(self.world, self.learner(who), which, pick, how)

    @step(who=WHO, which=FIELD, pick=PICK, how=HOW)
    def copy_value(self, who, which, pick, how) -> None:
        world_actions.copy_value(self.world, self.learner(who), which, pick, how)

    @step(who=WHO, pick=PICK, how=HOW, kind=st.integers(0, 5))
    def work_in_file(self, who, pick, how, kind) -> None:
        learner = self.learner(who)
        match kind:
            case 0:
                world_actions.add_to_file(self.world, learner, pick, how)
            case 1:
                world_actions.delete_from_file(self.world, learner, pick)
            case 2:
                world_actions.move_in_file(self.world, learner, pick, how)
            case 3:
                world_actions.rename_in_file(self.world, learner, pick, how)
            case 4:
                world_actions.require_in_file(self.world, learner, pick, how)
            case _:
                world_actions.add_to_both_files(self.world, pick, how)

    @step(pick=PICK, how=HOW, kind=st.integers(0, 5))
    def work_in_notion(self, pick, how, kind) -> None:
        match kind:
            case 0:
                world_actions.add_row(self.world, pick, how)
            case 1:
                world_actions.trash_row(self.world, pick)
            case 2:
                world_actions.restore_row(self.world, pick)
            case 3:
                world_actions.move_row(self.world, pick, how)
            case 4:
                world_actions.relate(self.world, pick, how)
            case _:
                world_actions.copy_row(self.world, pick)

    @step(how=HOW)
    def write_on_progress(self, how) -> None:
        world_actions.write_on_progress(self.world, how)

    @step(pick=PICK, how=HOW, kind=st.integers(0, 2))
    def change_schema(self, pick, how, kind) -> None:
        match kind:
            case 0:
                world_actions.rename_column(self.world, pick)
            case 1:
                world_actions.rename_option(self.world, pick, how)
            case _:
                world_actions.delete_option(self.world, pick, how)

    @step(who=WHO, pick=PICK, how=HOW, in_file=st.booleans())
    def leave_marks(self, who, pick, how, in_file) -> None:
        if in_file:
            world_actions.mark_file(self.world, self.learner(who), pick, how)
        else:
            world_actions.add_extras(self.world, pick, how)

    @step(who=WHO)
    def drop_state(self, who) -> None:
        world_actions.drop_state(self.world, self.learner(who))

    @step(seconds=st.sampled_from([1, 40, 3600]))
    def wait(self, seconds) -> None:
        self.world.time.now += seconds

    # What machines do.

    @step(who=WHO, twice=st.booleans())
    def sync(self, who, twice) -> None:
        """Sync well; a second sync then writes nothing."""
        learner = self.learner(who)
        result = self.world.must_sync(learner)
        self.world.check_nothing_lost()
        if not result.planned.refusals:
            self.world.check_rows()
            self.world.check_equal(learner)
            if twice:
                self.world.check_quiet(learner)

    @step(who=WHO, prefer=SIDE)
    def settle_conflicts(self, who, prefer) -> None:
        self.world.settle_conflicts(self.learner(who), prefer)
        self.world.check_nothing_lost()

    @step(who=WHO, plan=st.lists(st.tuples(AT, st.integers(0, 40)), min_size=1, max_size=4))
    def sync_badly(self, who, plan) -> None:
        """Sync while things go wrong."""
        self.world.allow_twins(self.learner(who))
        kinds = make_faults(self.world)
        script = {at: kinds[number % len(kinds)] for at, number in plan}
        self.run(who, lambda number, _: script.get(number))

    @step(who=WHO, at=AT, done=DONE)
    def kill(self, who, at, done) -> None:
        """Kill a sync at some request."""
        self.run(who, faults.at([at], faults.killed(done=done)))

    @step(who=WHO, seconds=st.integers(1, 14) | st.sampled_from([25, 50]))
    def sync_lagging(self, who, seconds) -> None:
        """Sync while listings are old."""
        self.world.allow_twins(self.learner(who))
        lag = self.world.notion.log.lag(seconds=seconds)
        self.run(who, lambda *_: lag)

    @step(who=WHO, at=AT, done=DONE, which=FIELD, pick=PICK, how=HOW, kind=st.integers(0, 4))
    def sync_while_people_work(self, *, who, at, done, which, pick, how, kind) -> None:
        """Somebody does something in the middle of a sync."""
        learner = self.learner(who)
        work = [
            lambda: world_actions.edit_file(self.world, learner, which, pick, how),
            lambda: world_actions.edit_row(self.world, which, pick, how),
            lambda: world_actions.delete_from_file(self.world, learner, pick),
            lambda: world_actions.trash_row(self.world, pick),
            lambda: world_actions.add_row(self.world, pick, how),
        ]
        hook = faults.hooked(work[kind], done=done, kind="people at work")
        self.run(who, faults.at([at], hook))

    @step(
        who=WHO,
        typed=st.lists(st.tuples(st.integers(0, 7), FIELD, PICK, HOW), min_size=1, max_size=5),
        work=st.lists(
            st.tuples(st.integers(0, 12), DONE, st.integers(0, 8), FIELD, PICK, HOW),
            min_size=1,
            max_size=6,
        ),
        seconds=st.sampled_from([0, 0, 0, 5, 12]),
    )
    def sync_while_people_edit(self, *, who, typed, work, seconds) -> None:
        """Push edits of the file while people edit rows, between any two requests of the sync."""
        learner = self.learner(who)
        for kind, which, pick, how in typed:
            if kind == 0:
                world_actions.delete_from_file(self.world, learner, pick)
            elif kind == 1:
                world_actions.move_in_file(self.world, learner, pick, how)
            else:
                world_actions.edit_file(self.world, learner, which, pick, how)
        if seconds:
            self.world.allow_twins(learner)
        lag = self.world.notion.log.lag(seconds=seconds) if seconds else None
        hooks = {
            at: faults.hooked(
                partial(self.edit_rows, kind, which, pick, how), done=done, kind="edit in a sync"
            )
            for at, done, kind, which, pick, how in work
        }
        self.run(who, lambda number, _: hooks.get(number, lag))

    def edit_rows(self, kind, which, pick, how) -> None:
        """Do something to a row; mostly, type another value.

        One at a time, although rows are read side by side: of two people who type over one value at
        once, nobody could say whose is lost.
        """
        with EDITING:
            self._edit_rows(kind, which, pick, how)

    def _edit_rows(self, kind, which, pick, how) -> None:
        FIGURES["edits in syncs"] += 1
        match kind:
            case 0:
                world_actions.trash_row(self.world, pick)
            case 1:
                world_actions.restore_row(self.world, pick)
            case 2:
                world_actions.move_row(self.world, pick, how)
            case 3:
                world_actions.relate(self.world, pick, how)
            case _:
                world_actions.edit_row(self.world, which, pick, how)

    @step(who=WHO, at=AT, done=DONE)
    def sync_at_once(self, who, at, done) -> None:
        """Run a whole sync of the other machine in the middle of one."""
        other = self.learner(1 - who)
        self.world.allow_twins(self.learner(who))
        hook = faults.hooked(lambda: self.check(other.sync()), done=done, kind="another sync")
        self.run(who, faults.at([at], hook))

    def run(self, who, decide) -> None:
        learner = self.learner(who)
        self.check(learner.sync(decide))
        self.world.check_nothing_lost()

    def check(self, ending) -> None:
        """Tell endings that are meant from those that are not; the latter have raised already."""
        assert isinstance(ending, SyncResult | TrackerError | faults.Killed)

    def teardown(self) -> None:
        """Let the machines come to rest, and compare everything."""
        try:
            if self.world is not None and sys.exc_info()[0] is None:
                self.world.check_end(self.prefer)
        finally:
            if self.world is not None:
                self.world.close()
            shutil.rmtree(self.root)


TestWorld = pytest.mark.guarantee("G1", "G3", "G4", "G5", "G11", "G14")(WorldMachine.TestCase)
TestWorld.settings = settings(
    max_examples=int(os.environ.get("TRACKER_WORLDS", settings.default.max_examples // 5)),
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
