from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.adapters.notion.columns import Column, Option
from tracker.adapters.notion.errors import HeldError, RowError
from tracker.adapters.notion.options import OptionBook, decode_option, long_texts
from tracker.adapters.notion.rich_text import (
    choose_option_name,
    decode_option_name,
    encode_option_name,
    fold_name,
    is_option_name,
    is_shortened,
    shorten_name,
)

ODD = st.text(st.sampled_from("aA,\ufe50\u29f5{}29 \n\t\x00é"), min_size=1)
TEXTS = st.one_of(ODD, st.text(st.characters(exclude_categories=["Cs"]), min_size=1))


def column(*names):
    options = tuple(Option(f"id-{name}", name) for name in names)
    return Column("k", "k", "Tags", "multi_select", options)


@given(TEXTS)
def test_a_name_tells_its_text(text):
    """Every text has a name without commas, control characters or blank ends, and comes back."""
    name = encode_option_name(text)

    assert decode_option_name(name) == text
    assert "," not in name
    assert name == name.strip()
    assert name.isprintable() or "\n" not in name


@given(st.lists(TEXTS, unique=True, max_size=8))
def test_texts_that_differ_get_names_that_differ_even_in_one_case(texts):
    """Notion ignores case in names; the texts still stay apart, and each name tells its own."""
    names = []
    for text in texts:
        names.append(choose_option_name(text, names))

    assert len({fold_name(name) for name in names}) == len(texts)
    assert [decode_option_name(name) for name in names] == texts


@given(st.text(st.characters(exclude_characters="\ufe50\u29f5"), min_size=1))
def test_what_a_person_types_in_notion_is_read_as_it_stands(name):
    """A name without the two rare signs is its own text."""
    assert decode_option_name(name) == name


def test_a_spelled_half_character_is_not_put_together():
    """A name that spells a surrogate stays as it was typed."""
    assert decode_option_name("\u29f5{D800}") == "\u29f5{D800}"


def test_an_option_that_exists_is_written_by_its_id():
    """The id keeps its meaning when somebody renames the option meanwhile."""
    book = OptionBook(column("Regression\ufe50 linear", "nlp"))

    assert book.encode("Regression, linear") == {"id": "id-Regression\ufe50 linear"}
    assert book.encode("nlp") == {"id": "id-nlp"}


def test_a_new_option_is_named_once_for_all_rows():
    """Rows written side by side give one text one name, and never take another's."""
    book = OptionBook(column("NLP"))

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(book.encode, ["nlp", "Nlp"] * 20))

    assert {option["name"] for option in written} == {"nlp\u29f52", "Nlp\u29f53"} or {
        option["name"] for option in written
    } == {"nlp\u29f53", "Nlp\u29f52"}


def test_too_many_options_in_a_row_are_an_error_of_the_row():
    """The hundred and first option is refused with the number."""
    with pytest.raises(RowError) as caught:
        OptionBook(column()).encode_all({f"t{number}" for number in range(101)})

    assert "101" in caught.value.problems[0].what


def test_blank_ends_of_an_option_do_not_count():
    """An option is read as canonical text, like every other text."""
    assert decode_option("a \ufe50 b  ", {}) == "a , b"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=101, max_size=400))
def test_a_text_too_long_for_a_name_has_a_short_one_and_a_description(text):
    """The name fits and is known to be short; description and name together tell the text."""
    name = shorten_name(text)
    known = long_texts(replace(column(), options=(Option("o", name, description=text),)))

    assert is_option_name(name)
    assert is_shortened(name)
    assert not is_shortened(encode_option_name(name))
    assert decode_option(name, known) == text


def test_a_short_name_without_its_text_is_held():
    """A description that somebody rewrote does not become the text."""
    name = shorten_name("long " * 40)
    rewritten = replace(column(), options=(Option("o", name, description="mine"),))

    with pytest.raises(HeldError):
        decode_option(name, long_texts(rewritten))


def test_a_long_text_needs_its_option_first():
    """A long text is written by id once its option is there, and is an error before."""
    text = "long " * 40 + "end"
    book = OptionBook(column("a"))

    assert book.find_long(["a", "b", text]) == [text]
    with pytest.raises(RowError):
        book.encode(text)

    book.learn(replace(column(), options=(Option("o", shorten_name(text), description=text),)))

    assert book.find_long([text]) == []
    assert book.encode(text) == {"id": "o"}
