"""Promises of the merge of an edition into a copy, case by case."""

from __future__ import annotations

import pytest

from tracker.roadmap.edits import AddSection, InsertSkill, MoveSkill, SetHead, SetItems, SetValue
from tracker.roadmap.model import AnyOf, Resource, Roadmap, Section, Skill, Status, Track
from tracker.upgrade import (
    add_dropped,
    choose_base,
    make_dropped,
    make_upgrade,
    share_skills,
)

DOCS = Resource(title="Docs", url="https://example.org/a", type="docs")


def skill(slug, **values):
    return Skill(**{"id": slug, "name": slug.title(), **values})


def roadmap(edition="1", **sections):
    made = tuple(
        Section(title=title.replace("_", " "), skills=tuple(skills))
        for title, skills in sections.items()
    )
    return Roadmap(title="Path", edition=edition, sections=made)


def edits(upgrade):
    """Return the edits but for the one that names the edition."""
    return [each for each in upgrade.edits if each != SetHead("edition", upgrade.after)]


ANY = AnyOf(any=("o/x", "o/y"))


def upgrade(base, local, edition, **options):
    return make_upgrade(roadmap(A=base), roadmap(A=local), roadmap("2", A=edition), **options)


def test_the_same_edition_is_no_upgrade():
    """Where nothing is new there is no edit."""
    same = roadmap(A=[skill("a", resources=(DOCS,))])

    assert make_upgrade(same, same, same).is_empty


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        pytest.param({}, {"goal": "Can b."}, [SetValue((0, 0), "goal", "Can b.")], id="a new goal"),
        pytest.param({}, {"goal": None}, [SetValue((0, 0), "goal", None)], id="no goal any more"),
        pytest.param({}, {"hours": 3.0}, [SetValue((0, 0), "hours", 3)], id="whole hours"),
        pytest.param({"goal": "Mine."}, {"goal": "Can b."}, [], id="a goal of mine"),
        pytest.param({"goal": "Can b."}, {"goal": "Can b."}, [], id="the same new goal"),
        pytest.param({"goal": "Can a.\n"}, {"goal": "Can b."}, [SetValue((0, 0), "goal", "Can b.")],
                     id="a line end is no edit of mine"),
        pytest.param({"tags": ("mine",)}, {"tags": ("new",)},
                     [SetItems((0, 0), "tags", ("mine", "new"))], id="tags of both"),
        pytest.param({"covered_by": ("o/x",)}, {"covered_by": ("o/y",)},
                     [SetItems((0, 0), "covered_by", ("o/x", "o/y"))], id="references of both"),
        pytest.param({}, {"covered_by": ANY},
                     [SetValue((0, 0), "covered_by", {"any": ("o/x", "o/y")})], id="a choice"),
        pytest.param({"covered_by": ANY}, {"covered_by": ("o/z",)}, [], id="a choice of mine"),
        pytest.param({"status": Status.DONE, "notes": "n"}, {"status": Status.DOING, "notes": "t"},
                     [], id="progress is mine alone"),
        pytest.param({}, {"evidence": "https://x.org"}, [], id="so is evidence"),
        pytest.param({}, {"kind": "milestone"}, [SetValue((0, 0), "kind", "milestone")], id="a milestone"),
        pytest.param({"kind": "project"}, {"kind": "milestone"}, [], id="a project of mine"),
        pytest.param({"aliases": ("mine",)}, {"aliases": ("new",)},
                     [SetItems((0, 0), "aliases", ("mine", "new"))], id="aliases of both"),
        pytest.param({"prove": ("Mine.",)}, {"prove": ("New.",)},
                     [SetItems((0, 0), "prove", ("Mine.", "New."))], id="proofs of both"),
    ],
)  # fmt: skip
def test_a_value_is_merged(mine, theirs, expected):
    """The edition's value is taken where the learner left the author's."""
    base = skill("a", goal="Can a.")
    versions = [base, Skill(**{**dict(base), **mine}), Skill(**{**dict(base), **theirs})]

    assert edits(upgrade(*([each] for each in versions))) == expected


