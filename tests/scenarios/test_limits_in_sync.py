"""What Notion can never take is held, named by `check`, and stops nothing else."""

import pytest
from sandbox import Sandbox

pytestmark = pytest.mark.slow

LINKS = "".join(f"          - {{title: t, url: 'https://example.org/{n}'}}\n" for n in range(80))
NEEDS = ", ".join(f"p{n}" for n in range(120))
PREREQUISITES = "".join(f"      - {{id: p{n}, name: Part {n}}}\n" for n in range(120))
HEAD = "title: Small path\nsections:\n  - title: S\n    skills:\n"
TOO_MUCH = {
    "many-links": f"      - id: big\n        name: Big\n        resources:\n{LINKS}",
    "many-requires": f"      - {{id: big, name: Big, requires: [{NEEDS}]}}\n{PREREQUISITES}",
    "many-tags": f"      - {{id: big, name: Big, tags: [{NEEDS}]}}\n",
    "long-url": f"      - {{id: big, name: Big, evidence: 'https://example.org/{'e' * 2_000}'}}\n",
    "long-text": f"      - {{id: big, name: Big, notes: {'n' * 250_000}}}\n",
    "large-skill": f"      - {{id: big, name: Big, goal: {'й' * 130_000}, notes: {'й' * 130_000}}}\n",
}
OTHERS = "      - {id: a, name: A, requires: [big]}\n      - {id: b, name: B}\n"


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        yield sandbox


@pytest.mark.guarantee("G15")
@pytest.mark.parametrize("code", TOO_MUCH)
def test_a_skill_with_too_much_gets_a_row_without_it(sandbox, shell, code):
    """`check` names the value, the sync holds it and makes the row, and then it writes nothing."""
    sandbox.write(HEAD + TOO_MUCH[code] + OTHERS)

    checked = shell.run("check", "--json")
    synced = shell.run("sync", "--json")
    if code == "large-skill":  # only together its values are too much: the second run heals it
        assert shell.run("sync").code == 0
    again = shell.run("sync", "--json")
    rows = {row["Tracker ID"] for row in sandbox.remote()[0]["rows"]}

    assert checked.code == 1
    assert code in checked.codes
    assert (synced.code, again.code) == (1, 0 if code == "large-skill" else 1)
    assert {"a", "b", "big"} <= rows
    assert again.json["writes"] == 0
    assert "tracker check" in str(synced.json)


def test_a_skill_whose_name_no_row_takes_is_held(sandbox, shell):
    """It has no row that could be told from others; what requires it is made without the relation."""
    sandbox.write(HEAD + f"      - {{id: big, name: {'n' * 250_000}}}\n" + OTHERS)

    synced = shell.run("sync", "--json")
    again = shell.run("sync", "--json")

    assert (synced.code, again.code, again.json["writes"]) == (1, 1, 0)
    assert [row["Tracker ID"] for row in sandbox.remote()[0]["rows"]] == ["a", "b"]


@pytest.mark.guarantee("G1")
def test_what_a_row_was_made_without_comes_when_it_fits(sandbox, shell):
    """Until then the file keeps it, and the row keeps what is typed there."""
    sandbox.write(HEAD + TOO_MUCH["many-links"])
    shell.run("sync")
    sandbox.person.edit("big", {"Resources": "Typed https://example.org/typed", "Status": "Done"})

    held = [shell.run("sync").code for _ in range(2)]
    kept = sandbox.files()["path.yaml"]
    assert (held, kept.count("example.org"), "status: done" in kept) == ([1, 1], 80, True)
    assert "typed" in str(sandbox.person.row("big"))

    lines = kept.splitlines(keepends=True)
    sandbox.write("".join(line for line in lines if "org" not in line or line.count("org/7")))
    assert shell.run("sync").code == 0
    assert len(sandbox.person.row("big")["properties"]["Resources"]["rich_text"]) == 2 * 12 - 1


@pytest.mark.parametrize("code", sorted(TOO_MUCH.keys() - {"large-skill"}))
def test_a_value_that_became_too_much_is_held_until_it_fits(sandbox, shell, code):
    """The row keeps what it had, its other values are synced, and shortening the value heals it."""
    before = (
        HEAD
        + "      - {id: big, name: Big}\n"
        + OTHERS
        + (PREREQUISITES if code == "many-requires" else "")
    )
    sandbox.write(before)
    assert shell.run("sync").code == 0
    sandbox.write((HEAD + TOO_MUCH[code] + OTHERS).replace("name: Big", "name: Bigger", 1))

    synced = shell.run("sync", "--json")
    again = shell.run("sync", "--json")

    assert (synced.code, again.json["writes"]) == (1, 0)
    row = next(row for row in sandbox.remote()[0]["rows"] if row["Tracker ID"] == "big")
    assert row["Skill"] == "Bigger"
    sandbox.write(before)
    assert shell.run("sync").code == 0
    assert shell.run("sync", "--json").json["writes"] == 0


def test_a_title_that_no_database_can_have_is_cut_and_told(sandbox, shell):
    """The database is made all the same, and found again."""
    sandbox.write(
        f"title: {'t' * 250_000}\nsections:\n  - title: S\n    skills:\n      - {{id: b, name: B}}\n"
    )

    synced = shell.run("sync", "--json")

    assert synced.code == 1
    assert "long-title" in synced.codes
    assert len(sandbox.remote()[0]["rows"]) == 1
    assert shell.run("sync", "--json").json["writes"] == 0


def test_warnings_are_one_line_of_a_sync(sandbox, shell):
    """`check` tells each of them in full."""
    sandbox.write(HEAD + "".join(f"      - {{id: s{n}, name: Same}}\n" for n in range(47)))

    checked, synced = shell.run("check"), shell.run("sync")

    assert checked.out.count("duplicate-name") >= 46
    assert synced.code == 0
    assert synced.err.count("\n") == 1
    assert shell.run("sync", "--json").codes == ["warnings"]
    assert "roadmaps/path.yaml has 46 warnings; tracker check shows them" in synced.err


def test_values_that_are_too_much_for_one_request_take_two_runs(sandbox, shell):
    """Only together they are too much: the larger one waits for the next sync."""
    sandbox.write(HEAD + "      - {id: big, name: Big}\n")
    assert shell.run("sync").code == 0
    sandbox.write(HEAD + TOO_MUCH["large-skill"])

    first, second = shell.run("sync"), shell.run("sync")

    assert (first.code, second.code) == (1, 0)
    assert shell.run("sync", "--json").json["writes"] == 0


def test_an_empty_row_is_told_and_nothing_else(sandbox, shell):
    """A row that holds nothing keeps no sync from success, until somebody writes into it."""
    sandbox.write(HEAD + "      - {id: b, name: B}\n")
    assert shell.run("sync").code == 0
    sandbox.person.add({})
    sandbox.person.add({})

    synced = shell.run("sync")
    planned = shell.run("plan")

    assert (synced.code, planned.code) == (0, 0)
    assert "2 empty rows are left alone" in synced.err
    assert "empty-rows" in shell.run("sync", "--json").codes
    sandbox.person.add({"Hours": 3})
    assert shell.run("sync").code == 1
