"""Values as YAML text: in the style asked for where it says the same, quoted where it would not.

Pure. Whether a text may stand plain is not guessed but asked: it is parsed where it would stand.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from math import isfinite

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode

from tracker.adapters.roadmap_files.splice.kinds import STR
from tracker.adapters.roadmap_files.splice.refusal import make_refusal
from tracker.roadmap.edits import Scalar

_EXACT = 1e16
"""Whole numbers below are written without a point."""

_ESCAPES = {
    "\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0",
    "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P", "\x1b": "\\e",
}  # fmt: skip
_SPECIAL = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ELSEWHERE_NOT_TEXT = re.compile(
    r"[-+]?(0o[0-7]+|0x[0-9a-f]+|(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?)|[yn]|---|\.\.\.|[-+]?\.inf|\.nan",
    re.IGNORECASE,
)
"""What a YAML 1.2 parser, or another YAML 1.1 one, reads as something else than text."""


class Hidden(Enum):
    """A null that hides what a skill would take over from another one by `<<`."""

    HIDDEN = None


def format_scalar(value: Scalar | Hidden, *, style: str | None = None, flow: bool = False) -> str:
    """Write a value on one line; `style` (None plain, ' or ") is kept where it can be."""
    if isinstance(value, Hidden):
        return "null"
    if isinstance(value, str):
        return _format_text(str(value), style, flow)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _format_float(value)
    raise make_refusal(
        "a value cannot be written", f"YAML has no text for a {type(value).__name__}"
    )


@lru_cache(maxsize=4096)
def _format_text(value: str, style: str | None, flow: bool) -> str:  # noqa: FBT001
    if _SURROGATE.search(value):
        raise make_refusal(
            "a text cannot be written", "it holds half of a character (a lone surrogate)"
        )
    candidates: list[str] = []
    if not _UNPRINTABLE.search(value) and "\n" not in value and "\t" not in value:
        single = "'" + value.replace("'", "''") + "'"
        candidates = {None: [value], "'": [single]}.get(style, [])
    for text in candidates:
        if style == "'" or _ELSEWHERE_NOT_TEXT.fullmatch(text) is None:
            node = parse_scalar(text, flow=flow)
            if node is not None and node.tag == STR and node.value == value:
                return text
    return format_double(value)


def format_double(value: str) -> str:
    """Write a text in double quotes on one line."""
    return '"' + _SPECIAL.sub(_escape, value) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    return f"\\u{code:04x}"


def _format_float(value: float) -> str:
    if not isfinite(value):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"  # noqa: PLR0124
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    text = repr(value)
    if "e" in text and "." not in text:
        text = text.replace("e", ".0e")
    return text


def parse_scalar(text: str, *, flow: bool = False) -> ScalarNode | None:
    """Return the scalar that a text is as the value of a key, or None when it is none.

    In flow style a blank may follow it, which makes another thing of a lone `-` or `?`.
    """
    wrapped = f"{{k: {text} , k: 0}}" if flow else f"k: {text}\nk: 0\n"
    try:
        root = yaml.compose(wrapped, yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeError, RecursionError):
        return None
    if not isinstance(root, MappingNode) or len(root.value) != 2:  # noqa: PLR2004
        return None
    node = root.value[0][1]
    return node if isinstance(node, ScalarNode) else None


def format_literal(value: str, indent: int) -> tuple[str, list[str]] | None:
    """Write a text as a block literal: its header and its lines at `indent` blanks below their key.

    None when this style cannot hold the text.
    """
    body = value.rstrip("\n")
    breaks = len(value) - len(body)
    if not body or breaks > 1 or _UNPRINTABLE.search(value) or _SURROGATE.search(value):
        return None
    lines = body.split("\n")
    first = next(line for line in lines if line)
    header = "|" + (str(indent) if first[0] == " " else "") + ("" if breaks else "-")
    indented = [" " * indent + line if line else "" for line in lines]
    return (header, indented) if is_literal(header, indented, value) else None


def is_literal(header: str, lines: list[str], value: str) -> bool:
    """Tell whether a block scalar below a key in the first column reads as this text."""
    node = parse_scalar("\n".join([header, *lines]))
    return node is not None and node.tag == STR and node.value == value


def construct_scalar(node: ScalarNode) -> object:
    """Return the value of a scalar; what cannot be constructed is its (tag, text)."""
    if node.tag == STR:
        return node.value
    try:
        return SafeConstructor().construct_object(node)
    except (ConstructorError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
        return (node.tag, node.value)


def is_same_scalar(node: Node, value: Scalar | Hidden) -> bool:
    """Tell whether a node holds this value: of the same type, 2 and 2.0 being the same number."""
    if not isinstance(node, ScalarNode):
        return False
    found = construct_scalar(node)
    if isinstance(value, Hidden):
        return found is None
    if isinstance(value, str):
        return isinstance(found, str) and found == value
    if isinstance(value, bool) or isinstance(found, bool):
        return found is value
    if isinstance(value, int | float):
        return isinstance(found, int | float) and _is_same_number(found, value)
    return type(found) is type(value) and found == value


def _is_same_number(found: float, value: float) -> bool:
    return found == value or (found != found and value != value)  # noqa: PLR0124


def is_printable(value: str) -> bool:
    """Tell whether a text may stand unescaped in a YAML file."""
    return not _UNPRINTABLE.search(value) and not _SURROGATE.search(value)
