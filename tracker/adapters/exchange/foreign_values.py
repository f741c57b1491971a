"""Read values as people and programs write them, in many languages: statuses, ticks, hours, days, lists.

Pure. Words are compared without case, accents and punctuation. A value that can be read in two ways
is no value: it is left out and reported. `KEYS` has the names of the keys of a skill in other formats.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from math import isfinite
from pathlib import Path

from tracker.adapters.exchange.draft import ImportDraft, ImportReport, add_links
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import SkillKind, Status, show

SIGNS = {
    **dict.fromkeys("✅☑✔✓🗹🟩√", Status.DONE),
    **dict.fromkeys("☐⬜◻□▢🔲◽❌✗✘", Status.TODO),
    **dict.fromkeys("🚧⏳⌛🔄🟨◐", Status.DOING),
    **dict.fromkeys("⏭", Status.SKIPPED),
}
"""Signs that mean a status in a cell, in a box, or beside the words of an entry."""

BULLETS = "\u2022\u25e6\u25aa\u25ab\u2023\u2043\u25cf\u25cb\u2219\u27a4\u25b8"
"""Bullets in text that was copied from word processors and web pages."""

SHORTCODES = {
    ":white_check_mark:": "✅",
    ":heavy_check_mark:": "✔",
    ":ballot_box_with_check:": "☑",
    ":white_large_square:": "⬜",
    ":white_medium_square:": "◻",
    ":black_square_button:": "🔲",
    ":x:": "❌",
    ":construction:": "🚧",
    ":hourglass_flowing_sand:": "⏳",
    ":hourglass:": "⌛",
}
"""Names that GitHub, Slack and others show as one of the signs."""

VARIATION = "\ufe0e\ufe0f"
"""Invisible characters after a sign that choose between the text and the picture of it."""

_PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]0+)? ?%")
_ALL = 100


def fold(text: str) -> str:
    """Return the words of a text in the form that is compared: no case, accents or punctuation."""
    plain = unicodedata.normalize("NFKD", text.replace("'", "").replace("\u2019", ""))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w\s]|_", " ", bare).casefold().split())


_VOCABULARY: Mapping[str, Mapping[str, str]] = tomllib.loads(
    (Path(__file__).parent / "vocabulary.toml").read_text(encoding="utf-8")
)


def list_words(part: str) -> dict[str, str]:
    """Map the words in a part of the vocabulary to what they mean."""
    return {
        word.strip(): meaning
        for meaning, words in _VOCABULARY[part].items()
        for word in re.split("[,\n]", words)
        if word.strip()
    }


_BY_WORD = {fold(word): Status(meaning) for word, meaning in list_words("status").items()}


def read_status(text: str) -> Status | None:
    """Return the status that a word, a percentage or a sign means, in this order, or None."""
    known = _BY_WORD.get(fold(text))
    if known is not None:
        return known
    if share := _PERCENT.fullmatch(text.strip()):
        count = int(share[1])
        if count > _ALL:
            return None
        return Status.DONE if count == _ALL else Status.DOING if count else Status.TODO
    for code, sign in SHORTCODES.items():
        text = text.replace(code, sign)
    # Several signs may agree, as in "✅ ✔"; if they do not, none of them counts.
    found = {status for sign, status in SIGNS.items() if sign in text}
    return found.pop() if len(found) == 1 else None


_ODD = re.compile(r'[,;"\n\r]|^\s|\s$')
_WORD = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|\Z)')


def join_words(words: Iterable[str]) -> str:
    """Write words as one text, with commas between them, and quotes where a word needs them."""
    return ", ".join(
        '"' + word.replace('"', '""') + '"' if _ODD.search(word) else word for word in words
    )


def split_words(text: str) -> tuple[str, ...]:
    """Read words parted by commas; empty ones and repetitions are left out."""
    words: list[str] = []
    position = 0
    while position < len(text) and (found := _WORD.match(text, position)):
        quoted, plain = found.groups()
        words.append(quoted.replace('""', '"') if quoted is not None else plain.strip())
        position = found.end()
    return tuple(dict.fromkeys(word for word in words if word.strip()))


_FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
"""What a formula begins with; East Asian spreadsheets take the full-width forms as well."""


def guard(cell: str) -> str:
    """Put an apostrophe in front of a cell that a spreadsheet would take for a formula.

    Spreadsheets and people know it as "this is text". `unguard(guard(cell)) == cell` for any cell:

        =HYPERLINK("…")   ↔   '=HYPERLINK("…")
        '=1+1             ↔   ''=1+1
    """
    return f"'{cell}" if _is_formula(cell) else cell


def unguard(cell: str) -> str:
    """Drop the apostrophe that `guard` put in front of a cell."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    """Tell whether a cell begins like a formula, after any apostrophes and white space."""
    return cell.lstrip("' \n").startswith(tuple(_FORMULA))


_TICKS = {fold(word): meaning == "yes" for word, meaning in list_words("tick").items()}
_BOXED = re.compile(r"\[(.{0,3})\]")

_UNITS = list_words("unit")
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

_MONTH_NAMES = _VOCABULARY["month"]["names"].split()
_MONTHS = {fold(name): at % 12 + 1 for at, name in enumerate(_MONTH_NAMES)} | {
    name[:size]: at for at, name in enumerate(_MONTH_NAMES[:12], 1) for size in (3, 4)
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
    """Return whether a box is ticked, or None if the text is no box."""
    if boxed := _BOXED.fullmatch(text.strip()):
        return boxed[1].strip() != "" if boxed[1].strip() in {"", "x", "X"} else None
    sign = SIGNS.get(SHORTCODES.get(text.strip(), text.strip(f"{VARIATION} \t\n")))
    if sign in {Status.DONE, Status.TODO}:
        return sign is Status.DONE
    return _TICKS.get(fold(text))


def find_decimal_comma(texts: Iterable[str]) -> bool | None:
    """Tell from all numbers of a column whether a comma begins the decimals.

    None if no number tells, or if some tell otherwise than others.
    """
    listed = [text for text in texts if text]
    has_comma = any(map(_DECIMAL_COMMA.search, listed))
    has_point = any(map(_DECIMAL_POINT.search, listed))
    return None if has_comma == has_point else has_comma


def read_hours(text: str, *, decimal_comma: bool | None = None) -> float | None:
    """Return a number of hours, read from hours or minutes; None for any other text.

    `decimal_comma` tells how the other numbers of the column are written.
    """
    plain = text.strip()
    if both := _HOURS_AND_MINUTES.fullmatch(plain):
        return round(int(both[1]) + int(both[2]) / _MINUTES_AN_HOUR, 2)
    if _EXPONENT.fullmatch(plain):
        amount: float | None = float(plain)
        unit = "h"
    else:
        found = _AMOUNT.fullmatch(plain)
        name = (found[2] or "h").casefold() if found else ""
        if found is None or name not in _UNITS:
            return None
        amount, unit = _read_number(found[1].strip(), decimal_comma), _UNITS[name]
    if amount is None or not isfinite(amount):
        return None
    return round(amount / _MINUTES_AN_HOUR, 2) if unit == "m" else amount


def _read_number(text: str, decimal_comma: bool | None) -> float | None:  # noqa: FBT001  one of three
    """Return a number, whatever parts its thousands and decimals; None if it can be read in two ways.

    1 000,5  1'000.5   a space or apostrophe parts thousands: what follows are decimals
    1,250.5  1.250,5   of two signs, the last one begins the decimals
    1,000,000          a sign that occurs twice parts thousands
    2,5  0,125  1.25   a sign without three digits after it begins decimals
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
    """Return a number with at most one sign in it, as the last four rows of `_read_number` say."""
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
    """Return the day of a date with or without a time; of a range its first day, or its last.

    `day_first` tells how `3/11/2026` is meant. If it is None, so is such a date, unless one of its
    numbers can only be the day.
    """
    parts = _RANGE.split(text.strip())
    # Notion writes dates within texts with an at sign in front.
    day = parts[-1 if last else 0].strip().lstrip("@")
    for pattern in (_YEAR_FIRST, _YEAR_SIGNS, _YEAR_LAST, _NAME_FIRST, _DAY_FIRST):
        found = pattern.match(day)
        if found and _TIME.fullmatch(day, found.end()):
            numbers = _order(pattern, found, day_first)
            try:
                return date(*numbers) if numbers else None
            except ValueError:  # such as the 30th of February
                return None
    return None


