"""Roadmaps as JSON, for programs: the structure of a roadmap file, with every key always there.

Pure.

    {"schema": 1, "roadmaps": [{"name": …, "title": …, "sections": [{"title": …, "skills": […]}]}]}

`name` is the file's stem. What a skill does not have is null, or an empty list; days are ISO 8601.
`schema` grows when a key changes its meaning or goes; new keys may come at any time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from tracker.roadmap.model import Roadmap

SCHEMA = 1

_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What JSON may hold as it is and YAML may not, or takes for the end of a line."""


def make_structure(roadmaps: Mapping[str, Roadmap]) -> dict[str, object]:
    """Make what is written as JSON; `roadmaps` maps their names to them."""
    listed = [{"name": name, **each.model_dump(mode="json")} for name, each in roadmaps.items()]
    return {"schema": SCHEMA, "roadmaps": listed}


def format_json(roadmaps: Mapping[str, Roadmap]) -> str:
    """Write roadmaps as JSON that YAML reads as well: it knows no pairs of escapes for one sign."""
    text = json.dumps(make_structure(roadmaps), indent=2, allow_nan=False, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
