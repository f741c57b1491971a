"""Ticked boxes, days and hours as people and programs write them.

Pure. What can mean two things means nothing here: the caller says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from math import isfinite

from tracker.adapters.exchange.statuses import SHORTCODES, SIGNS, VARIATION, fold
from tracker.roadmap.model import Status

_YES = "yes, true, x, checked, wahr, vrai, verdadero, verdadeiro, vero, истина, ja, oui, si, sim, да, 是"
_NO = "no, false, unchecked, falsch, faux, falso, falsa, ложь, nein, non, nao, нет, 否"
_BY_CHECK = dict.fromkeys(_YES.split(", "), True) | dict.fromkeys(_NO.split(", "), False)

_BOXED = re.compile(r"\[(.{0,3})\]")

_UNITS = {
    "h": "h, hr, hrs, hour, hours, std, stunde, stunden, heure, heures, hora, horas, ora, ore, uur, "
    "ч, час, часа, часов, 小时, 小時, 時間, 시간",
    "m": "m, min, mins, minute, minutes, minuten, minuto, minutos, minuti, мин, минут, 分钟, 分鐘, 分, 분",
}
_BY_UNIT = {word: unit for unit, words in _UNITS.items() for word in words.split(", ")}
_AMOUNT = re.compile(r"([.,]?[0-9][0-9.,'\u2019\u00a0\u2009\u202f ]{0,40}?)\s*([^\W0-9_]{1,8})?\.?")
_EXPONENT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,20})?e[-+]?[0-9]{1,3}", re.IGNORECASE)
_HOURS_AND_MINUTES = re.compile(
    r"([0-9]{1,4}) ?(?:h|hrs?|hours?)\.? ?([0-5]?[0-9]) ?(?:m|mins?|minutes?)?\.?", re.IGNORECASE
)
_GROUPED = re.compile(r"([0-9]{1,3})((['\u2019\u00a0\u2009\u202f ])[0-9]{3}(?:\3[0-9]{3})*)")
_BOTH = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_SEVERAL = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,})")
_SINGLE = re.compile(r"(?=.*[0-9])([0-9]{0,15})(?:([.,])([0-9]{1,20}))?")
_DECIMAL_COMMA = re.compile(
    r"(?:^|\D)(?:0,[0-9]+|[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|[0-9.]+\.[0-9]{3},[0-9]+)(?![0-9.,])"
)
_DECIMAL_POINT = re.compile(
    r"(?:^|\D)(?:0\.[0-9]+|[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9,]+,[0-9]{3}\.[0-9]+)(?![0-9.,])"
)
_THOUSAND = 3
_MINUTES_AN_HOUR = 60

_MONTH_NAMES = """
    january february march april may june july august september october november december
    januar februar marz april mai juni juli august september oktober november dezember
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
"""
_ENGLISH = _MONTH_NAMES.split()[:12]
_MONTHS = {fold(name): at % 12 + 1 for at, name in enumerate(_MONTH_NAMES.split())} | {
    name[:size]: at for at, name in enumerate(_ENGLISH, 1) for size in (3, 4)
}
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_YEAR_SIGNS = re.compile(r"([0-9]{4})[年년] ?([0-9]{1,2})[月월] ?([0-9]{1,2})[日일号]?")
_NAME_FIRST = re.compile(r"([^\W0-9_]{3,10})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|er|\.|º)? (?:de )?([^\W0-9_]{3,10})\.?,? (?:de )?([0-9]{4})(?: \u0433\.)?"
)
_TIME = re.compile(
    r"(?:,? ?(?:T|at )?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?)?"
    r" ?(?:\([A-Z]{2,5}[^()]{0,10}\)|Z|[+-][0-9]{2}:?[0-9]{2}|UTC|GMT)?"
)
_RANGE = re.compile(r" ?(?:\u2192|->) ?")
_MONTHS_A_YEAR = 12


def read_check(text: str) -> bool | None:
    """Return what a box says that is ticked or not, or None when it is none."""
    if boxed := _BOXED.fullmatch(text.strip()):
        return boxed[1].strip() != "" if boxed[1].strip() in {"", "x", "X"} else None
    sign = SIGNS.get(SHORTCODES.get(text.strip(), text.strip(f"{VARIATION} \t\n")))
    if sign in {Status.DONE, Status.TODO}:
        return sign is Status.DONE
    return _BY_CHECK.get(fold(text))


def find_decimal_comma(texts: Iterable[str]) -> bool | None:
    """Tell from all numbers of a column whether a comma begins the decimals; None if none tells.

    A column that has both kinds tells nothing.
    """
    listed = [text for text in texts if text]
    has_comma = any(map(_DECIMAL_COMMA.search, listed))
    has_point = any(map(_DECIMAL_POINT.search, listed))
    return None if has_comma == has_point else has_comma


def read_hours(text: str, *, decimal_comma: bool | None = None) -> float | None:
    """Return a number of hours, which may be given as minutes; None for what is none.

    `decimal_comma` tells how the numbers around this one are written.
    """
    plain = text.strip()
    if both := _HOURS_AND_MINUTES.fullmatch(plain):
        return round(int(both[1]) + int(both[2]) / _MINUTES_AN_HOUR, 2)
    if _EXPONENT.fullmatch(plain):
        amount: float | None = float(plain)
        unit = "h"
    else:
        found = _AMOUNT.fullmatch(plain)
        word = (found[2] or "h").casefold() if found else ""
        if found is None or word not in _BY_UNIT:
            return None
        amount, unit = _read_number(found[1].strip(), decimal_comma), _BY_UNIT[word]
    if amount is None or not isfinite(amount):
        return None
    return round(amount / _MINUTES_AN_HOUR, 2) if unit == "m" else amount


def _read_number(text: str, decimal_comma: bool | None) -> float | None:  # noqa: FBT001  one of three
    """Return a number, however its thousands and decimals are parted; None if it can be two.

    1 000,5  1'000.5   a space or apostrophe parts thousands: what follows are decimals
    1,250.5  1.250,5   of two signs, the last one begins the decimals
    1,000,000          a sign that stands twice parts thousands
    2,5  0,125  1.25   a sign without three digits behind it begins decimals
    1,000              thousand, unless the column writes 2,5: then it is not known
    1.125              decimals, as programs write them, unless the column writes 2,5
    1.000              not known, unless the column tells: no program writes zeros at the end
    """
    if grouped := _GROUPED.match(text):
        rest = text[grouped.end() :].replace(",", ".")
        is_fraction = re.fullmatch(r"(?:\.[0-9]+)?", rest)
        return float(re.sub(r"[^0-9]", "", grouped.group()) + rest) if is_fraction else None
    if _BOTH.fullmatch(text):
        last = max(text.rfind(","), text.rfind("."))
        return float(f"{re.sub(r'[.,]', '', text[:last])}.{text[last + 1 :]}")
    if _SEVERAL.fullmatch(text):
        return float(re.sub(r"[.,]", "", text))
    found = _SINGLE.fullmatch(text)
    return _read_single(found, decimal_comma) if found else None


def _read_single(found: re.Match[str], decimal_comma: bool | None) -> float | None:  # noqa: FBT001
    """Return a number with one sign in it, or none."""
    whole, sign, rest = found[1] or "0", found[2], found[3] or "0"
    may_group = len(rest) == _THOUSAND and len(whole) <= _THOUSAND and whole[0] != "0"
    if not may_group:
        return float(f"{whole}.{rest}")
    if sign == ",":
        return None if decimal_comma else float(whole + rest)
    if decimal_comma:
        return float(whole + rest)
    return None if decimal_comma is None and rest[-1] == "0" else float(f"{whole}.{rest}")


def read_day(text: str, *, day_first: bool | None = None, last: bool = False) -> date | None:
    """Return the day of a date, a time of day aside; of a range its first day, or its last.

    `day_first` tells how `3/11/2026` is meant; without it such a date is None unless one of the
    numbers can only be the day.
    """
    parts = _RANGE.split(text.strip())
    return _read_one_day(parts[-1 if last else 0].strip().lstrip("@"), day_first)


def find_day_first(texts: Iterable[str]) -> bool | None:
    """Tell from all dates of a column whether the day comes first; None when none of them tells."""
    found = {
        int(day) > _MONTHS_A_YEAR
        for text in texts
        for each in [_YEAR_LAST.match(text.strip())]
        if each
        for day, month in [(each[1], each[3])]
        if (int(day) > _MONTHS_A_YEAR) != (int(month) > _MONTHS_A_YEAR)
    }
    return found.pop() if len(found) == 1 else None


def _read_one_day(text: str, day_first: bool | None) -> date | None:  # noqa: FBT001  one of three
    for pattern in (_YEAR_FIRST, _YEAR_SIGNS, _YEAR_LAST, _NAME_FIRST, _DAY_FIRST):
        found = pattern.match(text)
        if found and _TIME.fullmatch(text, found.end()):
            numbers = _order(pattern, found, day_first)
            return _make_day(*numbers) if numbers else None
    return None


def _order(
    pattern: re.Pattern[str],
    found: re.Match[str],
    day_first: bool | None,  # noqa: FBT001  one of three
) -> tuple[int, int, int] | None:
    """Return year, month and day of a match."""
    if pattern in {_YEAR_FIRST, _YEAR_SIGNS}:
        return int(found[1]), int(found[2]), int(found[3])
    if pattern is _YEAR_LAST:
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        # With points, a day stands first in every country that writes it so.
        if day_first is None and found[2] == ".":
            day_first = second <= _MONTHS_A_YEAR
        if day_first is None and first <= _MONTHS_A_YEAR and second <= _MONTHS_A_YEAR:
            is_same = first == second
            return (year, first, second) if is_same else None
        is_day_first = day_first if day_first is not None else first > _MONTHS_A_YEAR
        return (year, second, first) if is_day_first else (year, first, second)
    name, day = (found[1], found[2]) if pattern is _NAME_FIRST else (found[2], found[1])
    month = _MONTHS.get(fold(name))
    return (int(found[3]), month, int(day)) if month else None


def _make_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
