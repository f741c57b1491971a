"""The folder that `-C` named, in the commands that are advised: pasted, they work there too.

Advice is made where nobody knows of `-C`; it is put in where lines and JSON leave the program.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tracker.cli.app import COMMANDS

if TYPE_CHECKING:
    from rich.text import Text

ADVICE = re.compile(r"(?:  next {2,}| +resolve: | {4}(?=tracker )|saved: )")
"""How lines with a command to paste begin."""

COMMAND = re.compile(rf"\btracker(?= (?:{'|'.join(COMMANDS)})\b)")


def name_folder(line: Text | str, option: str) -> Text | str:
    """Return a line with the option put into the commands it advises."""
    plain = line if isinstance(line, str) else line.plain
    if not ADVICE.match(plain):
        return line
    if isinstance(line, str):
        return _insert(line, option)
    ends = [found.end() for found in COMMAND.finditer(plain)]
    for end in reversed(ends):
        before, after = line[:end], line[end:]
        line = before.append(f" {option}").append_text(after)
    return line


def name_folder_in_json(value: Any, option: str) -> Any:
    """Return a JSON value with the option put into the commands under `next` and `settle`."""
    if isinstance(value, list | tuple):
        return [name_folder_in_json(item, option) for item in value]
    if not isinstance(value, dict):
        return value
    named: dict[str, Any] = {}
    for key, item in value.items():
        if key == "next" and isinstance(item, str):
            named[key] = _insert(item, option)
        elif key == "settle" and isinstance(item, list):
            named[key] = [_insert(command, option) for command in item]
        else:
            named[key] = name_folder_in_json(item, option)
    return named


def _insert(text: str, option: str) -> str:
    return COMMAND.sub(lambda found: f"{found[0]} {option}", text)
