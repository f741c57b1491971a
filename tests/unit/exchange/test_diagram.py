"""A roadmap of roadmap.sh comes in: nodes, edges, boxes and places."""

from __future__ import annotations

import json

import pytest
from roadmap_values import broken_rules

from tracker.adapters.exchange.diagram import parse_roadmap_sh
from tracker.errors import Severity
from tracker.roadmap.model import Resource


def node(key, kind, label, x=0.0, y=0.0, **more):
    """Make a node as the editor of roadmap.sh saves it."""
    values = {
        name: more.pop(name)
        for name in ("href", "url", "badge", "legend", "links", "checklists")
        if name in more
    }
    size = {"width": more.pop("width", 200), "height": more.pop("height", 49)}
    return {
        "id": key,
        "type": kind,
        "position": {"x": x, "y": y},
        "selected": True,
        "data": {"label": label, "style": {"fontSize": 17}, **values},
        "zIndex": 999,
        "measured": size,
        **size,
        **more,
    }


def edge(source, target):
    """Make an edge."""
    return {"source": source, "target": target, "data": {"edgeStyle": "dashed"}, "id": "e"}


def parse(nodes, edges=(), **head):
    """Parse a drawing of these nodes and edges."""
    return parse_roadmap_sh(json.dumps({**head, "nodes": nodes, "edges": list(edges)}, indent=1))


def names(imported):
    """Return the names of skills by section."""
    return {
        section.title: [skill.name for skill in section.skills]
        for section in imported.roadmap.sections
    }


def test_topics_are_sections_and_what_hangs_on_them_are_skills():
    """Edges tell what belongs to a topic, wherever it is drawn; order is from top to bottom."""
    imported = parse(
        [
            node("s2", "subtopic", "Bayes", 900, 40),
            node("t", "title", "Data Scientist", 0, -100),
            node("b", "topic", "Statistics", 400, 300),
            node("a", "topic", "Maths", 0, 0),
            node("s1", "subtopic", "Calculus", 900, 10),
            node("s3", "subtopic", "Tests", 0, 20),
        ],
        [edge("a", "b"), edge("a", "s1"), edge("s2", "b"), edge("b", "s3")],
    )

    assert imported.roadmap.title == "Data Scientist"
    assert names(imported) == {"Maths": ["Calculus"], "Statistics": ["Tests", "Bayes"]}
    assert imported.not_understood == ()


def test_without_edges_the_place_tells():
    """What stands below a topic in its column belongs to it, and so do the links below a skill."""
    imported = parse(
        [
            node("m", "topic", "Mathematics", -196, 118),
            node("s", "topic", "Statistics", 304, 118),
            node("m1", "todo", "Algebra", -226, 200, width=417, height=38),
            node("r1", "resourceButton", "A course", -196, 238, href="https://example.org/a", badge="Course"),
            node("m2", "todo", "Differential Calculus ", -226, 307, height=38),
            node("s1", "todo", "CLT", 279, 200, height=38),
            node("r2", "resourceButton", "A book", 304, 238, href="https://example.org/b", badge="eBook"),
            node("e", "topic", "Econometrics", 0, 700),
        ]
    )  # fmt: skip

    algebra, _, clt, _ = imported.roadmap.skills

    assert names(imported) == {
        "Mathematics": ["Algebra", "Differential Calculus"],
        "Statistics": ["CLT"],
        "Econometrics": ["Econometrics"],
    }
    assert algebra.resources == (
        Resource(title="A course", url="https://example.org/a", type="course"),
    )
    assert clt.resources[0].type == "ebook"


def test_a_box_holds_together_what_one_edge_leads_to():
    """All that stands in a box belongs to the topic of the box or of one thing in it."""
    imported = parse(
        [
            node("a", "topic", "Far away", 0, 0),
            node("b", "topic", "Near", 800, 0),
            node("box", "section", "", 700, 100, width=400, height=400),
            node("s1", "subtopic", "One", 750, 150),
            node("s2", "subtopic", "Two", 750, 250),
        ],
        [edge("a", "s2")],
    )

    assert names(imported) == {"Far away": ["One", "Two"], "Near": ["Near"]}


def test_a_topic_with_links_of_its_own_is_a_skill_too():
    """Links of a topic are not lost, although it has subtopics."""
    imported = parse(
        [
            node("a", "topic", "Maths", 0, 0),
            node("r", "resourceButton", "Course", 0, 50, href="https://example.org"),
            node("s", "subtopic", "Sets", 0, 100),
        ]
    )

    assert names(imported) == {"Maths": ["Maths", "Sets"]}


