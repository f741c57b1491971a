"""Tracker's part of the Progress page: where it begins and ends, and what is asked of a server for it."""

from __future__ import annotations

import pytest
from notion_fakes import ScriptedSender, failed, listing, make_gateway

from tracker.adapters.notion.errors import AmbiguousError, ForbiddenError, FullError
from tracker.adapters.notion.progress_page import NotionProgressPage, find_part
from tracker.adapters.notion.retry import Failure, Fault
from tracker.local_ports import PageRecord
from tracker.ports import PageFate
from tracker.progress.page import FOOTER, MARKER

HOME = "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c10"
PAGE = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER = "bbbbbbbb-0000-4000-8000-000000000002"


def part(*lines, day="3 Nov 2026"):
    return "\n".join([f"*{MARKER}*", *lines, f"*{FOOTER}{day}*"])


OLD, NEW = part("old"), part("new")
KNOWN = PageRecord(PAGE, HOME, OLD)


def markdown(text, page_id=PAGE, **more):
    return {"object": "page_markdown", "id": page_id, "markdown": text, "truncated": False, **more}


def page(page_id=PAGE, *, in_trash=False, created="2026-11-03T12:00:00.000Z"):
    return {"object": "page", "id": page_id, "in_trash": in_trash, "created_time": created}


def child(page_id, title="Progress"):
    parent = {"type": "page_id", "page_id": HOME}
    return {"id": page_id, "type": "child_page", "parent": parent, "child_page": {"title": title}}


def write(known, *answers, text=NEW, is_first=True, listed=None):
    """Write a text with these answers of the server; return record, fate, and what was asked."""
    sender = ScriptedSender(*answers)
    written = NotionProgressPage(make_gateway(sender), HOME, "/p/", lambda: listed)
    record, fate = written.write_text(text, known, is_first=is_first)
    return record, fate, [f"{method} {path}" for method, path, *_ in sender.asked], sender.asked


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("mine\n", "\nmine"),
        (f"As it says: {MARKER}\n", f"\n{FOOTER}the beach, because I had nothing better to do"),
        (f"*{MARKER}*\nan older copy\n", ""),
        ("\t", ""),
    ],
    ids=["alone", "between texts", "beside its own words", "after a copy", "in a column"],
)
def test_the_part_is_found(before, after):
    """It goes from the last line that is the marker to the first that is tracker's last."""
    found = find_part(before + part("x") + after)

    assert found is not None
    text = before + part("x") + after
    assert text[slice(*found)].strip() == part("x")
    assert text[found[1] :] == after


@pytest.mark.parametrize(
    "spelled",
    ["_{}_", "**{}**", '<span color="gray">*{}*</span>', "{}  ", "\t\t{}"],
)
def test_the_marker_is_known_however_it_is_styled(spelled):
    """A learner may make it bold or grey, and a server spell that as it likes."""
    assert find_part(f"a\n{spelled.format(MARKER)}\nb") == (2, len(spelled.format(MARKER)) + 4)


def test_without_the_marker_there_is_no_part():
    """A page without that line is all the learner's."""
    assert find_part("") is None
    assert find_part(f"# Progress\n{MARKER} And more.\n{FOOTER}3 Nov 2026") is None


@pytest.mark.parametrize(
    ("end", "after"),
    [
        ("", ""),
        ("", "\nmine, where the last line was"),
        ("\n| 2 |\n</table>\n", "mine\n</table>"),
        ("\n\t- x\n", "## Mine\n\nx y"),
    ],
    ids=["nothing after", "one line", "a table", "a list"],
)
def test_what_stands_where_the_last_line_was_is_the_learners(end, after):
    """Without tracker's last line its part ends with the last line that is in what it writes."""
    ours = f"*{MARKER}*\n## 20 %{end.rstrip()}"
    text = f"above\n{ours}{chr(10) if end else ''}{after}"

    assert find_part(text, part("## 20 %", "| 2 |", "</table>", "- x")) == (6, 6 + len(ours))


