"""The power goes out: a run that ends at a chosen request or disk write, and never does more.

Counts every effect of a run, in order: requests, and each step that makes something durable in a
roadmap file, the settings, the lock or the state. One of them is the last: `BEFORE` it happened,
`AFTER` it did and before the program learned of it, or `TORN` in the middle of writing a file.
After that the process counts as dead: no effect passes any more, and nothing is cleaned up. With a
`FullDisk` it lives on, and is told that there is no space left.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import httpx
import pytest
from faults import Killed

from tracker.adapters import files, state_db

Answer = TypeVar("Answer")


class Moment(StrEnum):
    """When a process dies, as seen from one of its effects."""

    BEFORE = "before"
    AFTER = "after"
    TORN = "torn"


@dataclass(slots=True)
class EffectCounter:
    """Counts effects and ends the run at number `at`; without a number it only counts."""

    at: int | None = None
    moment: Moment = Moment.BEFORE
    effects: list[str] = field(default_factory=list)
    is_dead: bool = False
    _one_at_a_time: Lock = field(default_factory=Lock)

    def meet(self, name: str, effect: Callable[[], Answer]) -> Answer:
        """Let one effect happen, unless the run is over."""
        with self._one_at_a_time:
            if self.is_dead:
                raise Killed
            is_last = len(self.effects) == self.at
            self.effects.append(name)
            if is_last and self.moment is not Moment.AFTER:
                self._die()
            answer = effect()
            if is_last:
                self._die()
            return answer

    def _die(self) -> None:
        self.is_dead = True
        raise Killed


class CountingTransport(httpx.BaseTransport):
    """Counts requests as effects."""

    def __init__(self, inner: httpx.BaseTransport, fate: EffectCounter) -> None:
        self._inner = inner
        self._fate = fate

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, or die."""
        name = f"{request.method} {request.url.path}"
        return self._fate.meet(name, lambda: self._answer(request))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        return response


class _CountingOs:
    """The module `os` as `adapters.files` uses it; what makes a file durable is an effect."""

    def __init__(self, fate: EffectCounter) -> None:
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fsync(self, opened: int) -> None:
        """Count a sync."""
        self._fate.meet("fsync", lambda: os.fsync(opened))

    def replace(self, source: Path, target: Path) -> None:
        """Count a replacement."""
        self._fate.meet(f"replace {target.name}", lambda: Path(source).replace(target))


@contextmanager
def mortal_disk(fate: EffectCounter) -> Iterator[None]:
    """Count everything that a run writes to the disk as effects."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "os", _CountingOs(fate))
        patch.setattr(files, "_write", _make_write(fate, files._write))
        patch.setattr(files, "_save_note", _make_counted(fate, "lock note", files._save_note))
        prepare, transaction = state_db.StateDb._prepare, state_db.StateDb._transaction
        patch.setattr(state_db.StateDb, "_prepare", _make_counted(fate, "new state", prepare))
        patch.setattr(state_db.StateDb, "_transaction", _make_transaction(fate, transaction))
        patch.setattr(Path, "unlink", _make_unlink(fate, Path.unlink))
        yield


def _make_counted(
    fate: EffectCounter, name: str, effect: Callable[..., None]
) -> Callable[..., None]:
    return lambda *given: fate.meet(name, lambda: effect(*given))


def _make_write(fate: EffectCounter, write: Callable[..., None]) -> Callable[..., None]:
    def counted(path: Path, content: bytes, mode: int | None) -> None:
        try:
            fate.meet(f"write {path.name}", lambda: None)
        except (Killed, OSError):
            if fate.moment is Moment.TORN:
                path.write_bytes(content[: len(content) // 2])
            raise
        write(path, content, mode)

    return counted


def _make_transaction(fate: EffectCounter, transaction: Callable[..., Any]) -> Callable[..., Any]:
    """Die inside a transaction, which is rolled back, or right after its commit."""

    @contextmanager
    def counted(self: state_db.StateDb, **given: bool) -> Iterator[Any]:
        is_after = fate.moment is Moment.AFTER and len(fate.effects) == fate.at
        with transaction(self, **given) as db:
            yield db
            if not is_after:
                fate.meet("commit", lambda: None)
        if is_after:
            fate.meet("commit", lambda: None)

    return counted


def _make_unlink(fate: EffectCounter, unlink: Callable[..., None]) -> Callable[..., None]:
    """Keep a dead process from cleaning up."""

    def counted(path: Path, **given: bool) -> None:
        if not fate.is_dead or isinstance(fate, FullDisk):
            unlink(path, **given)

    return counted


class FullDisk(EffectCounter):
    """From effect number `at` on the disk takes nothing any more; requests still pass."""

    def meet(self, name: str, effect: Callable[[], Answer]) -> Answer:
        """Let one effect happen, unless it needs the disk."""
        with self._one_at_a_time:
            self.effects.append(name)
            is_full = self.at is not None and len(self.effects) > self.at
            if is_full and "/v1/" not in name:
                self.is_dead = True
                raise _no_space(name)
            return effect()


def _no_space(name: str) -> Exception:
    if name not in {"commit", "new state"}:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error