def test_groups_of_links_checklists_and_legends_are_read():
    """A group of links adds to its skill, a checklist is many skills, a legend is a tag."""
    imported = parse(
        [
            node("a", "topic", "Maths", 0, 0),
            node("c", "checklist", "", 0, 100, checklists=[{"label": "Sets"}, {"label": "Maps"}, {}]),
            node("s", "subtopic", "Rings", 0, 200, legend={"label": "Alternative"}),
            node("g", "linksgroup", "More", 0, 300, links=[{"label": "A", "url": "https://example.org/a"}]),
        ],
        [edge("g", "s")],
    )  # fmt: skip

    assert names(imported) == {"Maths": ["Sets", "Maps", "Rings"]}
    assert imported.roadmap.skills[2].tags == ("Alternative",)
    assert imported.roadmap.skills[2].resources[0].url == "https://example.org/a"


def test_title_and_source_may_stand_beside_the_nodes():
    """What the site's own answer says about the roadmap is taken over."""
    imported = parse(
        [node("a", "topic", "Maths")],
        title={"page": "AI Roadmap", "card": "AI"},
        description={"page": "Step by step."},
        slug="ai-data-scientist",
    )

    assert imported.roadmap.title == "AI Roadmap"
    assert imported.roadmap.description == "Step by step."
    assert imported.roadmap.source == "https://roadmap.sh/ai-data-scientist"


def test_drawn_things_mean_nothing_and_texts_are_noted():
    """Lines and single signs pass in silence; texts and buttons are noted, unknown types told."""
    imported = parse(
        [
            node("a", "topic", "Maths"),
            node("h", "horizontal", "horizontal node"),
            node("v", "vertical", "vertical node"),
            node("l", "label", ">"),
            node("l2", "label", "5"),
            node("p", "paragraph", "Find the interactive version"),
            node("b", "button", "roadmap.sh", href="https://roadmap.sh"),
            node("x", "hologram", "Odd"),
        ]
    )

    assert [(problem.severity, problem.code) for problem in imported.not_understood] == [
        (Severity.NOTE, "node-not-imported"),
        (Severity.NOTE, "node-not-imported"),
        (Severity.WARNING, "node-not-understood"),
    ]


def test_what_is_not_understood_has_the_line_of_its_node():
    """A node that cannot be a skill is reported where it begins."""
    text = '{"nodes": [\n{"id": "a", "type": "topic", "data": {"label": "A"}},\n\n17,\n{"type": "topic"}]}'

    imported = parse_roadmap_sh(text, path="graph.json")

    assert [str(problem.location) for problem in imported.not_understood] == [
        "graph.json:4",
        "graph.json:5",
    ]
    assert names(imported) == {"A": ["A"]}


def test_links_that_do_not_lead_to_the_web_are_reported():
    """An address that is neither http nor https does not come in."""
    imported = parse(
        [
            node("a", "topic", "Maths"),
            node("r", "resourceButton", "Course", 0, 50, href="javascript:alert(1)"),
            node("q", "resourceButton", "Nothing", 0, 60, href=""),
        ]
    )

    assert [problem.code for problem in imported.not_understood] == ["link-not-imported"] * 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"nodes": {}}',
        '{"nodes": [], "edges": 3}',
        '{"nodes": [{"id": 1, "data": 2, "position": [], "type": {}}], "edges": [{}, 1, {"source": "a"}]}',
        '{"nodes": [{"type": "topic", "data": {"label": "a"}, "position": {"x": 1e999, "y": NaN}}]}',
        '{"nodes": [{"type": "topic", "data": {"label": "\\ud800\\u0000"}}]}',
        '{"nodes": ' + "[" * 200_000,
        '{"nodes": [' + '{"a":' * 200_000,
        '{"nodes": [1' + "0" * 5000 + "]}",
        '{"nodes": [{"type": "topic", "data": {"label": "a"}}, {"type"',
        "\ufeff" + '{"nodes": []}',
        "not json at all\0",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_broken_graphs_become_valid_roadmaps_and_are_reported(text):
    """Whatever a file holds, a valid roadmap comes out, with a report."""
    imported = parse_roadmap_sh(text)

    assert broken_rules(imported.roadmap) == ()
    assert imported.not_understood or imported.roadmap.skills


def test_what_was_read_before_a_break_is_kept():
    """A file that is cut off gives the nodes up to there."""
    text = '{"nodes": [\n{"type": "topic", "data": {"label": "a"}},\n{"type"'

    imported = parse_roadmap_sh(text)

    assert names(imported) == {"a": ["a"]}
    assert [problem.location.line for problem in imported.not_understood] == [3]


def leaf(key, label, x, y, **more):
    """Make a subtopic."""
    return node(key, "subtopic", label, x, y, width=150, height=50, **more)


def button(key, label, x, y, **more):
    """Make a link of a skill."""
    return node(key, "resourceButton", label, x, y, url=f"https://example.org/{key}", **more)


def links(imported):
    """Return the titles of the links by skill, where there are any."""
    return {
        skill.name: [resource.title for resource in skill.resources]
        for skill in imported.roadmap.skills
        if skill.resources
    }


STACK = [leaf("go", "Go", 300, 240), leaf("py", "Python", 300, 293), leaf("rb", "Ruby", 300, 346),
         leaf("rs", "Rust", 300, 399)]  # fmt: skip
