"""Find out that nothing changed since a run that left nothing to do, without planning anew.

Handed readers only. Whatever was fetched to find it out serves the plan where something did change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.local_ports import Loaded
from tracker.ports import Readers
from tracker.sync.rest import Rest, RestBasis
from tracker.sync.snapshot import Snapshot, advance
from tracker.workflows.reading import Glance, fetch_glance, is_unchanged


@dataclass(frozen=True, slots=True)
class RestCheck:
    """What a run may rest on, and the `rest` that is left where nothing changed.

    `glances` are the databases that were looked at, by roadmap, `snapshots` what to keep of them.
    """

    basis: RestBasis | None
    rest: Rest | None = None
    glances: Mapping[str, Glance] = field(default_factory=dict)
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)


def check_rest(readers: Readers, names: Sequence[str], today: date) -> RestCheck:
    """Compare files, settings and rows with those of the last run, if it left nothing to do."""
    files = readers.roadmaps.load_digests()
    if not files:
        return RestCheck(None)
    basis = RestBasis(f"{readers.setting} {today}", tuple(names), files)
    rest = readers.state.load_rest()
    if rest is None or rest.basis != basis:
        return RestCheck(basis)
    glances: dict[str, Glance] = {}
    for plan in rest.plans:
        glance = fetch_glance(readers, plan.roadmap, plan.title)
        glances[plan.roadmap] = glance
        if not is_unchanged(readers, plan.roadmap, glance):
            return RestCheck(basis, glances=glances)
    # Rows that were shown again need not be a third time.
    snapshots = {
        name: advance(glance.changes.mark, glance.changes.conditions)
        for name, glance in glances.items()
        if glance.changes and glance.changes.rows
    }
    return RestCheck(basis, rest, glances, snapshots)


def is_based_on(basis: RestBasis, loaded: Loaded) -> bool:
    """Tell whether all files were loaded as they were when the run began."""
    return {file.path: file.digest for file in loaded.files} == basis.files
