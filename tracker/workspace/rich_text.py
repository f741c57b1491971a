"""Rich text, icons and covers: request items to stored form, stored form to response items.

A stored text is a list of runs: a plain run is a string, any other run is the whole response
item. Must not know properties or blocks.
"""

from __future__ import annotations

from typing import Any

from tracker.workspace.protocol import (
    UNDEFINED,
    Json,
    check_bool,
    check_choice,
    check_list,
    check_object,
    check_string,
    expected,
)

LONGEST_TEXT = 2000
LONGEST_URL = 2000
_LONGEST_EMOJI = 40
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
    return [_text_item(run, None, PLAIN) if isinstance(run, str) else run for run in runs]


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
    """Return the runs with equal neighbours merged and empty runs dropped.

    Measured: Notion merges neighbours of one style and link, so 2,000 + 1 characters come back as one.
    """
    groups: list[Runs] = []
    for run in runs:
        if run == "" or (not isinstance(run, str) and not run["plain_text"]):
            continue
        if groups and _style_of(groups[-1][0]) == _style_of(run) is not None:
            groups[-1].append(run)
        else:
            groups.append([run])
    return [_join(group) for group in groups]


def _style_of(run: Any) -> Any:
    """Return the style and link in which runs must agree to merge, None for a run that never does."""
    if isinstance(run, str):
        return "plain"
    # Former versions stored mentions and equations as well.
    return (run["annotations"], run["text"]["link"]) if run["type"] == "text" else None


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


def _decode_run(path: str, item: Any) -> Any:
    item = check_object(path, item)
    check_choice(f"{path}.type", item.get("type") or "text", ("text",))
    styles: Json = {}
    if item.get("annotations") is not None:
        given = check_object(f"{path}.annotations", item["annotations"])
        for style in (style for style in _STYLES if style in given):
            styles[style] = check_bool(f"{path}.annotations.{style}", given[style])
        if "color" in given:
            where = f"{path}.annotations.color"
            styles["color"] = check_choice(where, given["color"], BLOCK_COLORS)
    text = check_object(f"{path}.text", item.get("text", UNDEFINED))
    content = check_string(
        f"{path}.text.content", text.get("content", UNDEFINED), longest=LONGEST_TEXT
    )
    link = text.get("link")
    url = None
    if link is not None:
        given = check_object(f"{path}.text.link", link).get("url", UNDEFINED)
        url = check_string(f"{path}.text.link.url", given, longest=LONGEST_URL)
        # Only an empty address is refused; what it means is up to the reader.
        if not url.strip():
            raise expected(f"{path}.text.link.url", "a valid URL", url)
    return text_run(content, link=url, annotations=styles)


def _text_item(content: str, link: str | None, annotations: Json) -> Json:
    return {
        "type": "text",
        "text": {"content": content, "link": {"url": link} if link is not None else None},
        "annotations": annotations,
        "plain_text": content,
        "href": link,
    }


def decode_icon(path: str, value: Any) -> Json | None:
    """Return the icon as responses show it; null clears."""
    if value is None:
        return None
    given = check_object(path, value)
    kinds = ("emoji", "external", "icon")
    kind = given.get("type") or next((kind for kind in kinds if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, kinds)
    if kind == "emoji":
        text = check_string(f"{path}.emoji", given.get(kind, UNDEFINED), longest=_LONGEST_EMOJI)
        return {"type": "emoji", "emoji": text}
    if kind == "external":
        return decode_cover(path, {"external": given.get(kind, UNDEFINED)})
    inner = check_object(f"{path}.icon", given.get(kind, UNDEFINED))
    name = check_string(f"{path}.icon.name", inner.get("name", UNDEFINED))
    return {"type": "icon", "icon": {"name": name, "color": str(inner.get("color", "gray"))}}


def decode_cover(path: str, value: Any) -> Json | None:
    """Return the cover as responses show it; null clears."""
    if value is None:
        return None
    given = check_object(path, value)
    check_choice(f"{path}.type", given.get("type") or "external", ("external",))
    inner = check_object(f"{path}.external", given.get("external", UNDEFINED))
    url = check_string(f"{path}.external.url", inner.get("url", UNDEFINED), longest=LONGEST_URL)
    return {"type": "external", "external": {"url": url}}
