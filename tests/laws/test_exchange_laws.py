"""Laws of what goes out and comes in: a file, a checklist or a table says what it was made of."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from roadmap_values import ODD, broken_rules, roadmaps, words

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.adapters.exchange.diagram import parse_roadmap_sh
from tracker.adapters.exchange.formats import format_csv, format_json, format_markdown
from tracker.adapters.exchange.table import parse_notion_csv
from tracker.adapters.roadmap_files.format import format_roadmap
from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.errors import Severity
from tracker.roadmap.model import Roadmap, Section, Skill

pytestmark = pytest.mark.slow


@given(roadmaps())
def test_a_new_file_loads_as_the_roadmap_it_was_made_of(roadmap):
    """Whatever texts a roadmap holds, its file loads without errors and is equal to it."""
    text = format_roadmap(roadmap)

    loaded = load_roadmap_text(text.encode(), path="x.yaml")

    assert [problem for problem in loaded.problems if problem.severity is Severity.ERROR] == []
    assert loaded.roadmap == roadmap


@given(words)
def test_a_skill_that_is_only_a_name_is_a_bare_text(name):
    """A skill without anything but a name is written on one line, and comes back."""
    roadmap = Roadmap(title="T", sections=(Section(title="S", skills=(Skill(name=name),)),))

    text = format_roadmap(roadmap)

    assert text.count("\n") == 5
    assert load_roadmap_text(text.encode(), path="x.yaml").roadmap == roadmap


@given(roadmaps())
@example(
    Roadmap(
        title="T",
        sections=(Section(title="S", description="\n- a", skills=(Skill(id="a", name="N"),)),),
    )
)
def test_a_checklist_comes_back_with_names_sections_statuses_and_links(roadmap):
    """Markdown taken out and in again says the same, whatever marks its texts hold."""
    again = parse_markdown(format_markdown({"x": roadmap}))

    assert again.not_understood == ()
    assert again.roadmap.title == roadmap.title
    assert outline(again.roadmap) == outline(roadmap)
    assert [skill.requires for skill in again.roadmap.skills] == [
        skill.requires for skill in roadmap.skills
    ]


@given(roadmaps())
def test_a_table_comes_back_with_names_sections_statuses_and_links(roadmap):
    """CSV taken out and in again says the same, apart from spaces at the edges of names."""
    again = parse_notion_csv(format_csv({"x": roadmap}))

    assert again.not_understood == ()
    assert outline(again.roadmap) == outline(roadmap)


@given(roadmaps())
def test_no_cell_of_a_table_is_a_formula(roadmap):
    """Whatever a roadmap says, no cell begins like something that a spreadsheet computes."""
    rows = csv.reader(io.StringIO(format_csv({"x": roadmap}), newline=""))

    cells = [cell for row in rows for cell in row]

    assert not [each for each in cells if each.lstrip()[:1] in {"=", "+", "-", "@"}]


@given(roadmaps())
def test_json_says_all_that_a_roadmap_says(roadmap):
    """The JSON of a roadmap, read by the model, is the roadmap."""
    (entry,) = json.loads(format_json({"x": roadmap}))["roadmaps"]

    entry.pop("name")

    assert Roadmap.model_validate_json(json.dumps(entry)) == roadmap


awkward = st.one_of(
    st.text(), st.lists(st.sampled_from([*ODD, "\n", "- [ ] ", "- ", "  ", ",", '"'])).map("".join)
)


@given(awkward)
def test_any_text_becomes_a_valid_roadmap(text):
    """No text of any kind breaks an import, and what comes out is without errors and loads."""
    for parse in (parse_markdown, parse_notion_csv, parse_roadmap_sh):
        imported = parse(text)

        assert broken_rules(imported.roadmap) == ()
        written = format_roadmap(imported.roadmap).encode()
        assert load_roadmap_text(written, path="x.yaml").roadmap == imported.roadmap


def outline(roadmap):
    """Return what every exchange keeps: sections, names, statuses, kinds, evidence, links."""
    return [
        (
            section.title,
            [
                (
                    skill.name.strip(),
                    skill.status,
                    skill.kind,
                    skill.evidence,
                    [(resource.title.strip(), resource.url) for resource in skill.resources],
                )
                for skill in section.skills
            ],
        )
        for section in roadmap.sections
    ]


plain_words = st.from_regex(r"\A[a-z]{3,9}( [a-z]{3,9}){0,3}\Z")
addresses = st.from_regex(r"\Ahttps://example\.org/[a-z]{1,9}(/[a-z]{1,30}){0,3}\Z")


@st.composite
def checklists(draw: st.DrawFn) -> tuple[str, list[str], list[str]]:
    """Draw a checklist as people write them, with the words of its entries and its addresses."""
    lines: list[str] = []
    said: list[str] = []
    urls: list[str] = []

    def link() -> str:
        urls.append(draw(addresses))
        shape = draw(
            st.sampled_from(["[{}]({})", "![{}]({})", "[![{}]({})](https://example.org/x)"])
        )
        return shape.format(draw(plain_words), urls[-1])

    for _ in range(draw(st.integers(1, 12))):
        said.append(draw(plain_words))
        text = draw(st.sampled_from(["{}", "**{}** - so", "{} ✅", "✅ {}", "{} 📅 2026-01-02"]))
        text = text.format(said[-1])
        kind = draw(st.sampled_from(["heading", "entry", "entry", "entry", "text", "row", "code"]))
        beside = f" {link()}" if draw(st.booleans()) else ""
        indent = "  " * draw(st.integers(0, 2))
        if kind == "heading":
            lines += ["", f"{'#' * draw(st.integers(1, 3))} {text}{beside}", ""]
            said.pop()
        elif kind == "entry":
            box = draw(st.sampled_from(["", "", "[ ] ", "[x] ", "[x]"]))
            wrap = draw(st.sampled_from([" ", f"\n{indent}  ", "\n"]))
            said.append(draw(plain_words))
            lines.append(f"{indent}- {box}{text}{wrap}{said[-1]}{beside}")
        elif kind == "row":
            lines += ["", f"| {said.pop()} | b |", "|---|---|", f"| x | {link()} |", ""]
            lines.append(f"- row{beside}")
        elif kind == "code":
            lines += ["", f"```\n{said.pop()}{beside}\n```", ""]
        else:
            lines += ["", f"{indent}{said.pop()}{beside}", ""]
    return "\n".join(lines), said, urls


@given(checklists())
def test_every_address_and_every_word_of_an_entry_is_taken_over_or_told(drawn):
    """Nothing in a checklist goes without a word, whatever is mixed in it."""
    text, said, urls = drawn

    imported = parse_markdown(text)

    everything = format_roadmap(imported.roadmap) + "".join(
        f"\n{problem.what} {problem.why}" for problem in imported.not_understood
    )
    flat = " ".join(everything.split())
    assert [url for url in urls if url not in flat] == []
    assert [word for words in said for word in words.split() if word not in flat] == []


headers = st.sampled_from(
    ["Status", "Hours", "Notes", "Link", "Where", "Section", "Tags", "Done", "Completed", "Requires",
     "Goal", "Level", "Order", "Tracker ID", "Unlocks", "Parent item", "Started"]
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[str], list[str]]:
    """Draw a table with words and addresses in any of its columns, and all of its addresses."""
    columns = draw(st.lists(headers, min_size=1, max_size=4))
    names: list[str] = []
    urls: list[str] = []
    rows = [["Name", *columns]]
    for _ in range(draw(st.integers(1, 4))):
        names.append(draw(plain_words))
        row = [names[-1]]
        for _ in range(len(columns) + draw(st.integers(0, 1))):
            shape = draw(st.sampled_from(["", "so", "{}", "see {}", "2026-01-02", "x", "1,000"]))
            if "{}" in shape:
                urls.append(draw(addresses))
            row.append(shape.format(*urls[-1:]))
        if draw(st.integers(0, 5)) == 0:
            names.pop()
            row[0] = ""
        rows.append(row)
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=draw(st.sampled_from(",;\t"))).writerows(rows)
    return written.getvalue(), names, urls


@given(tables())
def test_every_address_and_name_of_a_table_is_taken_over_or_told(drawn):
    """Whatever column an address stands in, it is in the roadmap or in the report."""
    text, names, urls = drawn

    imported = parse_notion_csv(text)

    everything = format_roadmap(imported.roadmap) + "".join(
        f"\n{problem.what} {problem.why}" for problem in imported.not_understood
    )
    assert [url for url in urls if url not in everything] == []
    assert sorted(skill.name for skill in imported.roadmap.skills) == sorted(names)
