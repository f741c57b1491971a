"""Rich text, icons and covers: request items to stored form, stored form to response items.

A stored text is a list of runs: a plain run is a string, any other run is the whole response
item. Must not know properties or blocks.
"""

from __future__ import annotations

from typing import Any

from tracker.workspace.checks import (
    Json,
    check_bool,
    check_choice,
    check_list,
    check_object,
    check_string,
    check_uuid,
)
from tracker.workspace.errors import UNDEFINED, expected

LONGEST_TEXT = 2000
LONGEST_URL = 2000
LONGEST_EQUATION = 1000
_STYLES = ("bold", "italic", "strikethrough", "underline", "code")
_BASE_COLORS = ("gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
COLORS = ("default", *_BASE_COLORS)
BLOCK_COLORS = (
    *COLORS,
    "default_background",
    *(f"{color}_background" for color in _BASE_COLORS),
)
PLAIN: Json = {**dict.fromkeys(_STYLES, False), "color": "default"}

Runs = list[Any]


def decode_runs(path: str, value: Any) -> Runs:
    """Return the stored runs of a request's rich text; equal neighbours are merged."""
    items = enumerate(check_list(path, value))
    return merge_runs([_decode_run(f"{path}[{index}]", item) for index, item in items])


def encode_runs(runs: Runs) -> list[Json]:
    """Return the response items of stored runs."""
    return [_plain_item(run) if isinstance(run, str) else run for run in runs]


def plain_text(runs: Runs) -> str:
    """Return the text of all runs without any formatting."""
    return "".join(run if isinstance(run, str) else run["plain_text"] for run in runs)


def text_run(content: str, *, link: str | None = None, annotations: Json | None = None) -> Any:
    """Make one stored run of text."""
    styles = {**PLAIN, **(annotations or {})}
    if link is None and styles == PLAIN:
        return content
    return _text_item(content, link, styles)


def merge_runs(runs: Runs) -> Runs:
    """Return the runs with equal neighbours merged and empty runs dropped."""
    groups: list[Runs] = []
    for run in runs:
        if run == "" or (not isinstance(run, str) and not run["plain_text"]):
            continue
        if groups and _is_alike(groups[-1][0], run):
            groups[-1].append(run)
        else:
            groups.append([run])
    return [_join(group) for group in groups]


def _is_alike(one: Any, other: Any) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str)
    return _same_style(one, other)


def _join(group: Runs) -> Any:
    first = group[0]
    if len(group) == 1:
        return first
    # All at once: a text of many short runs would else be copied for each of them.
    if isinstance(first, str):
        return "".join(group)
    link = first["text"]["link"]
    content = "".join(run["plain_text"] for run in group)
    return _text_item(content, link["url"] if link else None, first["annotations"])


def _same_style(one: Json, other: Json) -> bool:
    return bool(
        one["type"] == other["type"] == "text"
        and one["annotations"] == other["annotations"]
        and one["text"]["link"] == other["text"]["link"]
    )


def _decode_run(path: str, item: Any) -> Any:
    item = check_object(path, item)
    kind = item.get("type") or next(
        (kind for kind in ("text", "mention", "equation") if kind in item), "text"
    )
    check_choice(f"{path}.type", kind, ("text", "mention", "equation"))
    annotations = _decode_annotations(f"{path}.annotations", item.get("annotations"))
    if kind == "text":
        return _decode_text(path, item, annotations)
    if kind == "equation":
        return _decode_equation(path, item, annotations)
    return _decode_mention(path, item, annotations)


def _decode_annotations(path: str, value: Any) -> Json:
    if value is None:
        return PLAIN
    given = check_object(path, value)
    styles = {
        style: check_bool(f"{path}.{style}", given[style]) for style in _STYLES if style in given
    }
    if "color" in given:
        styles["color"] = check_choice(f"{path}.color", given["color"], BLOCK_COLORS)  # type: ignore[assignment]
    return {**PLAIN, **styles}


