"""What the page of a new row says, made of the file that the plan was made from."""

from __future__ import annotations

from builders import POLICY, record

from tracker.roadmap.model import Resource, Roadmap, Section, Skill, SkillKind
from tracker.sync.model import Base, Create, Plan, RemoteObservation, Side
from tracker.sync.planner import make_plan
from tracker.sync.records import Link, Links, make_local_observation
from tracker.sync.row_page import PageLink, RowPage, make_row_page, make_row_pages

BOOK = "https://example.org/book"


def pages_of(*sections: Section) -> dict[str, RowPage]:
    """Return the pages of a first sync."""
    roadmap = Roadmap(title="Path", sections=sections)
    local = make_local_observation("path", "digest", roadmap)
    plan = make_plan(Base(), local, RemoteObservation(), POLICY)
    return dict(make_row_pages(roadmap, local, plan))


def test_a_page_says_what_the_file_says():
    """Goal, kind and proofs come from the skill, the icon from its section."""
    skill = Skill(name="Model", kind="milestone", goal="Works.\n", prove=("One score", "A plot"))

    page = make_row_page(Section(title="S", icon="🌱", skills=(skill,)), skill)

    assert page == RowPage("🌱", SkillKind.MILESTONE, "Works.", (), ("One score", "A plot"))


def test_the_primary_link_comes_first_with_what_helps_to_choose():
    """The others keep their order; of a link of which nobody knows whether it is free nothing is said."""
    links = (
        Resource(title="Docs", url="https://example.org/docs", type="docs", free=True),
        Resource(title="Video", url="https://example.org/video"),
        Resource(
            title="ISL", url=BOOK, type="book", part="ch. 8.2", minutes=90, lang="de", free=False,
            primary=True,
        ),
    )  # fmt: skip
    skill = Skill(name="Trees", resources=links)

    page = make_row_page(Section(title="S", skills=(skill,)), skill)

    assert page.links == (
        PageLink("ISL", BOOK, ("ch. 8.2", "book", "90 min", "de", "paid")),
        PageLink("Docs", "https://example.org/docs", ("docs", "free")),
        PageLink("Video", "https://example.org/video"),
    )


def test_texts_are_kept_as_both_sides_can():
    """Without Windows line ends and blanks behind them, as in the columns."""
    link = Resource(title="A\r\nb ", url=BOOK, part="c \r")
    skill = Skill(name="Trees", resources=(link,), prove=("One\rtwo ",))

    page = make_row_page(Section(title="S", skills=(skill,)), skill)

    assert (page.links, page.prove) == ((PageLink("A\nb", BOOK, ("c",)),), ("One\ntwo",))


def test_a_section_without_an_emoji_gives_no_icon():
    """An icon that is no emoji, in a roadmap that was not checked, is left out."""
    skill = Skill(name="Trees")

    sections = [Section(title="S", icon=icon, skills=(skill,)) for icon in (None, "icon", "🌱🌱")]

    assert [make_row_page(section, skill).icon for section in sections] == [None, None, None]


def test_every_new_row_has_the_page_of_its_skill():
    """Also a skill that gets its id by the same plan, and one whose name another skill has."""
    first = Section(title="A", icon="🌱", skills=(Skill(name="Trees", goal="Here."),))
    second = Section(title="B", icon="🌳", skills=(Skill(id="x", name="Trees", goal="There."),))

    pages = pages_of(first, second)

    assert {skill_id: (page.icon, page.goal) for skill_id, page in pages.items()} == {
        "trees": ("🌱", "Here."),
        "x": ("🌳", "There."),
    }


def test_a_skill_that_is_not_in_the_file_has_what_its_record_tells():
    """Such as one that an undo brings back to both sides."""
    roadmap = Roadmap(title="Path", sections=(Section(title="A"),))
    links = Links((Link(BOOK, "ISL", "book"),))
    gone = record("Trees", goal="Works.", resources=links)
    plan = Plan("path", "Path", "digest", (Create(Side.REMOTE, "trees", gone, 1.0),))

    pages = make_row_pages(roadmap, make_local_observation("path", "digest", roadmap), plan)

    assert pages == {"trees": RowPage(goal="Works.", links=(PageLink("ISL", BOOK, ("book",)),))}
