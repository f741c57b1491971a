"""A CSV table comes in, as Notion exports a database, and what is reported of it."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest
from roadmap_values import broken_rules

from tracker.adapters.exchange.table import parse_notion_csv
from tracker.roadmap.model import Resource, Status

NOTION = "\ufeff" + dedent(
    """\
    Skill,Completed,Goal,Hours,Level,Notes,Order,Requires,Resources,Section,Started,Status,Tags,Tracker ID,Unlocks
    kNN,,"Can classify, and regress",2.5,entry,"one
    two",2000,"Train/test split (https://www.notion.so/Train-test-split-0123456789abcdef0123456789abcdef?pvs=21)",Docs (https://example.org/knn),First models,"November 4, 2026",In progress,"evaluation, basics",knn,
    Train/test split,"November 3, 2026",,2,entry,,1000,,"https://example.org/a, https://example.org/b",First models,"November 1, 2026 10:00 AM (GMT+1)",Done,evaluation,split,kNN (https://www.notion.so/kNN-0123456789abcdef0123456789abcdef)
    Trees,,,,,,3000,,,Later,,Not started,,,
    """
)


def told(imported):
    """Return what is reported, as (line, code)."""
    return [(problem.location.line, problem.code) for problem in imported.not_understood]


def parse_one(header, cell, name="kNN"):
    """Parse a table of one skill with one more column."""
    quoted = '"' + cell.replace('"', '""') + '"'
    return parse_notion_csv(f"Name,{header}\n{name},{quoted}\n")


def test_a_notion_export_comes_in_whole():
    """Every column of a database that sync made comes back, in the order of its rows."""
    imported = parse_notion_csv(NOTION, title="Path")

    first, second, third = imported.roadmap.skills

    assert imported.not_understood == ()
    assert imported.roadmap.title == "Path"
    assert [section.title for section in imported.roadmap.sections] == ["First models", "Later"]
    assert (first.id, first.name, first.status) == ("split", "Train/test split", Status.DONE)
    assert (first.started, first.completed) == (date(2026, 11, 1), date(2026, 11, 3))
    assert [resource.url for resource in first.resources] == [
        "https://example.org/a",
        "https://example.org/b",
    ]
    assert (second.id, second.requires, second.tags) == (
        "knn",
        ("split",),
        ("evaluation", "basics"),
    )
    assert (second.goal, second.hours, second.level) == ("Can classify, and regress", 2.5, "entry")
    assert second.resources == (Resource(title="Docs", url="https://example.org/knn"),)
    assert (second.notes, second.started) == ("one\ntwo", date(2026, 11, 4))
    assert (third.id, third.status) == ("trees", Status.TODO)


@pytest.mark.parametrize(
    "header", ["Name", "skill", "TITLE", " Task ", "\ufeffTopic", "Skill name"]
)
def test_the_column_of_names_has_many_names(header):
    """Names of columns are taken tolerantly."""
    imported = parse_notion_csv(f"{header},Status\nkNN,Done\n")

    assert [skill.name for skill in imported.roadmap.skills] == ["kNN"]
    assert imported.not_understood == ()


def test_without_a_known_column_the_first_one_has_the_names():
    """A table that names nothing that is known is read by its first column, and that is said."""
    imported = parse_notion_csv("Was,Wie\nkNN,gut\n")

    assert [skill.name for skill in imported.roadmap.skills] == ["kNN"]
    assert told(imported) == [(1, "column-guessed"), (1, "column-not-understood")]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Not started", Status.TODO),
        ("To-do", Status.TODO),
        ("", Status.TODO),
        ("In progress", Status.DOING),
        ("Doing 🏃", Status.DOING),
        ("Done", Status.DONE),
        ("COMPLETE", Status.DONE),
        ("✅", Status.DONE),
        ("Yes", Status.DONE),
        ("Skipped", Status.SKIPPED),
        ("Won't do", Status.SKIPPED),
    ],
)
def test_words_for_statuses_are_understood(word, status):
    """What people and Notion call a status becomes one of the four."""
    imported = parse_one("Status", word)

    assert imported.roadmap.skills[0].status is status
    assert imported.not_understood == ()


def test_an_unknown_status_is_reported_with_its_line():
    """A status that means nothing is to do, and told."""
    imported = parse_notion_csv("Name,Status\na,Done\nb,Blocked\n")

    assert imported.roadmap.skills[1].status is Status.TODO
    assert told(imported) == [(3, "value-not-understood")]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-03", date(2026, 11, 3)),
        ("2026/11/03", date(2026, 11, 3)),
        ("2026-11-03T10:00:00.000Z", date(2026, 11, 3)),
        ("November 3, 2026", date(2026, 11, 3)),
        ("Nov 3, 2026", date(2026, 11, 3)),
        ("3 November 2026", date(2026, 11, 3)),
        ("November 3, 2026 10:00 AM", date(2026, 11, 3)),
        ("November 3, 2026 22:00", date(2026, 11, 3)),
        ("@November 3, 2026 10:00 AM (GMT+1)", date(2026, 11, 3)),
        ("November 1, 2026 \u2192 November 3, 2026", date(2026, 11, 3)),
        ("11/13/2026", date(2026, 11, 13)),
        ("13.11.2026", date(2026, 11, 13)),
        ("11/11/2026", date(2026, 11, 11)),
    ],
)
def test_dates_in_the_formats_of_notion_are_understood(text, day):
    """A day is a day, whatever time stands with it; of a range the last one completes."""
    imported = parse_one("Completed", text)

    assert imported.roadmap.skills[0].completed == day
    assert imported.not_understood == ()


@pytest.mark.parametrize(
    "text", ["11/03/2026", "2026-02-30", "Today", "November 2026", "1.5.26", "x" * 99]
)
def test_dates_that_are_none_or_two_are_reported(text):
    """A date that could be two days, or is none, is left out rather than guessed."""
    imported = parse_one("Started", text)

    assert imported.roadmap.skills[0].started is None
    assert told(imported) == [(2, "value-not-understood")]


def test_one_date_of_a_column_tells_how_the_others_are_meant():
    """When a date of a column can only have its day first, all of them have."""
    imported = parse_notion_csv("Name,Completed\na,03/11/2026\nb,13/11/2026\n")

    assert [skill.completed for skill in imported.roadmap.skills] == [
        date(2026, 11, 3),
        date(2026, 11, 13),
    ]


@pytest.mark.parametrize(
    ("cell", "hours"), [("2", 2), ("2.5", 2.5), ("2,5 h", 2.5), ("3 hours", 3), ("90 min", 1.5)]
)
def test_hours_are_numbers_with_or_without_a_unit(cell, hours):
    """Hours may be written with a comma, a unit, or in minutes."""
    assert parse_one("Hours", cell).roadmap.skills[0].hours == hours


@pytest.mark.parametrize("cell", ["-1", "two", "inf", "nan", "1e999", "0x10"])
def test_hours_that_are_no_number_are_reported(cell):
    """What is no number of hours is left out."""
    imported = parse_one("Hours", cell)

    assert imported.roadmap.skills[0].hours is None
    assert told(imported) == [(2, "value-not-understood")]


@pytest.mark.parametrize(
    ("cell", "links"),
    [
        ("https://example.org/a", [("https://example.org/a", "https://example.org/a")]),
        ("Guide: https://example.org/a", [("Guide", "https://example.org/a")]),
        ("Guide (https://example.org/a)", [("Guide", "https://example.org/a")]),
        ("[A](https://example.org/a)\nB https://example.org/b", [
            ("A", "https://example.org/a"), ("B", "https://example.org/b")]),
        ("[A](https://example.org/a), [B](https://example.org/b)", [
            ("A", "https://example.org/a"), ("B", "https://example.org/b")]),
    ],
)  # fmt: skip
def test_cells_of_links_are_read_in_many_ways(cell, links):
    """Links stand bare, behind a title or in Markdown, one or several in a cell."""
    imported = parse_one("URL", cell)

    assert [(skill.title, skill.url) for skill in imported.roadmap.skills[0].resources] == links
    assert imported.not_understood == ()


@pytest.mark.parametrize(
    "cell", ["javascript:alert(1)", "www.example.org", "[x](ftp://example.org)"]
)
def test_links_that_do_not_lead_to_the_web_are_reported(cell):
    """What is no http or https address is left out."""
    imported = parse_one("Link", cell)

    assert imported.roadmap.skills[0].resources == ()
    assert told(imported) == [(2, "link-not-imported")]


def test_ticked_boxes_stand_for_done():
    """A checkbox column, also one called Completed, tells what is done."""
    imported = parse_notion_csv("Name,Completed,Done\na,Yes,\nb,No,\nc,,Yes\nd,2026-11-03,\n")

    assert [skill.status.value for skill in imported.roadmap.skills] == [
        "done",
        "todo",
        "done",
        "todo",
    ]
    assert imported.roadmap.skills[3].completed == date(2026, 11, 3)


def test_rows_without_a_name_and_spare_cells_are_reported():
    """A row that names no skill, and cells beyond the header, are told with their lines."""
    imported = parse_notion_csv('Name,Notes\n\n,"lost\nnote"\na,b,c\n,\n')

    assert [skill.name for skill in imported.roadmap.skills] == ["a"]
    assert told(imported) == [(3, "line-not-understood"), (5, "cell-not-understood")]


def test_unknown_columns_are_reported_once():
    """A column that no key takes is told once, and only if something stands in it."""
    imported = parse_notion_csv("Name,Mood,Empty\na,good,\nb,bad,\n")

    assert told(imported) == [(1, "column-not-understood")]
    assert "2 cells" in imported.not_understood[0].what


def test_semicolons_and_tabs_part_cells_too():
    """Spreadsheets of some countries write semicolons."""
    for sign in ";\t":
        imported = parse_notion_csv(f'Name{sign}Status\n"a{sign}b"{sign}Done\n')

        assert [skill.name for skill in imported.roadmap.skills] == [f"a{sign}b"]


def test_a_row_without_a_section_goes_to_the_inbox():
    """Where others have a section, a row without one is put where it can be found."""
    imported = parse_notion_csv("Name,Category\na,First\nb,\n")

    assert [section.title for section in imported.roadmap.sections] == ["First", "Inbox"]


def test_several_roadmaps_in_a_table_keep_their_sections_apart():
    """A table of several roadmaps becomes one, whose sections say where they come from."""
    imported = parse_notion_csv("Name,Section,Roadmap\na,S,One\nb,S,Two\n")

    assert [section.title for section in imported.roadmap.sections] == ["One: S", "Two: S"]


def test_marks_of_text_go_from_cells_that_look_like_formulas():
    """The apostrophe that keeps a spreadsheet from computing is not part of a name."""
    imported = parse_notion_csv("Name\n'=1+1\n''@x\n'quoted'\n")

    assert [skill.name for skill in imported.roadmap.skills] == ["=1+1", "'@x", "'quoted'"]


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "Name", "Name\n", ",,,\n", '"', '"\n' * 50, "Name\na\0b\n", "\r", "Name\ra\rb", '"a"b\nc',
     "Name\n" + "x" * 200_000, 'Name\n"' + "x" * 200_000, "Name,Name\na,b\n", "Requires,Name\na,a\n"],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_broken_tables_become_valid_roadmaps(text):
    """Whatever a file holds, a valid roadmap comes out."""
    imported = parse_notion_csv(text)

    assert broken_rules(imported.roadmap) == ()


def test_circles_of_prerequisites_are_cut():
    """Rows that require each other come in without the last of these."""
    imported = parse_notion_csv("Name,Requires\na,b\nb,c\nc,a\n")

    assert broken_rules(imported.roadmap) == ()
    assert [skill.requires for skill in imported.roadmap.skills] == [("b",), ("c",), ()]
    assert told(imported) == [(4, "requires-not-imported")]


def test_prerequisites_stay_within_their_roadmap():
    """Where a table holds several roadmaps, a repeated id means the skill of the same one."""
    imported = parse_notion_csv(
        "Name,Tracker ID,Requires,Roadmap\nNets,cnn,,One\nFilters,cnn,,Two\nLayers,,cnn,Two\n"
    )

    assert [(skill.id, skill.requires) for skill in imported.roadmap.skills] == [
        ("cnn", ()),
        ("filters", ()),
        ("layers", ("filters",)),
    ]


def test_a_column_that_repeats_another_is_told_once():
    """Of two columns for one key the first counts, and one line says so."""
    imported = parse_notion_csv("Name,Task\na,b\n")

    assert [skill.name for skill in imported.roadmap.skills] == ["a"]
    assert told(imported) == [(1, "column-not-imported")]


def test_a_first_line_may_name_the_delimiter():
    """What tells spreadsheets how cells are parted is no header, and line numbers stay true."""
    imported = parse_notion_csv("sep=;\nName;Status\na, b;Done\nc;Blocked\n")

    assert [skill.name for skill in imported.roadmap.skills] == ["a, b", "c"]
    assert told(imported) == [(4, "value-not-understood")]


def test_a_description_is_kept_as_a_note():
    """A column of free text that no key of a skill is made for adds to the notes."""
    imported = parse_one("Description", "one\ntwo")

    assert imported.roadmap.skills[0].notes == "one\ntwo"
    assert imported.not_understood == ()


def test_lines_of_a_cell_end_alike_on_every_system():
    """A cell of several lines that was saved on Windows has no carriage returns in it."""
    imported = parse_notion_csv('Name,Notes\r\nkNN,"one\r\ntwo"\r\n')

    assert imported.roadmap.skills[0].notes == "one\ntwo"


def rows(imported, *keys):
    """Return the values of each skill, its name first."""
    return [
        tuple(getattr(skill, key) for key in ("name", *keys)) for skill in imported.roadmap.skills
    ]


def test_thousands_in_a_table_are_thousands():
    """A comma before three digits is no decimal sign, also where another comma is one."""
    imported = parse_notion_csv(
        'Name,Hours\nWhole degree,"1,000"\nOne module,"1,250.5"\nOne and a half,"1,5"\n'
    )

    assert rows(imported, "hours") == [
        ("Whole degree", 1000),
        ("One module", 1250.5),
        ("One and a half", 1.5),
    ]
    assert imported.not_understood == ()


def test_a_table_with_semicolons_has_decimal_commas():
    """Where semicolons part cells, 1.000 is a thousand, and 1,000 can be two numbers: told."""
    imported = parse_notion_csv("Name;Stunden\na;1.000\nb;1,000\nc;2,5\n")

    assert rows(imported, "hours") == [("a", 1000), ("b", None), ("c", 2.5)]
    assert told(imported) == [(3, "value-not-understood")]


def test_a_day_of_completion_says_done():
    """Without a status, what was completed on a day is done, and the rest is to do."""
    imported = parse_notion_csv(
        'Skill,Started,Completed\nSplit,"June 1, 2026","June 3, 2026"\nkNN,"June 4, 2026",\n'
    )

    assert rows(imported, "status", "completed") == [
        ("Split", Status.DONE, date(2026, 6, 3)),
        ("kNN", Status.TODO, None),
    ]
    assert imported.not_understood == ()


def test_a_status_outweighs_a_day_of_completion():
    """What the status says stays; an empty or unknown one says nothing, and the day counts."""
    imported = parse_notion_csv(
        "Name,Status,Completed\na,In progress,2026-06-03\nb,,2026-06-03\nc,Odd,2026-06-03\n"
    )

    assert rows(imported, "status") == [("a", Status.DOING), ("b", Status.DONE), ("c", Status.DONE)]
    assert told(imported) == [(4, "value-not-understood")]


@pytest.mark.parametrize(
    "header", ["Done date", "Date done", "Date Completed", "Finished on", "End date", "Erledigt am",
               "Terminé le", "Fecha de fin", "Concluído em", "Дата завершения", "完成日期", "Done"],
)  # fmt: skip
def test_the_day_of_completion_has_many_names(header):
    """A column of days that is called Done date, or the like in another language, is Completed."""
    imported = parse_notion_csv(f"Name,{header}\na,2026-06-03\nb,\n")

    assert rows(imported, "status", "completed") == [
        ("a", Status.DONE, date(2026, 6, 3)),
        ("b", Status.TODO, None),
    ]
    assert imported.not_understood == ()


def test_a_day_that_can_be_two_is_told_and_still_says_done():
    """The day is left out, not that there was one."""
    imported = parse_notion_csv("Name,Completed\na,03/04/2026\n")

    assert rows(imported, "status", "completed") == [("a", Status.DONE, None)]
    assert told(imported) == [(2, "value-not-understood")]


def test_nothing_in_a_column_for_boxes_goes_without_a_word():
    """A box column may hold days and statuses; what is neither is told."""
    imported = parse_notion_csv("Name,Done\na,2026-06-03\nb,in progress\nc,perhaps\n")

    assert rows(imported, "status") == [("a", Status.DONE), ("b", Status.DOING), ("c", Status.TODO)]
    assert told(imported) == [(4, "value-not-understood")]


def test_a_table_in_another_language_comes_in():
    """Headers, statuses, days and numbers are known in the languages of many learners."""
    imported = parse_notion_csv(
        "Kategorie;Thema;Status;Erledigt am;Dauer\n"
        "Mathe;Ableitung;erledigt;3. Juni 2026;1.000,5\nMathe;Integral;in Arbeit;;2,5 Std.\n"
    )

    assert [section.title for section in imported.roadmap.sections] == ["Mathe"]
    assert rows(imported, "status", "completed", "hours") == [
        ("Ableitung", Status.DONE, date(2026, 6, 3), 1000.5),
        ("Integral", Status.DOING, None, 2.5),
    ]
    assert imported.not_understood == ()


def test_the_parent_of_an_item_stays_as_a_note():
    """Notion exports both ends of a relation; each child says once what it is a part of."""
    imported = parse_notion_csv(
        "Name,Parent item,Sub-item\nNets,,CNN (https://www.notion.so/CNN-0a?pvs=21)\n"
        "CNN,Nets (https://www.notion.so/Nets-0b?pvs=21),\nRNN,Nets,\n"
    )

    assert rows(imported, "notes") == [
        ("Nets", None),
        ("CNN", "Part of: Nets"),
        ("RNN", "Part of: Nets"),
    ]
    assert imported.not_understood == ()


def test_what_a_skill_unlocks_requires_it():
    """A table with only the other end of a relation has the same prerequisites."""
    imported = parse_notion_csv('Name,Unlocks\na,"b, zzz"\nb,\n')

    assert rows(imported, "requires") == [("a", ()), ("b", ("a",))]
    assert told(imported) == [(2, "requires-not-imported")]


def test_a_title_above_the_headers_is_told():
    """Spreadsheets have titles above their tables; the headers are still found."""
    imported = parse_notion_csv("My plan,,\n\nName,Status,\na,Done,\n")

    assert rows(imported, "status") == [("a", Status.DONE)]
    assert told(imported) == [(1, "line-not-understood")]


def test_boxes_that_a_spreadsheet_keeps_for_later_are_told_once():
    """Rows of nothing but FALSE are no skills, and one line says how many there are."""
    imported = parse_notion_csv("Name,Done\na,TRUE\n,FALSE\n,FALSE\n")

    assert rows(imported, "status") == [("a", Status.DONE)]
    assert told(imported) == [(3, "line-not-understood")]
    assert "2 rows" in imported.not_understood[0].what


def test_a_column_of_addresses_holds_links():
    """Whatever it is called, a column of nothing but addresses is taken for links, and that is said."""
    imported = parse_notion_csv("Name,Watch\na,https://example.org/a\nb,\n")

    assert [link.url for link in imported.roadmap.skills[0].resources] == ["https://example.org/a"]
    assert told(imported) == [(1, "column-guessed")]


def test_addresses_that_are_left_out_are_told_in_full():
    """However long a row is that cannot be taken, the addresses in it are told."""
    url = f"https://example.org/{'long/' * 30}end"
    imported = parse_notion_csv(f"Name,Notes\n,See {url}\na,b,{url}\n")

    assert [url in f"{problem.what}{problem.why}" for problem in imported.not_understood] == [
        True,
        True,
    ]


def test_commas_in_quoted_headers_part_no_cells():
    """The delimiter is looked for outside quotes."""
    imported = parse_notion_csv('"Title";"Notes, mine, all"\na;b\n')

    assert [skill.name for skill in imported.roadmap.skills] == ["a"]


def test_addresses_in_an_unknown_column_are_links_of_their_rows():
    """The words of a column may have no place in a roadmap; the addresses in it have."""
    imported = parse_notion_csv("Name,Where\na,see https://example.org/a\nb,at home\n")

    assert [link.url for link in imported.roadmap.skills[0].resources] == ["https://example.org/a"]
    assert told(imported) == [(1, "column-not-understood")]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("Name,Status,Done\nkNN,doing,later\n", (2, "value-not-understood")),
        ("Name,Order\nkNN,1\nTrees,x\n", (2, "column-not-imported")),
        ("Name,Covered by\nkNN,nonsense\n", (2, "reference-not-imported")),
        ("Name,Sub-item\nkNN,Trees\n", (2, "requires-not-imported")),
    ],
)
def test_cells_that_contradict_others_are_left_out_and_reported(rows, problem):
    """A second status, an order of some rows, and skills that do not exist are no values."""
    assert told(parse_notion_csv(rows)) == [problem]


def test_a_column_of_sub_items_gives_each_of_them_its_parent():
    """Notion lists the children of a page; a skill keeps its parent in a note."""
    imported = parse_notion_csv("Name,Sub-item\nkNN,Trees\nTrees,\n")

    assert [skill.notes for skill in imported.roadmap.skills] == [None, "Part of: kNN"]
