"""How hard links are asked: the numbers in one place.

Values only; seconds throughout.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a run.

    `deadline` holds for all requests of one URL together, redirects and retries included; the
    waits between them do not count and are bounded by `pause` (once) and `patience` (a host).
    """

    at_once: int = 32
    per_host: int = 4
    spacing: float = 0.1
    """Between the starts of two requests to one host; this machine itself is exempt."""
    deadline: float = 12.0
    slow: float = 3.0
    pause: float = 1.0
    """Before an answer that may pass (a 5xx, a lost connection) is asked for once more."""
    patience: float = 10.0
    """The most that is waited in all because one host answers 429 with Retry-After."""
    redirects: int = 5

    @property
    def head_share(self) -> float:
        """Part of the deadline that HEAD may use up, so that GET can be tried after it."""
        return 0.4

    @property
    def connect_share(self) -> float:
        """Part of the deadline after which a host that does not connect is given up."""
        return 0.35