def test_a_choice_becomes_a_list_again():
    """Where the edition wants all of them, the learner's untouched choice becomes a list."""
    base = [skill("a", covered_by=ANY)]

    made = upgrade(base, base, [skill("a", covered_by=("o/x",))])

    assert edits(made) == [SetItems((0, 0), "covered_by", ("o/x",))]


def test_a_value_that_both_changed_is_told():
    """Where both changed a value, the learner's stays and a note says so."""
    made = upgrade([skill("a", goal="x")], [skill("a", goal="y")], [skill("a", goal="z")])

    assert [(each.who, each.key) for each in made.notes] == [("a", "goal")]
    assert edits(made) == []


PAID = {"title": "Docs", "url": DOCS.url, "type": "docs", "free": False}
OTHER = Resource(title="Mine", url="https://example.org/b")


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        pytest.param([DOCS], [DOCS.model_copy(update={"free": False})], (PAID,), id="costs now"),
        pytest.param([DOCS, OTHER], [], ({"title": "Mine", "url": OTHER.url},), id="gone, not mine"),
        pytest.param([], [DOCS.model_copy(update={"title": "New"})], None, id="I took it out"),
        pytest.param([DOCS.model_copy(update={"title": "My docs"})], [], None, id="gone, but I edited it"),
        pytest.param([DOCS, OTHER], [DOCS, OTHER.model_copy(update={"title": "Theirs"})], None,
                     id="both added it"),
    ],
)  # fmt: skip
def test_links_are_merged_one_by_one(mine, theirs, expected):
    """A link is known by its URL; what the learner did to it stays."""
    made = upgrade(
        [skill("a", resources=(DOCS,))],
        [skill("a", resources=tuple(mine))],
        [skill("a", resources=tuple(theirs))],
    )

    assert edits(made) == ([SetItems((0, 0), "resources", expected)] if expected else [])


BOOK = Resource(title="Book", url="https://example.org/c")


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        pytest.param({}, {}, {"part": "ch. 8", "minutes": 90}, {"part": "ch. 8", "minutes": 90},
                     id="what the edition says of a link"),
        pytest.param({"part": "ch. 8", "primary": True}, {"part": "ch. 8", "primary": True}, {},
                     {"part": None, "primary": None}, id="what it no longer says"),
        pytest.param({"free": True}, {"free": True}, {"free": False}, {"free": False}, id="costs now"),
        pytest.param({"free": False}, {"free": False}, {}, {"free": None}, id="nobody knows any more"),
        pytest.param({}, {"part": "mine"}, {"part": "theirs"}, None, id="both wrote a part"),
        pytest.param({}, {"part": "mine"}, {"lang": "en"}, {"part": "mine", "lang": "en"},
                     id="each wrote something else"),
    ],
)  # fmt: skip
def test_what_a_file_says_of_a_link_is_merged(base, mine, theirs, expected):
    """Part, minutes, language and price of a link are merged like values, one by one."""
    made = upgrade(
        *([skill("a", resources=(BOOK.model_copy(update=it),))] for it in (base, mine, theirs))
    )

    item = {"title": "Book", "url": BOOK.url, **(expected or {})}
    assert edits(made) == ([SetItems((0, 0), "resources", (item,))] if expected else [])


def test_my_primary_link_stays_the_only_one():
    """Where the edition marks another link, the learner's own choice stays, and a note says so."""
    mine = OTHER.model_copy(update={"primary": True})
    theirs = BOOK.model_copy(update={"primary": True})

    made = upgrade(
        [skill("a", resources=(OTHER,))],
        [skill("a", resources=(mine,))],
        [skill("a", resources=(OTHER, theirs))],
    )

    (edit,) = edits(made)
    assert [item.get("primary") for item in edit.items] == [True, None]
    assert [(each.who, each.key) for each in made.notes] == [("a", "resources")]


