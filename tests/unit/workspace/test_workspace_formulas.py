from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.workspace.formulas import UNSUPPORTED, evaluate
from tracker.workspace.ids import format_minute, instant, parse_iso
from tracker.workspace.rollups import FUNCTIONS, summarise_rollup
from tracker.workspace.sorting import text_key

VALUES = {"n": 42, "t": "kNN", "none": None, "b": True, "d": {"start": "2026-11-05"}}


def value(expression):
    """Return the plain value of a formula; `$x` stands for the property x."""
    for key in VALUES:
        expression = expression.replace(f"${key} ", f"{{{{notion:block_property:{key}:a:b}}}} ")
    result = evaluate(expression + " ", VALUES.get)
    return result[result["type"]]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$n * 2", 84),
        ("$none * 2", 0),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-3 - -1", -2),
        ("7 / 2", 3.5),
        ("6 / 3", 2),
        ("7 % 4", 3),
        ('$t + "!"', "kNN!"),
        ('"n = " + $n ', "n = 42"),
        ('if($n > 40, "big", "small")', "big"),
        ("$n >= 42 and not false", True),
        ('$t == "kNN" or $none ', True),
        ("!empty($none )", False),
        ("length($t ) + round(2.5)", 6),
        ('concat($t , "-", format(1.5))', "kNN-1.5"),
        ('upper("a") + lower("B")', "Ab"),
        ("max(1, 5, 3) - min(2, 4) + abs(-1) + floor(1.9) + ceil(1.1)", 7),
        ("$d ", {"start": "2026-11-05"}),
        ("$none ", None),
        ('"say \\"x\\""', 'say "x"'),
    ],
)
def test_formulas_of_the_small_language(expression, expected):
    """Arithmetic, texts, comparisons and a few functions have their values."""
    assert value(expression) == expected


BEYOND = (
    *("", "now()", "1 +", "(1", "1 / 0", "$t * 2", "dateAdd($d , 1)", "a.b()", "if(1)"),
    *("9" * 400, "(" * 99 + "1" + ")" * 99, "10 * " * 400 + "1"),
)


@pytest.mark.parametrize("expression", BEYOND, ids=lambda text: text[:20])
def test_what_is_beyond_it_is_called_unsupported(expression):
    """Never a wrong value, never a crash."""
    for key in VALUES:
        expression = expression.replace(f"${key} ", f"{{{{notion:block_property:{key}:a:b}}}} ")

    assert evaluate(expression, VALUES.get) == UNSUPPORTED


@given(st.text(st.sampled_from('1 +-*/()<>=!"ab,.%truefalsnotd'), max_size=40))
def test_no_formula_breaks_the_evaluator(expression):
    """Any text gives a value or unsupported."""
    assert evaluate(expression, VALUES.get)["type"] in {
        "boolean",
        "date",
        "number",
        "string",
        "unsupported",
    }


NUMBERS = [{"type": "number", "number": n} for n in (1, None, 3, 8)]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("count", 4),
        ("count_values", 3),
        ("empty", 1),
        ("percent_not_empty", 0.75),
        ("unique", 3),
        ("sum", 12),
        ("average", 4),
        ("median", 3),
        ("min", 1),
        ("max", 8),
        ("range", 7),
    ],
)
def test_rollups_sum_up(function, expected):
    """Each function has its number."""
    assert summarise_rollup(function, NUMBERS)["number"] == expected


def test_rollups_of_dates_ticks_and_lists():
    """Dates have an earliest, ticks a share, and values can be shown as they are."""
    dates = [
        {"type": "date", "date": {"start": day, "end": None}} for day in ("2026-02", "2026-01")
    ]
    ticks = [{"type": "checkbox", "checkbox": tick} for tick in (True, False)]

    assert summarise_rollup("earliest_date", dates)["date"]["start"] == "2026-01"
    assert summarise_rollup("percent_checked", ticks)["number"] == 0.5
    assert len(summarise_rollup("show_original", ticks)["array"]) == 2


@pytest.mark.parametrize("function", FUNCTIONS)
def test_rollups_of_nothing_have_a_value(function):
    """No related row is no reason to fail."""
    rolled = summarise_rollup(function, [])

    assert rolled["function"] == function
    assert rolled["type"] in rolled


@given(st.lists(st.text(max_size=12)))
def test_any_texts_can_be_sorted(texts):
    """Keys of any two texts compare."""
    assert len(sorted(texts, key=text_key)) == len(texts)


@pytest.mark.parametrize(
    "wrong",
    ["", "2026", "2026-13-01", "2026-1-1", "2026-01-01T25:00", "20260101", None, 5, "2026-W01-1"],
)
def test_what_is_no_date_is_none(wrong):
    """Only the spellings of the API are dates."""
    assert parse_iso(wrong) is None


@given(st.datetimes())
def test_any_moment_is_cut_to_its_minute(moment):
    """The spelled minute is the moment's, never the next one."""
    ms = instant(moment.isoformat(timespec="milliseconds"))

    spelled = format_minute(ms)

    assert spelled.endswith(":00.000Z")
    assert 0 <= ms - instant(spelled) < 60_000
