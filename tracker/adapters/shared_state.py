"""The state of a folder whose Notion side is shared between machines.

Database ids stand in `tracker.yaml` too, which travels with the learner's repository; everything
else is the business of the state database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tracker.adapters.settings_file import save_database
from tracker.adapters.state_db import StateDb
from tracker.errors import Problem
from tracker.ports import Target
from tracker.roadmap.model import SkillId
from tracker.sync.journal import JournalEntry, JournalRun, Undo
from tracker.sync.snapshot import Base, Binding, PageId


class SharedState:
    """Implements the state ports; falls back to the settings for the place of a database."""

    def __init__(self, db: StateDb, folder: Path, databases: Mapping[str, str]) -> None:
        self._db = db
        self._folder = folder
        self._databases = dict(databases)

    def load_target(self, roadmap: str) -> Target | None:
        """Load the database binding; from the settings, its columns are not bound yet."""
        noted = self._databases.get(roadmap)
        target = self._db.load_target(roadmap)
        if noted is None or (target and target.data_source_id == noted):
            return target
        return Target(database_id="", data_source_id=noted)

    def save_target(self, roadmap: str, target: Target) -> None:
        """Remember a roadmap's database in the state and in the settings."""
        self._db.save_target(roadmap, target)
        if self._databases.get(roadmap) != target.data_source_id:
            save_database(self._folder, roadmap, target.data_source_id)
            self._databases[roadmap] = target.data_source_id

    def load_base(self, roadmap: str) -> Base:
        """Load the bindings and base values of a roadmap."""
        return self._db.load_base(roadmap)

    def load_intents(self, roadmap: str) -> frozenset[SkillId]:
        """Load the skills whose creation was begun and never settled."""
        return self._db.load_intents(roadmap)

    def load_direct_reads(self, roadmap: str) -> Mapping[PageId, str]:
        """Load the digests of rows of which a GET said something else than the listing."""
        return self._db.load_direct_reads(roadmap)

    def load_roadmaps(self) -> tuple[str, ...]:
        """Load the names of all roadmaps that have a target."""
        return self._db.load_roadmaps()

    def load_run_names(self) -> tuple[str, ...]:
        """Load the names of all runs that wrote something, newest first."""
        return self._db.load_run_names()

    def load_run(self, name: str) -> JournalRun:
        """Load what a run wrote; a run that is not there wrote nothing."""
        return self._db.load_run(name)

    def load_undos(self) -> tuple[Undo, ...]:
        """Load which run takes which one back, oldest first."""
        return self._db.load_undos()

    def save_bindings(
        self, roadmap: str, bindings: Sequence[Binding], entries: Sequence[JournalEntry] = ()
    ) -> None:
        """Merge base fields into the bindings, clear their intents, journal the entries."""
        self._db.save_bindings(roadmap, bindings, entries)

    def save_intent(self, roadmap: str, skill_id: SkillId) -> None:
        """Note that a row is about to be created."""
        self._db.save_intent(roadmap, skill_id)

    def save_direct_reads(self, roadmap: str, reads: Mapping[PageId, str]) -> None:
        """Remember what a GET said of rows, in place of what was remembered before."""
        self._db.save_direct_reads(roadmap, reads)

    def remove_binding(
        self, roadmap: str, skill_id: SkillId, entries: Sequence[JournalEntry] = ()
    ) -> None:
        """Forget a skill; journal the entries."""
        self._db.remove_binding(roadmap, skill_id, entries)

    def remove_roadmap(self, roadmap: str) -> None:
        """Forget a roadmap altogether, in the settings too; neither side is touched."""
        self._db.remove_roadmap(roadmap)
        if self._databases.pop(roadmap, None) is not None:
            save_database(self._folder, roadmap, None)

    def find_damage(self) -> tuple[Problem, ...]:
        """Read everything that is remembered, and return what is wrong with it."""
        return self._db.find_damage()

    def set_aside(self) -> str:
        """Rename a state that cannot be used, and return its new name."""
        return self._db.set_aside()

    def save_undo(self, undo: Undo) -> None:
        """Note that a run takes another one back, or that it is done with it."""
        self._db.save_undo(undo)
