"""Laws of what goes out and comes in: a file, a checklist or a table says what it was made of."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import example, given
from hypothesis import strategies as st
from roadmap_values import ODD, roadmaps, words

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.adapters.exchange.diagram import parse_roadmap_sh
from tracker.adapters.exchange.markdown import format_markdown
from tracker.adapters.exchange.sheet import format_csv
from tracker.adapters.exchange.structure import format_json
from tracker.adapters.exchange.table import parse_notion_csv
from tracker.adapters.roadmap_files.format import format_roadmap
from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.errors import Severity
from tracker.roadmap.model import Roadmap, Section, Skill
from tracker.roadmap.rules import broken_rules


@given(roadmaps())
def test_a_new_file_loads_as_the_roadmap_it_was_made_of(roadmap):
    """Whatever texts a roadmap holds, its file loads without errors and is equal to it."""
    text = format_roadmap(roadmap)

    loaded = load_roadmap_text(text.encode(), path="x.yaml")

    assert [each for each in loaded.problems if each.severity is Severity.ERROR] == []
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
    assert [each.requires for each in again.roadmap.skills] == [
        each.requires for each in roadmap.skills
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
    """Return what every exchange keeps: sections, names, statuses, links."""
    return [
        (
            section.title,
            [
                (
                    skill.name.strip(),
                    skill.status,
                    [(each.title.strip(), each.url) for each in skill.resources],
                )
                for skill in section.skills
            ],
        )
        for section in roadmap.sections
    ]