TRACK = Track(id="t", title="T", targets=("a",))
LONGER = TRACK.model_copy(update={"targets": ("a", "b")})
ITEM = {"id": "t", "title": "T", "targets": ("a",)}
LONGER_ITEM = {"id": "t", "title": "T", "targets": ("a", "b")}


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected", "noted"),
    [
        pytest.param([], [], [TRACK], (ITEM,), 0, id="a new one"),
        pytest.param([TRACK], [TRACK], [LONGER], (LONGER_ITEM,), 0, id="a longer one"),
        pytest.param([TRACK], [], [LONGER], None, 0, id="I took it out"),
        pytest.param([TRACK], [TRACK], [], None, 1, id="the edition dropped it"),
        pytest.param([TRACK], [TRACK.model_copy(update={"title": "M"})], [LONGER], None, 1, id="both changed it"),
        pytest.param([], [TRACK], [LONGER], None, 0, id="both made it"),
    ],
)  # fmt: skip
def test_tracks_are_merged_one_by_one(base, mine, theirs, expected, noted):
    """A track is known by its id; what the learner did to it stays, and none is taken out."""
    versions = [
        roadmap(edition, A=[skill("a"), skill("b")]).model_copy(update={"tracks": tuple(tracks)})
        for edition, tracks in (("1", base), ("1", mine), ("2", theirs))
    ]

    made = make_upgrade(*versions)

    assert edits(made) == ([SetHead("tracks", expected)] if expected else [])
    assert [note.key for note in made.notes] == ["tracks"] * noted


def test_without_a_base_missing_tracks_are_added():
    """When nobody knows where a copy came from, a track that it lacks arrives and none changes."""
    local = roadmap(A=[skill("a")]).model_copy(update={"tracks": (TRACK,)})
    fresh = Track(id="u", title="U")
    edition = roadmap("2", A=[skill("a")]).model_copy(update={"tracks": (LONGER, fresh)})

    made = make_upgrade(None, local, edition)

    assert edits(made) == [SetHead("tracks", (ITEM, {"id": "u", "title": "U", "targets": ()}))]


def test_a_target_follows_a_skill_that_keeps_its_old_id():
    """A track of the edition leads to a skill by the id that the copy knows it by."""
    old = roadmap(A=[skill("a", name="A")])
    edition = roadmap("2", A=[skill("z", name="A")]).model_copy(
        update={"tracks": (Track(id="t", title="T", targets=("z",)),)}
    )

    assert SetHead("tracks", (ITEM,)) in make_upgrade(old, old, edition).edits


def test_icons_come_with_sections():
    """The icon of a section is merged like its description, and a new section brings its own."""
    old = roadmap(A=[skill("a")])
    edition = Roadmap(
        title="Path",
        edition="2",
        sections=(
            Section(title="A", icon="🌱", skills=(skill("a"),)),
            Section(title="B", icon="🚀", skills=(skill("b"),)),
        ),
    )

    made = edits(make_upgrade(old, old, edition))

    assert made[:2] == [SetHead("icon", "🌱", 0), AddSection("B", icon="🚀")]


def test_a_link_listed_twice_is_left_alone():
    """A list that names one URL twice cannot be edited by URL, so it is not."""
    mine = (DOCS, DOCS.model_copy(update={"title": "Again"}))

    made = upgrade([skill("a")], [skill("a", resources=mine)], [skill("a", resources=(OTHER,))])

    assert edits(made) == []
    assert [(each.who, each.key) for each in made.notes] == [("a", "resources")]


def test_a_new_skill_brings_what_it_can():
    """A new skill comes without progress, and requires only what the copy has."""
    fresh = skill("n", status=Status.DONE, requires=("gone", "a"), resources=(DOCS,), hours=2.5)

    made = upgrade([skill("a"), skill("gone")], [skill("a")], [skill("a"), skill("gone"), fresh])

    (insert,) = edits(made)
    assert insert == InsertSkill(
        "A",
        {
            "id": "n",
            "name": "N",
            "hours": 2.5,
            "requires": ("a",),
            "resources": ({"title": "Docs", "url": DOCS.url, "type": "docs"},),
        },
    )


