"""From roadmaps to verdicts and problems."""

import pytest

from tracker.errors import Location, Severity
from tracker.local_ports import RoadmapFile
from tracker.roadmap.links import LinkAnswer, Verdict
from tracker.roadmap.model import Resource, Roadmap, Section, Skill
from tracker.workflows.links import collect_links, run_link_check

DEAD_URL = "https://example.org/dead"


class AnsweringReader:
    """A reader of links that knows all answers, and remembers what it was asked."""

    def __init__(self, *answers, stop_after=None):
        self.answers = {answer.url: answer for answer in answers}
        self.asked = []
        self.stop_after = stop_after

    def fetch_answers(self, urls, heard):
        for url in urls:
            if len(self.asked) == self.stop_after:
                raise KeyboardInterrupt
            self.asked.append(url)
            heard(self.answers.get(url, LinkAnswer(url, Verdict.OK)))


class ListMemory:
    """A memory that is a list."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def load_answers(self):
        return tuple(self.answers)

    def save_answers(self, answers):
        self.answers += answers


def roadmap_file(*skills, name="path", locations=None, source=None):
    """Make a roadmap whose skills are given as lists of URLs."""
    made = tuple(
        Skill(name=f"skill {number}", resources=tuple(Resource(title="t", url=u) for u in urls))
        for number, urls in enumerate(skills)
    )
    roadmap = Roadmap(title=name, source=source, sections=(Section(title="s", skills=made),))
    return RoadmapFile(name, f"roadmaps/{name}.yaml", "digest", roadmap, locations or {})


def key_of(skill, resource):
    return ("sections", 0, "skills", skill, "resources", resource, "url")


def check(*files, reader=None, memory=None):
    reader = reader or AnsweringReader()
    return run_link_check(files, reader, memory, progress=lambda *_: None)


def check_one(answer, **kwargs):
    return check(roadmap_file([answer.url]), reader=AnsweringReader(answer), **kwargs)


def test_every_url_has_all_its_places():
    """A link used by several skills and files is one link with several places."""
    first = Location("roadmaps/a.yaml", 4, 9)
    second = Location("roadmaps/b.yaml", 7, 9)
    files = (
        roadmap_file(["https://x.org/"], name="a", locations={key_of(0, 0): first}),
        roadmap_file([], ["https://x.org/"], name="b", locations={key_of(1, 0): second}),
    )

    assert collect_links(files) == {"https://x.org/": (first, second)}


def test_the_source_of_a_roadmap_is_a_link_where_it_is_a_url():
    """Where a roadmap comes from is checked too, unless it is told in words."""
    files = (
        roadmap_file(name="a", source="https://x.org/"),
        roadmap_file(name="b", source="a book"),
    )

    assert list(collect_links(files)) == ["https://x.org/"]


def test_a_place_that_is_not_known_is_that_of_what_holds_it():
    """A missing location falls back to the skill, and in the end to the file."""
    skill = Location("roadmaps/path.yaml", 3, 5)
    file = roadmap_file(["https://a/"], ["https://b/"], locations={key_of(0, 0)[:4]: skill})

    assert collect_links([file]) == {
        "https://a/": (skill,),
        "https://b/": (Location("roadmaps/path.yaml"),),
    }


def test_a_url_is_asked_once():
    """Neither many places nor different fragments make a page be asked twice."""
    reader = AnsweringReader()

    checked = check(
        roadmap_file(["https://x.org/#a", "https://x.org/#b"], ["https://x.org/#a"]), reader=reader
    )

    assert reader.asked == ["https://x.org/"]
    assert [each.url for each in checked.verdicts] == ["https://x.org/#a", "https://x.org/#b"]


SEVERITIES = {
    Verdict.DEAD: Severity.ERROR,
    Verdict.INVALID: Severity.ERROR,
    Verdict.TLS: Severity.ERROR,
    Verdict.LOOP: Severity.ERROR,
    Verdict.MOVED: Severity.WARNING,
    Verdict.DENIED: Severity.WARNING,
    Verdict.LIMITED: Severity.WARNING,
    Verdict.SLOW: Severity.WARNING,
    Verdict.TIMEOUT: Severity.WARNING,
    Verdict.ERROR: Severity.WARNING,
}


@pytest.mark.parametrize("verdict", Verdict, ids=str)
def test_each_verdict_has_its_severity(verdict):
    """Links that nobody can follow are errors, doubtful ones warnings, good ones nothing."""
    checked = check_one(LinkAnswer("https://x.org/", verdict, "is so"))

    found = [(each.code, each.severity) for each in checked.problems]

    expected = [(f"{verdict}-link", SEVERITIES[verdict])] if verdict in SEVERITIES else []
    assert found == expected
    assert checked.has_errors == (SEVERITIES.get(verdict) is Severity.ERROR)


def test_a_problem_names_all_places():
    """A broken link used twice is one problem that says where else it stands."""
    here, there = Location("roadmaps/path.yaml", 4, 9), Location("roadmaps/path.yaml", 8, 9)
    file = roadmap_file([DEAD_URL], [DEAD_URL], locations={key_of(0, 0): here, key_of(1, 0): there})
    reader = AnsweringReader(LinkAnswer(DEAD_URL, Verdict.DEAD, "answers 404 Not Found"))

    (problem,) = check(file, reader=reader).problems

    assert problem.location == here
    assert problem.what == f"the link {DEAD_URL} answers 404 Not Found"
    assert problem.why == "also used at roadmaps/path.yaml:8:9"


def test_a_moved_link_is_told_with_its_fragment():
    """What to write instead keeps the part of the page that the link pointed at."""
    answer = LinkAnswer("https://x.org/a", Verdict.MOVED, "moved for good", "https://x.org/b")
    reader = AnsweringReader(answer)

    (problem,) = check(roadmap_file(["https://x.org/a#part"]), reader=reader).problems

    assert problem.next == "write https://x.org/b#part"


def test_a_password_in_a_link_is_never_told():
    """Neither verdicts nor problems show what stands before the host."""
    url = "https://user:secret@x.org/"

    checked = check_one(LinkAnswer(url, Verdict.DEAD, "answers 404 Not Found"))

    assert "secret" not in repr((checked, checked.problems))


def test_what_is_remembered_is_not_asked():
    """A second run asks only what the first one did not settle."""
    memory = ListMemory()
    file = roadmap_file(["https://a.org/", "https://b.org/"])
    check(file, memory=memory)
    reader = AnsweringReader()

    checked = check(file, reader=reader, memory=memory)

    assert reader.asked == []
    assert (checked.asked, checked.remembered) == (0, 2)
    assert [each.verdict for each in checked.verdicts] == [Verdict.OK, Verdict.OK]


def test_an_interrupted_run_remembers_what_it_heard():
    """What was answered before Ctrl-C need not be asked again."""
    memory = ListMemory()
    file = roadmap_file(["https://a.org/", "https://b.org/", "https://c.org/"])

    with pytest.raises(KeyboardInterrupt):
        check(file, reader=AnsweringReader(stop_after=2), memory=memory)

    assert [answer.url for answer in memory.answers] == ["https://a.org/", "https://b.org/"]


LOST = [
    LinkAnswer(
        f"https://{name}.org/", Verdict.DEAD, "names a host that does not exist", maybe_offline=True
    )
    for name in "abc"
]


def test_a_machine_without_a_network_condemns_no_link():
    """When not one of several hosts can be found, that is the one problem, and none is remembered."""
    memory = ListMemory()

    checked = check(
        roadmap_file([answer.url for answer in LOST]),
        reader=AnsweringReader(*LOST),
        memory=memory,
    )

    assert [(each.code, each.severity) for each in checked.problems] == [
        ("offline", Severity.ERROR)
    ]
    assert {each.verdict for each in checked.verdicts} == {Verdict.ERROR}
    assert memory.answers == []


def test_what_is_remembered_is_told_offline_too():
    """A dead link that is remembered stays a finding when nothing can be asked."""
    memory = ListMemory(LinkAnswer(DEAD_URL, Verdict.DEAD, "answers 404 Not Found"))

    checked = check(
        roadmap_file([DEAD_URL, *(answer.url for answer in LOST)]),
        reader=AnsweringReader(*LOST),
        memory=memory,
    )

    assert [each.code for each in checked.problems] == ["offline", "dead-link"]


def test_one_answer_proves_the_network():
    """As soon as any host answers, hosts that cannot be found are dead links."""
    urls = [answer.url for answer in LOST]

    checked = check(roadmap_file([*urls, "https://d.org/"]), reader=AnsweringReader(*LOST))

    assert [each.code for each in checked.problems] == ["dead-link"] * 3


def test_progress_tells_what_is_done():
    """After each answer the progress names how many there are, and the host."""
    told = []
    file = roadmap_file(["https://a.org/1", "https://b.org/2"])

    run_link_check([file], AnsweringReader(), None, progress=lambda *args: told.append(args))

    assert told == [(1, 2, "a.org"), (2, 2, "b.org")]


def test_a_roadmap_without_links_has_nothing_to_ask():
    """No link, no finding, no request."""
    checked = check(roadmap_file([]))

    assert (checked.verdicts, checked.problems, checked.asked) == ((), (), 0)