def _decode_text(path: str, item: Json, annotations: Json) -> Any:
    text = check_object(f"{path}.text", item.get("text", UNDEFINED))
    content = check_string(
        f"{path}.text.content", text.get("content", UNDEFINED), longest=LONGEST_TEXT
    )
    link = text.get("link")
    url = None
    if link is not None:
        given = check_object(f"{path}.text.link", link).get("url", UNDEFINED)
        url = check_string(f"{path}.text.link.url", given, longest=LONGEST_URL)
        if not url.strip():
            raise expected(f"{path}.text.link.url", "a valid URL", url)
    return text_run(content, link=url, annotations=annotations)


def _decode_equation(path: str, item: Json, annotations: Json) -> Json:
    given = check_object(f"{path}.equation", item.get("equation", UNDEFINED))
    expression = check_string(
        f"{path}.equation.expression",
        given.get("expression", UNDEFINED),
        longest=LONGEST_EQUATION,
    )
    return {
        "type": "equation",
        "equation": {"expression": expression},
        "annotations": annotations,
        "plain_text": expression,
        "href": None,
    }


def _decode_mention(path: str, item: Json, annotations: Json) -> Json:
    given = check_object(f"{path}.mention", item.get("mention", UNDEFINED))
    kinds = ("page", "database", "user", "date")
    kind = given.get("type") or next((kind for kind in kinds if kind in given), UNDEFINED)
    check_choice(f"{path}.mention.type", kind, kinds)
    target = check_object(f"{path}.mention.{kind}", given.get(kind, UNDEFINED))
    if kind == "date":
        text = check_string(f"{path}.mention.date.start", target.get("start", UNDEFINED))
        target = {"start": text, "end": target.get("end"), "time_zone": None}
    else:
        text = check_uuid(f"{path}.mention.{kind}.id", target.get("id", UNDEFINED))
        target = {"object": "user", "id": text} if kind == "user" else {"id": text}
    plain = str(item.get("plain_text") or text)
    return {
        "type": "mention",
        "mention": {"type": kind, kind: target},
        "annotations": annotations,
        "plain_text": plain[:LONGEST_TEXT],
        "href": None,
    }


def _plain_item(content: str) -> Json:
    return _text_item(content, None, PLAIN)


def _text_item(content: str, link: str | None, annotations: Json) -> Json:
    return {
        "type": "text",
        "text": {"content": content, "link": {"url": link} if link is not None else None},
        "annotations": annotations,
        "plain_text": content,
        "href": link,
    }


_KINDS = ("emoji", "external", "custom_emoji", "icon", "file_upload", "file")
_LONGEST_EMOJI = 40
_LONGEST_URL = 2000


def decode_icon(path: str, value: Any) -> Json | None:
    """Return the icon as responses show it; null clears."""
    if value is None:
        return None
    given = check_object(path, value)
    kind = given.get("type") or next((kind for kind in _KINDS if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, _KINDS)
    inner = given.get(kind, UNDEFINED)
    if kind == "emoji":
        text = check_string(f"{path}.emoji", inner, longest=_LONGEST_EMOJI)
        return {"type": "emoji", "emoji": text}
    return {"type": kind, kind: _decode_inner(f"{path}.{kind}", kind, inner)}


def decode_cover(path: str, value: Any) -> Json | None:
    """Return the cover as responses show it; null clears."""
    if value is None:
        return None
    given = check_object(path, value)
    kinds = ("external", "file", "file_upload")
    kind = given.get("type") or next((kind for kind in kinds if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, kinds)
    return {"type": kind, kind: _decode_inner(f"{path}.{kind}", kind, given.get(kind, UNDEFINED))}


def _decode_inner(path: str, kind: str, value: Any) -> Json:
    inner = check_object(path, value)
    if kind in ("external", "file"):
        url = check_string(f"{path}.url", inner.get("url", UNDEFINED), longest=_LONGEST_URL)
        return {"url": url}
    if kind == "icon":
        name = check_string(f"{path}.name", inner.get("name", UNDEFINED))
        return {"name": name, "color": str(inner.get("color", "gray"))}
    found = check_uuid(f"{path}.id", inner.get("id", UNDEFINED))
    return {"id": found, "name": str(inner.get("name", ""))}