def test_a_new_skill_finds_its_renamed_section():
    """A section that the learner renamed is known by its skills."""
    base = roadmap(A=[skill("a"), skill("b")], B=[skill("c")])
    local = roadmap(Mine=[skill("a"), skill("b")], B=[skill("c")])
    edition = roadmap("2", A=[skill("n"), skill("a"), skill("b")], B=[skill("c")])

    (insert,) = edits(make_upgrade(base, local, edition))

    assert (insert.section, insert.values["id"]) == ("Mine", "n")


def test_a_new_skill_finds_where_a_section_was_merged():
    """Skills of a section that the learner merged into another one go to that one."""
    base = roadmap(A=[skill("a")], B=[skill("b")])
    local = roadmap(A=[skill("a"), skill("b")])
    edition = roadmap("2", A=[skill("a")], B=[skill("b"), skill("n")])

    (insert,) = edits(make_upgrade(base, local, edition))

    assert insert.section == "A"


def test_a_new_section_arrives_with_its_skills():
    """A new section comes with its description, and only if a skill goes there."""
    base = roadmap(A=[skill("a")])
    edition = roadmap("2", A=[skill("a")], New=[skill("n")], Empty=[])

    made = make_upgrade(base, base, edition)

    assert [type(each) for each in edits(made)] == [AddSection, InsertSkill]


def test_a_skill_follows_unless_the_learner_moved_it():
    """A skill moves with the edition; one that the learner moved stays, with a note."""
    base = roadmap(A=[skill("a"), skill("b"), skill("x")], B=[skill("c")], C=[skill("d")])
    local = roadmap(A=[skill("a"), skill("x")], B=[skill("c")], C=[skill("d"), skill("b")])
    edition = roadmap("2", A=[skill("x")], B=[skill("c"), skill("a"), skill("b")], C=[skill("d")])

    made = make_upgrade(base, local, edition)

    assert edits(made) == [MoveSkill((0, 0), "B")]
    assert [(each.who, each.key) for each in made.notes] == [("b", "section")]


def test_prerequisites_never_close_a_circle():
    """A prerequisite that would go round with the learner's own is held, the others come."""
    made = upgrade(
        [skill("a"), skill("b"), skill("c")],
        [skill("a", requires=("b",)), skill("b"), skill("c")],
        [skill("a"), skill("b", requires=("a", "c")), skill("c")],
    )

    assert edits(made) == [SetItems((0, 1), "requires", ("c",))]
    assert [(each.who, each.key) for each in made.notes] == [("b", "requires")]


def test_dropped_skills_are_offered_and_never_taken():
    """What the edition dropped stays until its id is named, and then goes from prerequisites too."""
    base = [skill("a"), skill("b", requires=("a",)), skill("c")]
    local = [skill("a", status=Status.DONE), skill("b", requires=("a",)), skill("c")]
    edition = [skill("b")]

    kept = upgrade(base, local, edition)
    made = upgrade(base, local, edition, remove={"a"})

    assert [(each.skill_id, each.is_touched) for each in kept.dropped] == [
        ("a", True),
        ("c", False),
    ]
    assert kept.removed == ()
    assert [each.skill_id for each in made.removed] == ["a"]
    assert SetItems((0, 1), "requires", ()) in made.edits


def test_own_skills_are_nobodys_business():
    """An own skill keeps its values, even if the edition has one of its id or name now."""
    mine = [skill("a"), skill("n", goal="Mine."), Skill(name="Other one")]
    edition = [skill("a"), skill("n", goal="Theirs."), skill("o", name="other  One")]

    made = upgrade([skill("a")], mine, edition)

    assert edits(made) == []
    assert {each.who for each in made.notes} == {"n", "o"}


def test_a_skill_that_only_got_another_id_keeps_the_learners():
    """An id that changed under the same name is no new skill: progress and bindings stay."""
    local = [skill("a", status=Status.DONE), skill("b", requires=("a",))]
    edition = [skill("z", name="A", goal="Can z."), skill("b", requires=("z",))]

    made = upgrade([skill("a"), skill("b", requires=("a",))], local, edition)

    assert edits(made) == [SetValue((0, 0), "goal", "Can z.")]
    assert made.dropped == ()


