"""Laws of taking out and putting back: what a removal hands back brings the old text back."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import settings
from splice_oracle import is_same_data, load
from splice_texts import make_roadmap_text

from tracker.adapters.roadmap_files.splice import SpliceError, splice
from tracker.roadmap.edits import InsertText, RemoveSkill

pytestmark = pytest.mark.slow

BREAKS = re.compile("[\n\r\x85\u2028\u2029]")
FILES = settings().max_examples * 6
BLOCK = """\
title: X
sections:
  - title: One
    skills:
      # about a
      - id: a
        name: A   # trailing

      - id: b
        name: B
        notes: |
          kept

      # about c
      - {id: c, name: C}
      - id: d
        name: "D"
  - title: Two
    skills:

      - id: e
        name: E
        # below e

      - id: f
        name: F

  - title: Three
    skills: [{id: g, name: G}, {id: h, name: H}, {id: i, name: I}]
"""


def names_of(section):
    """Return what removals call the skills of a section: ids, or names."""
    skills = section.get("skills") or []
    return [
        str(each.get("id") or each.get("name")) if isinstance(each, dict) else str(each)
        for each in skills
    ]


def take_and_return(text, gone):
    """Remove skills by address, and put what was handed back where it stood."""
    data = load(text)
    names = {at: names_of(data["sections"][at[0]])[at[1]] for at in gone}
    taken = splice(text, [RemoveSkill(at) for at in sorted(gone)])
    back = [
        InsertText(
            section=data["sections"][at[0]]["title"],
            text=taken.removed[names[at]],
            before=at[1] - sum(other[0] == at[0] and other[1] < at[1] for other in gone),
            values={"name": names[at]},
        )
        for at in sorted(gone)
    ]
    return taken.text, splice(taken.text, back).text


ALL = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("number", range(1, 1 << len(ALL), 3))
def test_an_ordinary_file_comes_back_to_the_byte(number, end):
    """Whatever skills leave an ordinary file, putting them back gives the same bytes (G7, G11)."""
    text = BLOCK.replace("\n", end)
    gone = {at for place, at in enumerate(ALL) if number >> place & 1}

    without, again = take_and_return(text, gone)

    assert without != text
    assert again == text


def outcome(seed):
    """Take skills out of one random file and put them back; tell how it went."""
    rng = random.Random(seed)
    text = make_roadmap_text(rng)
    data = load(text)
    sections = data.get("sections") or []
    titles = [each.get("title") for each in sections]
    if len(set(titles)) < len(titles) or not all(isinstance(each, str) for each in titles):
        return "out of scope"
    places = [
        (row, column)
        for row, section in enumerate(sections)
        for column in range(len(section.get("skills") or []))
    ]
    names = [name for section in sections for name in names_of(section)]
    if not places or len(set(names)) < len(names):
        return "out of scope"
    gone = set(rng.sample(places, rng.randint(1, min(len(places), 4))))
    try:
        _, again = take_and_return(text, gone)
    except SpliceError:
        return "refused"
    # A block scalar at the end of a file whose last line has no break may get that break.
    whole = text if BREAKS.search(text[-1]) else text + "\n"
    if not (is_same_data(load(again), data) or is_same_data(load(again), load(whole))):
        found = [names_of(section) for section in load(again)["sections"]]
        assert found == [names_of(section) for section in sections]
        assert "*" in text
        return "anew"
    return "same" if again == text else "other text"


def test_odd_files_come_back_or_are_refused():
    """In a file of any style what comes back says the same, mostly in the same bytes.

    What a text takes over by aliases may be gone with other texts; then it is written anew.
    """
    found = [outcome(seed) for seed in range(FILES)]

    judged = [each for each in found if each != "out of scope"]
    assert len(judged) > FILES / 3
    assert judged.count("same") > 0.8 * len(judged)
    assert judged.count("anew") + judged.count("refused") < 0.05 * len(judged)


def test_a_text_that_no_longer_fits_is_written_from_its_values():
    """A list that is written in another style gets the skill in that style."""
    text = "title: X\nsections:\n  - title: One\n    skills: [{id: a, name: A}, {id: c, name: C}]\n"
    edit = InsertText("One", "      - id: b\n        name: B\n", 1, {"id": "b", "name": "B"})

    result = splice(text, [edit]).text

    assert result == text.replace("A}, ", "A}, {id: b, name: B}, ")


def test_a_text_moves_to_the_column_of_its_siblings():
    """A file that was indented anew takes the text in at its own indentation and line ends."""
    text = "title: X\r\nsections:\r\n- title: One\r\n  skills:\r\n  - id: a\r\n    name: A\r\n"
    edit = InsertText("One", "      # kept\n      - id: b\n        name: B\n", 9, {})

    result = splice(text, [edit]).text

    assert result == text + "  # kept\r\n  - id: b\r\n    name: B\r\n"


def test_a_text_that_cannot_stand_is_written_from_its_values():
    """A text that uses what is gone is left out for its values."""
    text = "title: X\nsections:\n  - title: One\n    skills:\n      - id: a\n        name: A\n"
    edit = InsertText("One", "      - id: b\n        <<: *gone\n", 0, {"id": "b", "name": "B"})

    result = splice(text, [edit]).text

    assert result == text.replace("      - id: a", "      - id: b\n        name: B\n      - id: a")
