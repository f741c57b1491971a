"""Laws of what goes out and comes in: a file, a checklist or a table says what it was made of."""

from __future__ import annotations

from hypothesis import given
from roadmap_values import roadmaps, words

from tracker.adapters.roadmap_files.format import format_roadmap
from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.errors import Severity
from tracker.roadmap.model import Roadmap, Section, Skill


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