def test_a_skill_with_another_id_goes_on_getting_upgrades():
    """The old id is remembered, so that later editions still find the learner's skill."""
    first, second = roadmap(A=[skill("a")]), roadmap("2", A=[skill("z", name="A", goal="Can z.")])
    local = roadmap("2", A=[skill("a", goal="Can z.")])
    third = roadmap("3", A=[skill("z", name="A", goal="Can more.")])

    base = add_dropped(second, make_dropped(first, {"a"}, second))

    assert edits(make_upgrade(base, local, third)) == [SetValue((0, 0), "goal", "Can more.")]


def test_titles_are_merged():
    """A section takes its new title, unless the learner renamed it or another one has it."""
    base = roadmap(A=[skill("a")], B=[skill("b")], C=[skill("c")])
    local = roadmap(A=[skill("a")], Mine=[skill("b")], C=[skill("c")], E=[skill("own")])
    edition = roadmap("2", D=[skill("a")], BB=[skill("b")], E=[skill("c")])

    made = make_upgrade(base, local, edition)

    assert [(each.section, each.after) for each in made.rewordings if each.section] == [("A", "D")]
    assert {each.who for each in made.notes} == {"Mine", "C"}


def test_without_a_base_only_what_is_missing_comes():
    """When nobody knows what the learner changed, no value changes and nothing goes."""
    local = roadmap(
        "0", A=[skill("a", goal="Old.", tags=("t",), resources=(DOCS,)), skill("b"), skill("own")]
    )
    edition = roadmap("2", A=[skill("a", goal="New.", resources=(OTHER,)), skill("n")])

    made = make_upgrade(None, local, edition)

    assert not made.has_base
    assert made.dropped == ()
    assert [type(each) for each in edits(made)] == [SetItems, InsertSkill]
    assert [item["url"] for item in edits(made)[0].items] == [DOCS.url, OTHER.url]


class TestBase:
    def test_what_is_stored_is_believed_while_the_copy_says_the_same(self):
        """The stored edition is the base of a copy that names it, or names none."""
        stored, new = roadmap("1"), roadmap("2")

        assert choose_base(stored, roadmap("1"), new) is stored
        assert choose_base(stored, roadmap(None), new) is stored

    def test_a_copy_that_was_upgraded_elsewhere_stands_on_todays_edition(self):
        """A copy that names today's edition came from it, whatever this machine remembers."""
        new = roadmap("2")

        assert choose_base(roadmap("1"), roadmap("2"), new) is new
        assert choose_base(None, roadmap("2"), new) is new

    def test_what_is_not_known_is_not_guessed(self):
        """A copy of an edition that is neither stored nor bundled has no base."""
        assert choose_base(roadmap("1"), roadmap("1.5"), roadmap("2")) is None
        assert choose_base(None, roadmap(None), roadmap("2")) is None

    def test_dropped_skills_stay_known(self):
        """What an edition dropped and the copy kept is offered again after the next upgrade."""
        base = roadmap(A=[skill("a"), skill("b")], B=[skill("c")])
        edition = roadmap("2", A=[skill("a")])

        dropped = make_dropped(base, {"b", "c"}, edition)
        again = add_dropped(edition, dropped)

        assert [[each.id for each in section.skills] for section in again.sections] == [
            ["a", "b"],
            ["c"],
        ]
        assert make_dropped(base, {"a"}, edition) is None


def test_roadmaps_that_share_skills_say_what_they_said():
    """Skills that are the same are one object, the others stay as they are."""
    mine = roadmap(A=[skill("a"), skill("b", goal="Own.")])
    theirs = roadmap("2", B=[skill("b"), skill("a"), skill("c")])

    shared = share_skills(theirs, mine)

    assert shared == theirs
    assert shared.sections[0].skills[1] is mine.sections[0].skills[0]
