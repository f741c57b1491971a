"""The built-in workspace, opened on a disk that may refuse.

Must not know what the workspace holds: it is a server like any other, only nearer.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tracker.adapters.files import LinkedFileError, check_kind, check_own, make_linked_problem
from tracker.errors import Problem, StateError
from tracker.workspace.app import ROOT_PAGE_ID, Note, make_app
from tracker.workspace.errors import WorkspaceFileError

__all__ = ["ROOT_PAGE_ID", "Note", "make_workspace"]


def make_workspace(
    path: Path | None, *, token: str | None = None, note: Note | None = None
) -> Flask:
    """Open a workspace file, or one in memory without a path; `note` stands on its first page.

    Raises StateError when the file is no workspace, or cannot be read or made.
    """
    try:
        if path is not None:
            path.parent.mkdir(exist_ok=True)
            for ending in ("", "-wal", "-shm", "-journal"):
                beside = path.with_name(path.name + ending)
                check_own(beside)
                check_kind(beside)
        return make_app(path, token=token, note=note)
    except LinkedFileError as error:
        raise StateError(make_linked_problem(error)) from None
    except (WorkspaceFileError, OSError) as error:
        raise StateError(
            Problem(
                code="workspace-unusable",
                what="cannot use the built-in workspace",
                why=str(error),
                kept="nothing was written",
                next="free disk space, make the folder writable, or move the file away: "
                "a new one is filled from the roadmaps",
            )
        ) from None
