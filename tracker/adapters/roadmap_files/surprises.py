"""YAML 1.1 surprises: what YAML reads an unquoted `no`, `1.10` or `12:30` as.

Must not judge whether a value fits its key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from tracker.roadmap.rules.finding import show

_LONGEST = 60
_KINDS = {
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True)
class Surprise:
    """How a scalar is read, why, and how to write it as text.

    `is_odd` when it is no plain decimal number either: base 60, octal, hexadecimal.
    """

    what: str
    why: str
    quoted: str
    is_odd: bool = False


def explain_surprise(node: yaml.Node | None) -> Surprise | None:
    """Explain a plain scalar that YAML does not read as text; None for any other node."""
    if not isinstance(node, yaml.ScalarNode) or not node.value or is_quoted(node):
        return None
    raw, kind = node.value, node.tag.rpartition(":")[2]
    if kind not in _KINDS:
        return None
    reading, is_odd = _read(raw, kind)
    shown = show(raw)
    return Surprise(
        what=f"`{shown}` is read as {reading}",
        why=f"YAML takes an unquoted `{shown}` for {_KINDS[kind]}",
        quoted=f'for text, put it in quotes: "{shown}"',
        is_odd=is_odd,
    )


def is_quoted(node: yaml.Node | None) -> bool:
    """Tell whether a scalar stands in quotes."""
    return isinstance(node, yaml.ScalarNode) and node.style in {"'", '"'}


def _read(raw: str, kind: str) -> tuple[str, bool]:
    """Tell what YAML makes of an unquoted scalar, and whether that is an odd number."""
    if kind == "bool":
        return ("true" if raw.lower() in {"yes", "true", "on"} else "false", False)
    if kind == "timestamp":
        return ("a date with a time" if ":" in raw else "a date", False)
    if kind == "null":
        return ("nothing", False)
    return _read_number(raw)


def _read_number(raw: str) -> tuple[str, bool]:
    digits = raw.replace("_", "")
    if _BASE_60.fullmatch(digits):
        return (f"the number {_read_base_60(digits)} (base 60)", True)
    for pattern, base, name in _BASES:
        if re.fullmatch(pattern, digits):
            return (f"the number {int(digits, base)} ({name})", True)
    if "_" in raw or len(digits) > _LONGEST:
        return ("a number", True)
    return (f"the number {float(digits):g}" if _DECIMAL.fullmatch(digits) else "a number", False)


_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_BASE_60 = re.compile(r"[-+]?[0-9]+(?::[0-9]{1,2}){1,19}(?:\.[0-9]*)?")
_BASES = (
    (r"[-+]?0[xX][0-9a-fA-F]{1,16}", 16, "hexadecimal"),
    (r"[-+]?0[bB][01]{1,64}", 2, "binary"),
    (r"[-+]?0[0-7]{1,20}", 8, "octal"),
)


def _read_base_60(digits: str) -> str:
    sign = "-" if digits.startswith("-") else ""
    total = 0.0
    for part in digits.lstrip("+-").split(":"):
        total = total * 60 + float(part or 0)
    return f"{sign}{total:.15g}"
