"""Two machines with a folder each keep one Notion side, in turns and at once."""

from __future__ import annotations

import os
import random
import threading
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import httpx
import pytest

from tracker.roadmap.edits import SetValue
from tracker.sync.model import Policy, Side
from tracker.sync.records import Field
from tracker.wiring import Overrides, init_folder, open_local, open_services
from tracker.workflows.sync import run_sync
from tracker.workspace.app import ROOT_PAGE_ID, make_app

pytestmark = pytest.mark.slow

ROUNDS = 200
SKILLS = ("a", "b", "c")
ENVIRON = {"NOTION_TOKEN": "token", "NOTION_BASE_URL": "http://localhost"}
FIELDS = (Field.GOAL, Field.LEVEL, Field.NAME)
FILE = "title: R\nsections:\n  - title: S\n    skills:\n" + "".join(
    f"      - {{id: {each}, name: name {each}, goal: goal {each}, level: level {each}}}\n"
    for each in SKILLS
)


@dataclass
class ValueHistory:
    """Every value that a person wrote, and the values that its writer saw and replaced."""

    parents: dict[str, set[str]] = field(default_factory=dict)
    current: dict[tuple[str, Field], set[str]] = field(default_factory=dict)

    def write(self, place, value, replaced):
        self.parents[value] = {replaced}
        self.current.setdefault(place, set()).add(value)
        self._bury(place)

    def settle(self, place, winner, loser):
        self.parents.setdefault(winner, set()).add(loser)
        self._bury(place)

    def _bury(self, place):
        """Take out what somebody replaced, directly or through what they replaced."""
        buried, open_ends = set(), set(self.current[place])
        while open_ends:
            older = set().union(*(self.parents.get(each, set()) for each in open_ends))
            open_ends = older - buried
            buried |= older
        self.current[place] -= buried


@dataclass
class Machine:
    folder: Path
    overrides: Overrides

    def sync(self, prefer=None):
        with open_services(self.folder, environ=ENVIRON, overrides=self.overrides) as services:
            policy = Policy(prefer=prefer, today=date(2026, 11, 3))
            return run_sync(services, (), policy, confirm=lambda _: True, progress=lambda *_: None)

    def values(self):
        (file,) = open_local(self.folder).reader.load_roadmaps().files
        return {
            (skill.id, which): getattr(skill, which.value)
            for skill in file.roadmap.skills
            for which in FIELDS
        }

    def edit(self, skill_id, which, value):
        local = open_local(self.folder)
        (file,) = local.reader.load_roadmaps().files
        at = (0, [skill.id for skill in file.roadmap.skills].index(skill_id))
        local.writer.save_edits(file.name, file.digest, [SetValue(at, which.value, value)])


@pytest.fixture
def machines(tmp_path):
    app = make_app(tmp_path / "workspace.db")
    overrides = Overrides(transport=lambda _: httpx.WSGITransport(app=app))
    made = [Machine(tmp_path / name, overrides) for name in ("one", "two")]
    for machine in made:
        machine.folder.mkdir()
        init_folder(machine.folder, [], ROOT_PAGE_ID)
        (machine.folder / "roadmaps" / "r.yaml").write_text(FILE, encoding="utf-8")
        machine.sync()
    yield made
    app.extensions["workspace"].close()


def sync_at_once(machines):
    results = {}

    def work(index):
        results[index] = machines[index].sync()

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(machines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[index] for index in range(len(machines))]


def settle(machine, ledger, chance):
    """Settle all conflicts of a machine for one side, as a person who looks at them would."""
    result = machine.sync()
    if not result.planned.conflicts:
        return
    prefer = chance.choice([Side.LOCAL, Side.REMOTE])
    settled = machine.sync(prefer)
    for _, conflict in result.planned.conflicts:
        both = (str(conflict.local), str(conflict.remote))
        winner, loser = both if prefer is Side.LOCAL else both[::-1]
        ledger.settle((conflict.skill_id, conflict.field), winner, loser)
    assert not settled.planned.refusals


@pytest.mark.guarantee("G1")
@pytest.mark.parametrize("seed", range(int(os.environ.get("TRACKER_SEEDS", "1"))))
def test_no_edit_of_two_machines_is_lost(machines, seed):
    """After 200 rounds in turns and at once both converge, and every last value stands."""
    chance, ledger = random.Random(seed), ValueHistory()
    for number in range(ROUNDS):
        for index, machine in enumerate(machines):
            if chance.random() < 0.8:
                place = (chance.choice(SKILLS), chance.choice(FIELDS))
                value = f"value {seed} {number} {index}"
                before = machine.values()[place]
                machine.edit(*place, value)
                ledger.write(place, value, before)
        if chance.random() < 0.5:
            sync_at_once(machines)
        else:
            chance.choice(machines).sync()
        if chance.random() < 0.3:
            settle(chance.choice(machines), ledger, chance)

    for _ in range(4):
        for machine in machines:
            settle(machine, ledger, chance)
    one, two = (machine.values() for machine in machines)

    assert one == two
    assert {place: {one[place]} for place in ledger.current} == ledger.current
    assert all(machine.sync().planned.is_empty for machine in machines)


def add(machine, skill_id):
    """Write a new skill at the end of the file."""
    path = machine.folder / "roadmaps" / "r.yaml"
    line = f"      - {{id: {skill_id}, name: name {skill_id}}}\n"
    path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")


def move_first_to_the_end(machine):
    """Reorder the file by hand."""
    path = machine.folder / "roadmaps" / "r.yaml"
    *head, first, rest = path.read_text(encoding="utf-8").partition("      - {id: a")
    line, _, others = rest.partition("\n")
    path.write_text("".join(head) + others + first + line + "\n", encoding="utf-8")


@pytest.mark.guarantee("G3")
def test_files_in_different_orders_come_to_rest(machines):
    """Each machine adds a skill of its own at the end, and one reorders its file."""
    one, two = machines
    add(one, "x")
    add(two, "y")
    for machine in (one, two, one):
        machine.sync()
    move_first_to_the_end(two)
    two.sync()

    again = [machine.sync().planned for machine in (one, two, one, two)]

    assert all(planned.is_empty for planned in again)
    assert {key for key, _ in one.values()} == {key for key, _ in two.values()}
    assert len(one.values()) == len(FIELDS) * 5
