"""A small part of the formula language: arithmetic, texts, comparisons and a few functions.

Must not fetch anything. What it does not know it calls unsupported, never a wrong value.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tracker.workspace.checks import Json
from tracker.workspace.ids import decode_property_id

UNSUPPORTED: Json = {"type": "unsupported", "unsupported": {}}
_TOKENS = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"(?:\\.|[^\"\\])*\")"
    r"|\{\{notion:block_property:(?P<prop>[^:{}]+):[^{}]*\}\}"
    r"|(?P<name>[A-Za-z]+)|(?P<op>==|!=|>=|<=|[-+*/%()<>,?:!]))"
)
_POWER = {
    "or": 1,
    "and": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_UNARY_POWER = 7
_MATHS: dict[str, Callable[[float, float], float]] = {
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_DEEPEST = 50


class UnsupportedFormulaError(Exception):
    """The formula uses something that is not in this small language."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def evaluate(expression: str, value_of: Callable[[str], Any]) -> Json:
    """Return the formula's response value; `value_of` gives a property's value by raw id."""
    try:
        parser = _Parser(expression, value_of)
        return _encode(parser.parse())
    except (UnsupportedFormulaError, ArithmeticError, TypeError, ValueError):
        return UNSUPPORTED


def _encode(value: Any) -> Json:
    if value is None:
        return {"type": "string", "string": None}
    if isinstance(value, bool):
        return {"type": "boolean", "boolean": value}
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise UnsupportedFormulaError
        whole = isinstance(value, float) and value.is_integer()
        return {"type": "number", "number": int(value) if whole else value}
    if isinstance(value, str):
        return {"type": "string", "string": value}
    if isinstance(value, dict) and "start" in value:
        return {"type": "date", "date": value}
    raise UnsupportedFormulaError


def _scan(expression: str) -> Iterator[_Token]:
    place, end = 0, len(expression.rstrip())
    while place < end:
        match = _TOKENS.match(expression, place)
        if match is None or match.lastgroup is None:
            raise UnsupportedFormulaError
        yield _Token(match.lastgroup, match[match.lastgroup])
        place = match.end()


class _Parser:
    """Evaluates while it reads, by precedence climbing."""

    def __init__(self, expression: str, value_of: Callable[[str], Any]) -> None:
        self._tokens = [*_scan(expression), _Token("end", "")]
        self._place = 0
        self._depth = 0
        self._value_of = value_of

    def parse(self) -> Any:
        """Return the value of the whole formula."""
        value = self._expression(0)
        self._expect("end", "")
        return value

    def _expression(self, least: int) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnsupportedFormulaError
        left = self._operand()
        while (power := _POWER.get(self._peek().text, 0)) > least and self._peek().kind in (
            "op",
            "name",
        ):
            sign = self._next().text
            left = _combine(sign, left, self._expression(power))
        self._depth -= 1
        return left

    def _operand(self) -> Any:
        token = self._next()
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind == "text":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        if token.kind == "prop":
            return self._value_of(decode_property_id(token.text))
        if token.kind == "name":
            return self._named(token.text)
        return self._prefixed(token.text)

    def _prefixed(self, sign: str) -> Any:
        if sign == "(":
            value = self._expression(0)
            self._expect("op", ")")
            return value
        if sign == "-":
            return -_number(self._expression(_UNARY_POWER))
        if sign == "!":
            return not self._expression(_UNARY_POWER)
        raise UnsupportedFormulaError

    def _named(self, name: str) -> Any:
        if name in ("true", "false"):
            return name == "true"
        if name == "not":
            return not self._expression(_UNARY_POWER)
        function = _FUNCTIONS.get(name)
        if function is None:
            raise UnsupportedFormulaError
        self._expect("op", "(")
        given = [self._expression(0)]
        while self._peek().text == ",":
            self._next()
            given.append(self._expression(0))
        self._expect("op", ")")
        return function(*given)

    def _peek(self) -> _Token:
        return self._tokens[self._place]

    def _next(self) -> _Token:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _expect(self, kind: str, text: str) -> None:
        if self._next() != _Token(kind, text):
            raise UnsupportedFormulaError


def _combine(sign: str, left: Any, right: Any) -> Any:
    if sign in ("==", "!="):
        return (left == right) == (sign == "==")
    if sign in ("and", "or"):
        return (left and right) if sign == "and" else (left or right)
    if sign == "+" and (isinstance(left, str) or isinstance(right, str)):
        return _text(left) + _text(right)
    if sign in _COMPARE:
        return _COMPARE[sign](_number(left), _number(right))
    if sign == "+":
        return _number(left) + _number(right)
    return _MATHS[sign](_number(left), _number(right))


def _number(value: Any) -> float:
    if value is None:
        return 0
    if isinstance(value, bool | int | float):
        return value
    raise UnsupportedFormulaError


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    raise UnsupportedFormulaError


def _empty(value: Any) -> bool:
    return value in (None, "", 0, False, [])


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "if": lambda test, yes, no: yes if test else no,
    "empty": _empty,
    "length": len,
    "format": _text,
    "concat": lambda *parts: "".join(map(_text, parts)),
    "round": lambda value: math.floor(_number(value) + 0.5),
    "floor": lambda value: math.floor(_number(value)),
    "ceil": lambda value: math.ceil(_number(value)),
    "abs": lambda value: abs(_number(value)),
    "min": lambda *values: min(map(_number, values)),
    "max": lambda *values: max(map(_number, values)),
    "lower": lambda value: _text(value).lower(),
    "upper": lambda value: _text(value).upper(),
}
