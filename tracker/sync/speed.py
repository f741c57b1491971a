"""How fast the Notion side takes requests, as values.

Pure: `adapters.notion` finds it out, `workflows.forecast` reckons with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast the Notion side is, as far as it was found out.

    `seconds` is how long an answer typically takes, 0 before the first. `budget` is how many requests
    are taken in 60 seconds, None while that is not known; `used` of them fall into the window that ends
    in `ends_in` seconds. `lanes` are pairs: up to so many requests in a window, so many at once.
    """

    seconds: float = 0.0
    budget: int | None = None
    used: int = 0
    ends_in: float = 60.0
    lanes: tuple[tuple[float, int], ...] = ((math.inf, 32),)


@dataclass(frozen=True, slots=True)
class SpeedRecord:
    """What is remembered of the limit of a server; moments are seconds since 1970.

    The `budget` was found `at` some time, None for never. `count` requests fell into a window that
    ends between `ends_after` and `ends_before`.
    """

    budget: int | None = None
    is_confirmed: bool = False
    at: float = 0.0
    count: int = 0
    ends_after: float = 0.0
    ends_before: float = 0.0