def find_day_first(texts: Iterable[str]) -> bool | None:
    """Tell from all dates of a column whether the day comes first; None if they do not agree on it."""
    dates = filter(None, (_YEAR_LAST.match(text.strip()) for text in texts))
    pairs = [(int(found[1]) > _MONTHS_A_YEAR, int(found[3]) > _MONTHS_A_YEAR) for found in dates]
    # A number above twelve is a day; a date with one such number shows the order.
    orders = {is_first for is_first, is_second in pairs if is_first != is_second}
    return orders.pop() if len(orders) == 1 else None


def _order(
    pattern: re.Pattern[str],
    found: re.Match[str],
    day_first: bool | None,  # noqa: FBT001  one of three
) -> tuple[int, int, int] | None:
    """Return year, month and day of a match; None if the order of day and month is not known."""
    if pattern in {_YEAR_FIRST, _YEAR_SIGNS}:
        return int(found[1]), int(found[2]), int(found[3])
    if pattern is _YEAR_LAST:
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        # All countries that write dates with points begin with the day.
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


KEYS: Mapping[str, str] = {fold(word): key for word, key in list_words("key").items()}
"""The keys of a roadmap file, by their names in other formats, folded."""

_BREAK = re.compile("\r\n?")


class ValueSetter:
    """Sets the values of drafts, and reports texts that are no value of their key.

    `day_first` tells for each key how a date like 3/11/2026 is meant, `decimal_comma` whether a comma
    begins the decimals of a number; None if it is not known.
    """

    def __init__(
        self,
        report: ImportReport,
        day_first: Mapping[str, bool | None] | None = None,
        *,
        decimal_comma: bool | None = None,
    ) -> None:
        self._report = report
        self._day_first = day_first or {}
        self._decimal_comma = decimal_comma

    def set(self, draft: ImportDraft, key: str, text: str, line: int) -> None:
        """Set the value of a key other than resources; an empty text sets nothing."""
        if not text.strip():
            return
        # Texts of several lines come from spreadsheets, some with line ends of Windows.
        lines = _BREAK.sub("\n", text)
        is_read, why = True, ""
        # One case for each kind of value; a second goal is kept as a note.
        match key:
            case "status":
                status = read_status(text)
                is_read = status is not None
                draft.status, draft.has_status = status or Status.TODO, draft.has_status or is_read
                why = f"not a status ({', '.join(Status)})"
            case "hours":
                draft.hours = read_hours(text, decimal_comma=self._decimal_comma)
                is_read = draft.hours is not None
                why = (
                    "it is no number of hours, or can be read in two ways; write it as 1000 or 2.5"
                )
            case "started" | "completed":
                # Of a range, the first day is the start and the last one the completion.
                day = read_day(text, day_first=self._day_first.get(key), last=key == "completed")
                is_read = day is not None
                setattr(draft, key, day)
                why = "it is no day, or can be read in two ways; write it as 2026-11-03"
            case "kind" | "evidence" | "prove":
                _set_proof(draft, key, lines)
            case "goal" if draft.goal is None:
                draft.goal = lines
            case "goal" | "notes":
                draft.notes.append(lines)
            case _:
                setattr(draft, key, text if key == "level" else split_words(text))
        if not is_read:
            what = f'the {key} "{show(text)}" of "{show(draft.name)}" was left out'
            why = add_links(why, text, what)
            self._report.tell(line, "value-not-understood", what, why=why)


def _set_proof(draft: ImportDraft, key: str, text: str) -> None:
    """Set what a skill is and what proves it."""
    # In a list each sentence has a line with the key, in a table they share a cell.
    if key == "prove":
        said = filter(None, map(str.strip, text.split("\n")))
        draft.prove = tuple(dict.fromkeys((*draft.prove, *said)))
    elif key == "kind" and fold(text) in set(SkillKind):
        draft.kind = SkillKind(fold(text))
    elif key == "evidence" and draft.evidence is None and not find_url_fault(text.strip()):
        draft.evidence = text.strip()
    # What is no word for a kind, or no address, may mean something else.
    else:
        draft.notes.append(f"{key.capitalize()}: {text}")
