"""The page of a new row as blocks, and what becomes of it where the server does not take it."""

from __future__ import annotations

import json

import pytest
from notion_fakes import ScriptedSender, failed, make_gateway

from tracker.adapters.notion.errors import (
    AmbiguousError,
    ForbiddenError,
    FullError,
    RejectedError,
)
from tracker.adapters.notion.row_pages import (
    MOST_BLOCKS,
    MOST_PROOFS,
    RowPages,
    encode_page,
    is_limited,
)
from tracker.roadmap.limits import MOST_BYTES, MOST_PIECES, MOST_UNITS, count_units
from tracker.roadmap.model import SkillKind
from tracker.sync.row_page import PageLink, RowPage

ROW = {"parent": {"type": "data_source_id"}, "properties": {}}
MADE = {"object": "page", "id": "aaaaaaaa-0000-4000-8000-000000000001"}
PAGE = RowPage("🌱", goal="Works.")
FULL = failed(403, "restricted_resource", "No more blocks.", is_full=True)
REFUSED = failed(400, "validation_error", "body.children should be not present.")


def told(blocks):
    """Return the type and text of each block."""
    return [(block["type"], "".join(text_of(item) for item in runs(block))) for block in blocks]


def runs(block):
    return block[block["type"]]["rich_text"]


def text_of(item):
    return item["text"]["content"]


def test_a_page_is_a_callout_two_lists_and_room_for_notes():
    """Goal, links, proofs, and a heading below which the learner writes."""
    links = (
        PageLink("ISL", "https://example.org/isl", ("ch. 8", "book")),
        PageLink("A", "https://a.org"),
    )

    blocks = encode_page(RowPage(goal="Works.", links=links, prove=("One score",)))

    assert told(blocks) == [
        ("callout", "Works."),
        ("heading_3", "Links"),
        ("to_do", "ISL · ch. 8 · book"),
        ("to_do", "A"),
        ("heading_3", "Done when"),
        ("to_do", "One score"),
        ("heading_3", "My notes"),
    ]
    assert runs(blocks[2])[0]["text"]["link"] == {"url": "https://example.org/isl"}
    assert [block["to_do"]["checked"] for block in blocks if block["type"] == "to_do"] == [
        False
    ] * 3


@pytest.mark.parametrize(
    ("kind", "goal", "said"),
    [
        (SkillKind.MILESTONE, "Works.", "Milestone: a point to reach on the way\nWorks."),
        (SkillKind.PROJECT, None, "Project: something to build, and to show"),
    ],
)
def test_projects_and_milestones_say_what_they_are(kind, goal, said):
    """In front of the goal, or alone where there is none."""
    blocks = encode_page(RowPage(kind=kind, goal=goal))

    assert told(blocks) == [("callout", said), ("heading_3", "My notes")]


def test_a_page_of_a_bare_name_has_room_for_notes_alone():
    """What the skill does not have gets no heading."""
    assert told(encode_page(RowPage())) == [("heading_3", "My notes")]


@pytest.mark.guarantee("G16")
@pytest.mark.parametrize("url", ["javascript:alert(1)", "mailto:a@b.org", "http://", "https://a b"])
def test_what_is_no_web_address_is_shown_and_never_linked(url):
    """Nobody can be led there by a click."""
    (_, todo, _) = encode_page(RowPage(links=(PageLink("Click", url),)))

    assert "link" not in json.dumps(todo)
    assert told([todo]) == [("to_do", f"Click · {url}")]


HOSTILE = "\u202e<b>*x*</b> [a](javascript:b) \U0001f469\u200d\U0001f4bb - [ ] # `"
LARGE = {
    "a goal of ten thousand characters": RowPage(goal="g" * 10_000),
    "a goal of emoji": RowPage(goal="\U0001f600" * 150_000, kind=SkillKind.PROJECT),
    "three hundred links": RowPage(
        goal="g", links=tuple(PageLink(f"L{n}", f"https://example.org/{n}") for n in range(300))
    ),
    "links and proofs": RowPage(
        links=tuple(PageLink(f"L{n}", f"https://example.org/{n}") for n in range(300)),
        prove=tuple(f"P{n}" for n in range(300)),
    ),
    "long titles": RowPage(
        links=tuple(PageLink("\U0001f600" * 3000, f"https://a.org/{n}") for n in range(40))
    ),
    "a long address": RowPage(links=(PageLink("L", "https://example.org/" + "x" * 3000),)),
    "all sorts of signs": RowPage(
        goal=HOSTILE, links=(PageLink(HOSTILE, "https://a.org", (HOSTILE,)),), prove=(HOSTILE,)
    ),
}


@pytest.mark.parametrize("page", LARGE.values(), ids=LARGE)
def test_a_page_is_within_all_limits(page):
    """Blocks of a level, items of a text, characters of an item and bytes of the request."""
    blocks = encode_page(page)

    assert 0 < len(blocks) <= MOST_BLOCKS
    assert all(len(runs(block)) <= MOST_PIECES for block in blocks)
    assert all(count_units(text_of(run)) <= MOST_UNITS for block in blocks for run in runs(block))
    assert len(json.dumps(blocks, ensure_ascii=False).encode()) <= MOST_BYTES
    assert told(blocks)[-1] == ("heading_3", "My notes")


