"""Makes the views of a roadmap's database, once.

A view belongs to the learner from the moment it is made. The target notes, by kind, which views are
still to be made. One of that kind that is there already counts, whatever its name, so that a run that
was cut off is finished, and nothing is made twice. Two machines that make the views of one database
at the same moment both look again, and both keep the older view of each kind. Changes no view but the
one with which Notion starts a database, and deletes none but its own of the same run.

That view becomes the Path, which is the first tab, last of all: as long as it is untouched beside views of
ours, their making was cut off, although rows are there already and nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tracker.adapters.notion.columns import Schema
from tracker.adapters.notion.errors import (
    AmbiguousError,
    AnswerError,
    DeniedError,
    ForbiddenError,
    RejectedError,
    understood,
)
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, normal_id
from tracker.adapters.notion.listing import fetch_list
from tracker.adapters.notion.retry import Operation
from tracker.adapters.notion.views import VIEWS, encode_views, find_kinds, is_untouched
from tracker.errors import Problem, RemoteError, Severity, UnansweredError, UnreachableError
from tracker.sync.target import DatabaseTarget

Views = Mapping[str, Json]
"""Views as the server shows them, by id."""


class ViewMaker:
    """Makes the views of one database; `notes` say afterwards what the server refused."""

    def __init__(self, gateway: Gateway, schema: Schema, target: DatabaseTarget) -> None:
        self.notes: list[Problem] = []
        self._gateway = gateway
        self._title = schema.title
        self._target = target
        self._encoded = encode_views(schema, target)
        # By kind: the id of its view, empty where it is still to be made; views made by this run; and
        # why there is none.
        self._ids = {kind: it for kind, it in target.views.items() if it or kind in self._encoded}
        self._made: dict[str, Json] = {}
        self._refused: dict[str, str] = {}
        self._unclear: dict[str, str] = {}

    def find_missing(self) -> tuple[str, ...]:
        """Return the kinds of which there is no view, but for those made once and deleted since.

        Raises RemoteError where the views cannot be listed.
        """
        known = {**self._ids, **find_kinds(self._encoded, self._fetch_views())}
        return tuple(kind for kind in self._encoded if not known.get(kind))

    def find_cut_off(self) -> bool:
        """Return whether a run that made the views was cut off, by what there is of them.

        Raises RemoteError where the views cannot be listed.
        """
        views = self._fetch_views()
        is_begun = bool(find_kinds(self._encoded, views))
        return is_begun and any(is_untouched(view) for view in views.values())

    def make(self) -> Iterator[DatabaseTarget]:
        """Make the views that are still to be made; yield the target after each, to be remembered.

        A view of which no answer comes stays to be made: the next run tries again.
        """
        pending = self._list_pending()
        try:
            views = self._fetch_views()
            there = find_kinds(self._encoded, views)
            if "path" in pending and self._find_default(views):
                pending = [kind for kind in pending if kind != "path"] + ["path"]
            for kind in pending:
                self._ids[kind] = there.get(kind) or self._make(kind, views)
                yield self._noted()
            self._give_way(views)
        except UnansweredError as error:
            # Not for the rows to suffer from; where nothing answers any more, they will say so.
            self._unclear.update(dict.fromkeys(self._list_pending(), _explain(error)))
        except UnreachableError:
            raise
        except RemoteError as error:
            # What cannot be listed may be there, and who may not make one view makes no other.
            self._refused.update(dict.fromkeys(self._list_pending(), _explain(error)))
        for kind in self._refused:
            del self._ids[kind]
        self._tell()
        yield self._noted()

    def _list_pending(self) -> list[str]:
        lost = self._refused.keys() | self._unclear.keys()
        return [kind for kind, view_id in self._ids.items() if not view_id and kind not in lost]

    def _noted(self) -> DatabaseTarget:
        return replace(self._target, views=dict(self._ids))

    def _fetch_views(self, but: Views | None = None) -> dict[str, Json]:
        """Fetch the views of the data source, without those that are known already."""
        known = but or {}
        # A list of views shows their ids only ("List views").
        query = {"database_id": self._target.database_id}
        with understood():
            found = [normal_id(it["id"]) for it in fetch_list(self._gateway, "views", query)]
        views: dict[str, Json] = {}
        for view_id in found:
            if view_id in known:
                continue
            try:
                view = self._gateway.fetch(f"views/{view_id}")
            except ForbiddenError:
                raise
            except DeniedError:
                continue  # deleted since it was listed
            source_id = str(view.get("data_source_id") or self._target.data_source_id)
            if normal_id(source_id) == self._target.data_source_id:
                views[view_id] = view
        return views

    def _make(self, kind: str, views: Views) -> str:
        """Make one view and return its id; nothing where the server does not take it.

        Raises DeniedError where it takes none.
        """
        default = self._find_default(views)
        try:
            if kind == "path" and default:
                return self._rename(default, self._encoded[kind])
            return self._create(kind)
        except RejectedError as error:
            self._refused[kind] = _explain(error)
        except AmbiguousError as error:
            self._unclear[kind] = _explain(error)
        return ""

    def _find_default(self, views: Views) -> str:
        """Return the id of the view with which Notion started the database; empty without one."""
        if self._target.is_adopted:
            return ""  # the views of a database that somebody else made stay as they are
        return next((view_id for view_id, view in views.items() if is_untouched(view)), "")

    def _rename(self, view_id: str, wanted: Json) -> str:
        body = {key: value for key, value in wanted.items() if key != "type"}
        try:
            self._gateway.patch(f"views/{view_id}", body)
        except AnswerError as error:
            # A server that lets nobody change a view may let them make one.
            self._refused["path"] = _explain(error)
            return ""
        return view_id

    def _create(self, kind: str) -> str:
        body = {
            "database_id": self._target.database_id,
            "data_source_id": self._target.data_source_id,
            **self._encoded[kind],
        }
        if kind == "path" and not self._target.is_adopted:
            body["position"] = {"type": "start"}
        try:
            made = self._gateway.create("views", body)
        except AmbiguousError as error:
            made = self._look_up(kind, error.saved_id) or self._gateway.create("views", body)
        self._made[kind] = made
        with understood():
            return normal_id(made["id"])

    def _look_up(self, kind: str, saved_id: str | None) -> Json | None:
        """Return the view that a request made whose answer was lost; None when it made none."""
        if saved_id is not None:
            return self._gateway.fetch(f"views/{saved_id}")
        views = self._fetch_views()
        found = find_kinds(self._encoded, views).get(kind)
        return views[found] if found is not None else None

    def _give_way(self, views: Views) -> None:
        """Delete the views of this run that another machine made, too, and made before."""
        if not self._made:
            return
        own = {self._ids[kind]: view for kind, view in self._made.items()}
        others = self._fetch_views(but={**views, **own})
        oldest_first = dict(sorted(others.items(), key=lambda item: _age_of(item[1])))
        for kind, view_id in find_kinds(self._encoded, oldest_first).items():
            if kind in self._made and _age_of(others[view_id]) < _age_of(self._made[kind]):
                self._gateway.send(Operation.PATCH, "DELETE", f"views/{self._ids[kind]}")
                self._ids[kind] = view_id

    def _tell(self) -> None:
        """Note once for all views which of them the server did not take, and why."""
        lost = {**self._refused, **self._unclear}
        if not lost:
            return
        names = ", ".join(VIEWS[kind][0] for kind in lost)
        advice = "nothing to do; where you miss one of them, add it there by hand"
        self.notes.append(
            Problem(
                code="views-refused",
                what=f'"{self._title}" lacks views: {names}',
                severity=Severity.NOTE,
                why=next(iter(lost.values())),
                kept="its rows are synced all the same",
                next=advice if self._refused else "tracker sync    # tries again",
            )
        )


def _age_of(view: Json) -> tuple[str, str]:
    """Return a key that sorts views by age, the same on every machine."""
    return str(view.get("created_time") or ""), normal_id(str(view.get("id")))


def _explain(error: RemoteError) -> str:
    return error.problems[0].why
