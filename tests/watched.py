"""A sandbox in which three rows are many, and all requests are watched: for what large databases save."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
from faults import Decide, FaultyTransport, is_query, is_write
from sandbox import Sandbox

TEXT = """\
title: Path
sections:
  - title: S
    skills:
      - {id: knn, name: kNN, goal: g, tags: [a]}
      - {id: svm, name: SVM, goal: g, tags: [a], requires: [knn]}
      - {id: pca, name: PCA, goal: g, tags: [b]}
"""
EDITED = "last_edited_time"


class Watched(Sandbox):
    """A sandbox that counts requests, and knows which of them asked for edited rows only."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.large_from = 0
        self.decide: Decide = lambda *_: None
        self.asked: list[httpx.Request] = []
        self.wrap = self.watch
        self.write(TEXT)

    def watch(self, inner: httpx.BaseTransport) -> httpx.BaseTransport:
        """Begin to watch a run."""
        self.asked.clear()

        def decide(number, request):
            self.asked.append(request)
            return self.decide(number, request)

        return FaultyTransport(inner, decide)

    @property
    def queries(self) -> list[str]:
        """The queries of the last run: of edited rows, or of all."""
        bodies = [json.loads(request.content) for request in self.asked if is_query(request)]
        return ["edited" if EDITED in str(body.get("filter")) else "all" for body in bodies]

    @property
    def writes(self) -> list[httpx.Request]:
        """The requests of the last run that change something."""
        return [it for it in self.asked if is_write(it.method, it.url.path)]