def test_what_is_too_much_for_a_page_is_counted():
    """Proofs and links share the page, and each list says how many it lacks."""
    said = [text for _, text in told(encode_page(LARGE["links and proofs"]))]

    links, proofs = said.index("Done when"), said.index("My notes")
    assert said[links - 1] == f"… and {300 - (links - 2)} more in the roadmap's file"
    assert said[proofs - 1] == f"… and {300 - (MOST_PROOFS - 1)} more in the roadmap's file"


def test_a_goal_is_whole_however_long():
    """It is cut into items, of which none is lost."""
    (callout, _) = encode_page(RowPage(goal="\U0001f600 word " * 2000))

    assert told([callout]) == [("callout", "\U0001f600 word " * 2000)]


def test_a_row_that_needs_the_whole_request_has_an_empty_page():
    """The values of a row come first."""
    assert encode_page(RowPage(goal="g"), taken=MOST_BYTES - 900) == []


def make_rows(*answers, pages=(PAGE,)):
    """Make rows from scripted answers; return what made them, and what each request held."""
    sender = ScriptedSender(*answers)
    rows = RowPages(make_gateway(sender))
    for page in pages:
        assert rows.create(ROW, page) == MADE
    return rows, [
        "".join(key[0] for key in ("icon", "children") if key in body)
        for *_, body, _ in sender.asked
    ]


@pytest.mark.guarantee("G14")
@pytest.mark.parametrize(
    ("answers", "sent", "code"),
    [
        pytest.param([MADE], ["ic", "ic", "ic"], None, id="taken"),
        pytest.param([FULL, MADE], ["ic", "i", "i", "i"], "row-pages-refused", id="full"),
        pytest.param(
            [REFUSED, REFUSED, MADE],
            ["ic", "c", "", "i", "i"],
            "row-pages-refused",
            id="no children",
        ),
        pytest.param(
            [REFUSED, MADE], ["ic", "c", "c", "c"], "row-icon-refused", id="an unknown icon"
        ),
    ],
)
def test_a_row_does_without_what_the_server_refuses(answers, sent, code):
    """It is asked for again with less, once for all rows, and one note tells why."""
    rows, asked = make_rows(*answers, pages=[PAGE] * 3)

    assert asked == sent
    assert [note.code for note in rows.notes] == [code] * bool(code)
    assert all(note.why and note.kept and note.next for note in rows.notes)


def test_another_icon_is_tried():
    """That one is unknown says nothing of the others."""
    rows, asked = make_rows(REFUSED, MADE, pages=[PAGE, RowPage("🌳", goal="g")])

    assert asked == ["ic", "c", "ic"]
    assert len(rows.notes) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "requests"),
    [
        (FULL, FullError, 2),
        (REFUSED, RejectedError, 3),
        (failed(403, "restricted_resource"), ForbiddenError, 1),
        (failed(502), AmbiguousError, 1),
    ],
    ids=["full", "rejected", "forbidden", "ambiguous"],
)
def test_a_row_that_is_refused_itself_is_no_matter_of_its_page(answer, kind, requests):
    """The error is that of the row, nothing is noted, and what is ambiguous is not repeated here."""
    sender = ScriptedSender(answer)
    rows = RowPages(make_gateway(sender))

    with pytest.raises(kind):
        rows.create(ROW, PAGE)

    assert (len(sender.asked), rows.notes) == (requests, ())


def test_a_row_without_a_page_is_the_row_alone():
    """A refusal of it is not asked about twice."""
    sender = ScriptedSender(REFUSED)

    with pytest.raises(RejectedError):
        RowPages(make_gateway(sender)).create(ROW, None)

    assert [body for *_, body, _ in sender.asked] == [ROW]


FREE = {
    "owner": {"type": "workspace"},
    "workspace_limits": {"max_file_upload_size_in_bytes": 5242880},
}
PERSON, BOT = {"type": "person"}, {"type": "bot"}


@pytest.mark.parametrize(
    ("bot", "users", "expected"),
    [
        pytest.param(FREE, [PERSON, PERSON, BOT], True, id="a free team"),
        pytest.param(FREE, [PERSON, BOT], False, id="one member"),
        pytest.param(FREE, failed(403, "restricted_resource"), False, id="users unseen"),
        pytest.param(
            FREE | {"owner": {"type": "user"}}, [PERSON] * 2, False, id="a token of one's own"
        ),
        pytest.param(
            FREE | {"workspace_limits": {}}, [PERSON] * 2, False, id="nothing said of limits"
        ),
        pytest.param({}, [PERSON] * 2, False, id="another server"),
    ],
)
def test_a_workspace_of_limited_blocks_is_known_by_its_plan_and_members(bot, users, expected):
    """What is not shown counts as unlimited: then the server itself says so."""
    answer = (
        {"object": "list", "results": users, "has_more": False}
        if isinstance(users, list)
        else users
    )

    assert is_limited(make_gateway(ScriptedSender(answer)), bot) is expected