def test_a_change_is_one_request():
    """The part as it was is replaced, and what the server makes of it is remembered."""
    answer = markdown(f"mine\n{part('NEW')}\nmine")

    record, fate, asked, sent = write(KNOWN, answer)

    assert (record.text, fate) == (part("NEW"), PageFate.WRITTEN)
    assert asked == [f"PATCH pages/{PAGE}/markdown"]
    assert sent[0][2] == {
        "type": "update_content",
        "update_content": {"content_updates": [{"old_str": OLD, "new_str": NEW}]},
    }


def test_a_lost_answer_writes_nothing_twice():
    """The repeated request is refused, because the text is there: that is seen and enough."""
    lost, refused = Failure(Fault.LOST), failed(400, "validation_error")

    record, fate, asked, _ = write(KNOWN, lost, refused, markdown(NEW))

    assert (record.text, fate) == (NEW, PageFate.WRITTEN)
    assert asked == [f"PATCH pages/{PAGE}/markdown"] * 2 + [f"GET pages/{PAGE}/markdown"]


def test_what_says_the_same_is_not_written():
    """Another spelling of tables, marks and escapes is no difference."""
    ours = part('<table header-row="true">', "\t<tr>", "\t\t<td>a\\_b</td>", "\t</tr>", "</table>")
    theirs = part("| a_b |", "| --- |").replace("*", "_").replace("| --- |\n", "")

    record, _, asked, _ = write(
        PageRecord(PAGE, HOME), markdown(theirs.replace("| --- |", "")), text=ours
    )

    assert asked == [f"GET pages/{PAGE}/markdown"]
    assert "a_b" in record.text


def test_an_indented_part_stays_where_it_is():
    """Moved into a column or a toggle, it is written on there."""
    moved = "<columns>\n" + "\n".join(f"\t{line}" for line in OLD.split("\n")) + "\n</columns>"
    refused = failed(400, "validation_error")

    _, _, _, sent = write(KNOWN, refused, markdown(moved), markdown(moved))

    (update,) = sent[-1][2]["update_content"]["content_updates"]
    assert update["new_str"] == "\n".join(f"\t{line}" for line in NEW.split("\n"))


def test_of_two_copies_the_last_is_written():
    """A copied part is told from the other by what stands before it, which stays as it is."""
    twice = f"a\n{OLD}\nb\n{OLD}\nc"
    refused = failed(400, "validation_error")

    _, _, _, sent = write(KNOWN, refused, markdown(twice), markdown(twice))

    (update,) = sent[-1][2]["update_content"]["content_updates"]
    assert update == {"old_str": f"b\n{OLD}", "new_str": f"b\n{NEW}"}
    assert twice.count(update["old_str"]) == 1


def test_a_page_that_is_cut_off_is_not_written():
    """Where a part ends is not known of a text that was cut."""
    record, fate, _, _ = write(PageRecord(PAGE, HOME), markdown(OLD, truncated=True))

    assert (record.text, fate) == ("", PageFate.UNMARKED)


@pytest.mark.parametrize(
    "gone", [page(in_trash=True), failed(404, "object_not_found")], ids=["trashed", "not found"]
)
def test_a_page_that_is_gone_is_left_alone(gone):
    """It is asked for once and then, on each change, whether it is back."""
    refused = failed(400, "validation_error")

    record, fate, asked, _ = write(KNOWN, refused, markdown(OLD), refused, gone)
    again, still, later, _ = write(record, gone)

    assert (record.is_gone, fate, asked[-1]) == (True, PageFate.LEFT, f"GET pages/{PAGE}")
    assert (again, still, later) == (record, PageFate.LEFT, [f"GET pages/{PAGE}"])


def test_an_emptied_page_in_the_trash_is_gone():
    """That it is in the trash counts for more than that it lacks the marker."""
    record, fate, _, _ = write(PageRecord(PAGE, HOME), markdown("mine"), page(in_trash=True))

    assert (record.is_gone, fate) == (True, PageFate.LEFT)