LANGUAGES = [
    node("net", "topic", "Network", 0, 0),
    leaf("dns", "DNS", 300, 0),
    node("lang", "topic", "Choose a language", 0, 320),
    *STACK,
]


@pytest.mark.parametrize("owned", [["go"], ["rb"], ["rs"], ["go", "rs"], []])
def test_a_stack_belongs_to_the_topic_of_any_of_its_leaves(owned):
    """Whichever leaf of a stack has the edge, or none beside its topic: all go to that topic."""
    imported = parse(LANGUAGES, [edge("net", "dns"), *(edge("lang", key) for key in owned)])

    assert names(imported) == {
        "Network": ["DNS"],
        "Choose a language": ["Go", "Python", "Ruby", "Rust"],
    }


def test_a_stack_of_two_topics_is_parted_between_their_leaves():
    """A leaf without an edge goes with the nearer of two leaves that have one."""
    imported = parse(LANGUAGES, [edge("net", "go"), edge("net", "dns"), edge("lang", "rs")])

    assert names(imported) == {
        "Network": ["DNS", "Go", "Python"],
        "Choose a language": ["Ruby", "Rust"],
    }


def test_a_text_with_an_edge_gives_its_topic_to_the_stack_below():
    """Where "choose one of" hangs on the topic, so does what stands below it without an edge."""
    words = node("one", "label", "Choose one of", 800, 200, width=150, height=30)
    far = [{**leaf, "position": {"x": 800, "y": leaf["position"]["y"]}} for leaf in STACK]
    imported = parse(
        [*LANGUAGES[:3], words, *far, node("near", "topic", "Near", 960, 320)],
        [edge("net", "dns"), edge("lang", "one")],
    )

    assert names(imported)["Choose a language"] == ["Go", "Python", "Ruby", "Rust"]


def test_a_stack_above_its_topic_belongs_to_it_where_no_other_is_near():
    """A drawing is read upwards, too."""
    imported = parse([*STACK, node("lang", "topic", "Languages", 280, 480)])

    assert names(imported) == {"Languages": ["Go", "Python", "Ruby", "Rust"]}


def test_a_stack_of_links_belongs_to_the_skill_on_top_of_it():
    """However long a stack of links grows, the skill of the next column gets none of them."""
    lessons = [button(f"l{n}", f"Lesson {n}", 0, 112 + 52 * n, width=260) for n in range(4)]
    imported = parse(
        [
            node("ml", "topic", "Classic models", 0, 0, width=220),
            node("k1", "todo", "Trees", 0, 70, width=260, height=38),
            *lessons,
            node("dl", "topic", "Networks", -320, 190, width=220),
            node("k2", "todo", "Layers", -320, 258, width=300, height=38),
            button("m0", "Network lesson", -320, 300, width=300),
        ]
    )

    assert links(imported) == {
        "Trees": ["Lesson 0", "Lesson 1", "Lesson 2", "Lesson 3"],
        "Layers": ["Network lesson"],
    }


def test_two_skills_in_one_stack_keep_their_own_links():
    """A stack of links ends where the next skill begins."""
    imported = parse(
        [
            node("a", "topic", "Maths", 0, 0),
            leaf("s", "Sets", 0, 80),
            button("l1", "One", 0, 134),
            leaf("m", "Maps", 0, 187),
            button("l2", "Two", 0, 240),
        ]
    )

    assert links(imported) == {"Sets": ["One"], "Maps": ["Two"]}


@pytest.mark.parametrize("place", [(300, -220), (0, 40), (0, 5000)])
def test_a_group_of_links_without_an_edge_is_no_skills(place):
    """Related roadmaps lead elsewhere: each is reported with its address, none goes to a skill."""
    imported = parse(
        [
            node("g", "linksgroup", "Related Roadmaps", *place, width=300, height=140, links=[
                {"label": "Statistics", "url": "https://roadmap.sh/statistics"},
                {"label": "SQL", "url": "https://roadmap.sh/sql"},
            ]),
            node("a", "topic", "Algebra", 0, 0),
            leaf("v", "Vectors", 300, 0),
        ],
        [edge("a", "v")],
    )  # fmt: skip

    assert names(imported) == {"Algebra": ["Vectors"]}
    assert links(imported) == {}
    told = " ".join(problem.what for problem in imported.not_understood)
    assert "https://roadmap.sh/statistics" in told
    assert "https://roadmap.sh/sql" in told


def test_a_link_far_from_every_skill_is_reported():
    """A button of the page, such as one that leads to its video, is no skill's."""
    imported = parse([node("a", "topic", "Algebra", 0, 0), button("b", "Video", 0, 5000)])

    assert links(imported) == {}
    assert "https://example.org/b" in imported.not_understood[0].what


def test_the_older_format_is_called_by_its_name():
    """A mockup of the older editor holds no nodes, and the report says what it is."""
    imported = parse_roadmap_sh('{"mockup": {"controls": {"control": [{"typeID": "TextArea"}]}}}')

    assert "older format of roadmap.sh" in imported.not_understood[0].what
