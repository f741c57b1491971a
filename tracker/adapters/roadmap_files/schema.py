"""The JSON Schema of a roadmap file, for editors: completion, explanations, red underlines.

Pure. Generated from the model, so that the two cannot drift; only the descriptions are written
here. `check` stays the judge: a schema knows neither duplicate ids nor circles. Unknown keys, which `check`
keeps with a warning, are flagged, because an editor has no other way to show a typing error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from tracker.roadmap.model import Roadmap

SCHEMA_NAME = "roadmap.schema.json"
"""The file that `tracker new` puts beside the settings, and that the modeline refers to."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, object]

_URL = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\\]+$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"

_WORDS: Mapping[str, Mapping[str, tuple[str, tuple[object, ...]]]] = {
    "Roadmap": {
        "title": ("Name of the roadmap; required.", ("Data scientist path",)),
        "description": ("What the roadmap is for, in a sentence or two.", ()),
        "source": ("Where it comes from: a web address, or text.", ("https://example.org/path",)),
        "edition": ("Which version of its source it follows.", ("2026",)),
        "tracks": ("Named goals through the roadmap.", ()),
        "sections": ("The parts of the roadmap, in reading order.", ()),
    },
    "Section": {
        "title": ("Name of the section; unique in the roadmap.", ("First models",)),
        "icon": ("One emoji that stands for the section.", ("🌱",)),
        "description": ("What the section is about.", ()),
        "skills": ("The skills of the section, in learning order.", ()),
    },
    "Skill": {
        "id": (("Stable name in lower case, unique in the roadmap. It ties the skill to its row in "
               "Notion and to `requires`; keep it once it is in use. Sync fills it in."),
               ("train-test-split",)),
        "name": ("What the skill is called; required.", ("Train/test split",)),
        "kind": ("What it is: skill (the default), project or milestone.", ()),
        "aliases": ("Other words by which the skill is found.", (["holdout split"],)),
        "goal": ("What someone can do who has the skill.",
                 ("Can hold out a test set, stratified and grouped, without leakage.",)),
        "status": ("How far you are: todo (the default), doing, done or skipped.", ()),
        "level": ("How hard it is, in any words.", ("entry", "intermediate", "advanced")),
        "hours": ("Estimated hours of work, 0 or more.", (2, 7.5)),
        "started": ("Day on which you began: year-month-day, without quotes.", ("2026-11-01",)),
        "completed": ("Day on which you finished; not before `started`.", ("2026-11-03",)),
        "requires": ("Ids of the skills of this roadmap to learn first; no circles.",
                     (["python-basics"],)),
        "tags": ("Words to group skills by.", (["evaluation"],)),
        "covered_by": (("Skills of other roadmaps that teach the same, as roadmap/skill; when all of "
                       "them are done, this one counts as covered. `{any: […]}`: any one is enough."),
                       (["ds-path/train-test-split"], {"any": ["ds-path/knn", "ds-path/svm"]})),
        "prove": ("What shows that it is done, one sentence an entry.",
                  (["The test score is reported once, at the end"],)),
        "evidence": ("Web address of your own work that shows it.",
                     ("https://github.com/me/first-model",)),
        "resources": ("Links to learn from.", ()),
        "notes": ("Your own notes, any text.", ()),
    },
    "AnyOf": {
        "any": ("Skills of which one is enough, at least two.",
                (["ds-path/knn", "ds-path/svm"],)),
    },
    "Resource": {
        "title": ("Name of the page, course or book; required.", ("Cross-validation",)),
        "url": ("Web address, http or https; required.", ("https://example.org/page",)),
        "type": ("What it is, in any word.", ("course", "docs", "book", "video", "article", "exercise")),
        "part": ("The place in a large resource that the skill needs.", ("ch. 8.2",)),
        "minutes": ("Estimated minutes that it takes, a whole number.", (90,)),
        "primary": ("Write true for the link to begin with; without one it is the first.", ()),
        "lang": ("Language, as a short code.", ("en", "de")),
        "free": (("Write true for what costs nothing, false for what is paid; leave it out while "
                  "it is unknown."), ()),
    },
    "Track": {
        "id": ("Stable name of the track in lower case; required.", ("analyst",)),
        "title": ("What the track is called; required.", ("Data analyst",)),
        "targets": (("Ids of the skills that it leads to; what they require belongs to it, too."),
                    (["dashboards", "sql-window"],)),
    },
}  # fmt: skip
"""What each key means, and examples of it."""

_SHARPER: Mapping[tuple[str, str], Schema] = {
    ("Resource", "url"): {"pattern": _URL},
    ("Skill", "started"): {"pattern": _DAY},
    ("Skill", "completed"): {"pattern": _DAY},
    ("Skill", "evidence"): {"pattern": _URL},
    ("Section", "skills"): {
        "items": {
            "anyOf": [
                {"$ref": "#/$defs/Skill"},
                {"type": "string", "pattern": r"\S", "description": "The name of a skill."},
            ]
        }
    },
}
"""What the schema says beyond the model: what rules check, and the short form of a skill."""


def make_json_schema() -> Schema:
    """Make the schema of a roadmap file, draft 2020-12."""
    made = Roadmap.model_json_schema()
    described = {
        name: _describe(name, model) if name in _WORDS else model
        for name, model in made.pop("$defs").items()
    }
    root = _describe("Roadmap", made)
    root["description"] = "One roadmap: sections of skills to learn, each with its links."
    return {"$schema": DRAFT, **root, "$defs": described}


def format_json_schema() -> str:
    """Write the schema as the text of a file."""
    return json.dumps(make_json_schema(), indent=2) + "\n"


def make_modeline(path: str = f"../{SCHEMA_NAME}") -> str:
    """Make the comment that tells an editor where the schema of a roadmap file is."""
    return f"# yaml-language-server: $schema={path}"


def _describe(name: str, model: Schema) -> Schema:
    properties = model["properties"]
    required = model.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        raise TypeError(name)
    described = {
        key: _describe_key(name, key, shape, is_required=key in required)
        for key, shape in properties.items()
    }
    return {**model, "properties": described}


def _describe_key(model: str, key: str, found: Schema, *, is_required: bool) -> Schema:
    text, examples = _WORDS[model][key]
    described: Schema = {"description": text}
    if examples:
        described["examples"] = list(examples)
    if found.get("default") not in (None, []):
        described["default"] = found["default"]
    kept = {name: part for name, part in found.items() if name not in {"title", "default"}}
    shape = kept if is_required else _allow_nothing(kept)
    return described | shape | _SHARPER.get((model, key), {})


def _allow_nothing(shape: Schema) -> Schema:
    # A key without a value means that it is not there.
    choices = shape.get("anyOf")
    if isinstance(choices, list):
        shape = choices[0]
    # Two shapes of one value.
    if isinstance(shapes := shape.get("oneOf"), list):
        return {"anyOf": [*shapes, {"type": "null"}]}
    if "$ref" in shape:
        return {"anyOf": [shape, {"type": "null"}]}
    return {**shape, "type": [shape["type"], "null"]}