def test_a_page_that_is_back_goes_on():
    """Restored, the part is found on it and written on."""
    gone = PageRecord(PAGE, HOME, is_gone=True)

    record, fate, _, _ = write(gone, page(), markdown(OLD), markdown(NEW))

    assert (record, fate) == (PageRecord(PAGE, HOME, NEW), PageFate.WRITTEN)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (failed(403, "restricted_resource"), ForbiddenError),
        (failed(403, "restricted_resource", is_full=True), FullError),
    ],
    ids=["no right", "no more blocks"],
)
def test_a_missing_right_is_no_reason_to_look(refusal, error):
    """What the token or the plan does not allow is told as it is, after one request."""
    with pytest.raises(error):
        write(KNOWN, refusal, AssertionError)


def test_it_is_made_in_three_requests():
    """Made, looked whether another machine did the same, and read for how the server spells it."""
    made, mine = page(), listing(child(PAGE))

    record, fate, asked, _ = write(PageRecord(), made, mine, markdown(part("NEW")), listed={})

    assert (record, fate) == (PageRecord(PAGE, HOME, part("NEW")), PageFate.WRITTEN)
    assert asked == ["POST pages", f"GET blocks/{HOME}/children", f"GET pages/{PAGE}/markdown"]


def test_an_unanswered_creation_is_looked_up_and_never_repeated():
    """The page that was made all the same is found; one that is not there is left to the next run."""
    lost, read = Failure(Fault.LOST), markdown(NEW)

    record, _, asked, _ = write(PageRecord(), lost, listing(child(PAGE)), read, listed={})
    with pytest.raises(AmbiguousError):
        write(PageRecord(), lost, listing(), listed={})

    assert record.page_id == PAGE
    assert asked.count("POST pages") == 1


@pytest.mark.parametrize("is_older", [True, False], ids=["theirs is older", "ours is older"])
def test_of_two_pages_made_at_once_the_older_counts(is_older):
    """Two machines that make it at the same moment end with one; the other goes to the trash."""
    theirs = page(OTHER, created=f"2026-11-03T1{1 if is_older else 3}:00:00.000Z")

    def answer(method, path, body, query):
        if path == "pages":
            return page()
        if path.startswith("blocks"):
            return listing(child(PAGE), child(OTHER))
        page_id = OTHER if OTHER in path else PAGE
        if path.endswith("markdown"):
            return markdown(NEW, page_id)
        return theirs if page_id == OTHER else page()

    record, _, asked, _ = write(PageRecord(), answer, listed={})

    assert record.page_id == (OTHER if is_older else PAGE)
    assert (f"PATCH pages/{PAGE}" in asked) is is_older


def test_a_learners_page_of_that_name_is_not_taken():
    """A page without the marker is somebody's own: another one is made beside it."""
    mine, listed = markdown("My progress.", OTHER), {OTHER: "Progress"}
    answers = (mine, page(), listing(child(OTHER), child(PAGE)), mine, markdown(NEW))

    record, _, asked, _ = write(PageRecord(), *answers, listed=listed)

    assert record.page_id == PAGE
    assert not [request for request in asked if request.startswith("PATCH")]


def test_another_home_has_a_page_of_its_own():
    """When the databases are below another page, what was known of the page there does not count."""
    made = (page(), listing(child(PAGE)), markdown(NEW))

    record, _, asked, _ = write(PageRecord(OTHER, "elsewhere", OLD), *made, listed={})

    assert (record.page_id, record.parent) == (PAGE, HOME)
    assert asked[0] == "POST pages"


def test_a_server_without_a_search_of_the_trash_makes_it():
    """Where the trash cannot be searched, the page counts as never made."""
    nothing, refused = listing(), failed(400, "validation_error")

    record, _, asked, _ = write(
        PageRecord(), nothing, refused, page(), listing(child(PAGE)), markdown(NEW), is_first=False
    )

    assert record.page_id == PAGE
    assert asked[1] == "POST search"
