from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.workspace.inline import parse_inline, render_inline
from tracker.workspace.markdown import parse_markdown, render_markdown
from tracker.workspace.protocol import ROOT_PAGE_ID, ApiError, plain_text, text_run

URL = "http://localhost/"
EVERYTHING = """\
# Progress
Plain **bold** *italic* ***both*** ~~gone~~ `code` <span underline="true">line</span>
[a **link**](https://a.example/x) and 2 \\* 3
- one
\t- two
\t\t1. three
\t\t2. four
- [x] done
- [ ] open
> quote
```python
x = 1

  y = 2
```
<table header-row="true">
\t<tr>
\t\t<td>A</td>
\t\t<td>B</td>
\t</tr>
\t<tr>
\t\t<td>1</td>
\t\t<td>a|b \\<td></td>
\t</tr>
</table>
<callout icon="📊" color="blue_background">
\t42 %
\t- inside
</callout>
<details>
<summary>More</summary>
\tinner
</details>
![a chart](https://a.example/c.png)
---
\\# no heading
1\\. no list
\\- no bullet
<empty-block/>"""


def test_what_is_written_reads_back_the_same():
    """Every construct survives text → blocks → text unchanged."""
    assert render_markdown(parse_markdown(EVERYTHING), URL) == EVERYTHING


def test_each_line_is_a_block_of_its_type():
    """Headings, lists, quotes, code, tables and the rest become their blocks."""
    types = [node.type for node in parse_markdown(EVERYTHING)]

    assert types == [
        "heading_1",
        "paragraph",
        "paragraph",
        "bulleted_list_item",
        "to_do",
        "to_do",
        "quote",
        "code",
        "table",
        "callout",
        "toggle",
        "image",
        "divider",
        "paragraph",
        "paragraph",
        "paragraph",
        "paragraph",
    ]


def test_blank_lines_and_line_endings_are_normalised():
    """Blank lines only separate, as in the recorded answer."""
    nodes = parse_markdown("## New Section\r\n\r\n\r\nHello from markdown.\n")

    assert render_markdown(nodes, URL) == "## New Section\nHello from markdown."


TEXT = st.text(
    st.sampled_from("ab *_`~[]()<>\\#-+.1|!>\n&{}$ é😀/\"'="),
    max_size=30,
)


@given(TEXT)
def test_any_text_survives_as_text(content):
    """Whatever a person typed is the same text after a round trip, marks included."""
    line = render_inline([content] if content else [])

    assert "\n" not in line
    assert plain_text(parse_inline(line)) == content


@given(st.lists(TEXT, max_size=6))
def test_rendering_is_stable(lines):
    """Text that has been through once does not change again."""
    once = render_markdown(parse_markdown("\n".join(lines)), URL)

    assert render_markdown(parse_markdown(once), URL) == once


@given(TEXT.map(str.strip).filter(bool))
def test_a_paragraph_stays_a_paragraph(content):
    """A paragraph that looks like a list or a heading is escaped, not turned into one."""
    nodes = parse_markdown("x")
    nodes[0].content["rich_text"] = [content]

    again = parse_markdown(render_markdown(nodes, URL))

    assert [node.type for node in again] == ["paragraph"]
    assert plain_text(again[0].content["rich_text"]) == content


@given(TEXT.filter(lambda text: text.strip(" \n")), st.sampled_from(["bold", "italic", "code"]))
def test_a_styled_run_keeps_its_text(content, style):
    """A run in one style reads back with all of its characters."""
    run = text_run(content, annotations={style: True})

    assert plain_text(parse_inline(render_inline([run]))) == content


@pytest.mark.guarantee("G16")
@given(TEXT.filter(lambda text: text.strip(" \n")), TEXT)
def test_the_text_of_a_link_leads_nowhere_else(title, behind):
    """Brackets in it are a part of it, and no link of their own."""
    runs = [text_run(title, link="https://a.example/(x)"), *([behind] if behind else [])]

    again = parse_inline(render_inline(runs))

    assert plain_text(again) == title + behind
    links = {run["href"] for run in again if not isinstance(run, str)}
    assert links - {None} == {"https://a.example/%28x%29"}


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"], ids=repr)
def test_every_line_end_in_a_text_is_a_tag(end):
    """None of them makes another block."""
    assert render_inline([f"a{end}b"]) == "a<br>b"


@pytest.fixture
def page(api):
    body = {"parent": {"page_id": ROOT_PAGE_ID}, "markdown": "intro\nmarker\nold"}
    return api.call("POST", "/pages", body)


@pytest.fixture
def rewrite(api, page):
    """Send one markdown update and return the new text."""

    def rewrite(kind, **given):
        body = {"type": kind, kind: given}
        return api.call("PATCH", f"/pages/{page['id']}/markdown", body)["markdown"]

    return rewrite


def block_ids(api, page):
    """Return the ids of a page's blocks in order."""
    return [block["id"] for block in api.call("GET", f"/blocks/{page['id']}/children")["results"]]


def test_a_page_can_be_made_from_markdown(api, page):
    """The body comes back as markdown, with the fields of the recorded answer."""
    answer = api.call("GET", f"/pages/{page['id']}/markdown")

    assert answer["object"] == "page_markdown"
    assert answer["markdown"] == "intro\nmarker\nold"
    assert (answer["truncated"], answer["unknown_block_ids"]) == (False, [])


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("insert_content", {"content": "new"}, "intro\nmarker\nold\nnew"),
        (
            "insert_content",
            {"content": "new", "position": {"type": "start"}},
            "new\nintro\nmarker\nold",
        ),
        ("replace_content", {"new_str": "# all\nnew"}, "# all\nnew"),
        (
            "update_content",
            {"content_updates": [{"old_str": "old", "new_str": "older"}]},
            "intro\nmarker\nolder",
        ),
        (
            "update_content",
            {"content_updates": [{"old_str": "r", "new_str": "R", "replace_all_matches": True}]},
            "intRo\nmaRkeR\nold",
        ),
    ],
)
def test_a_body_is_rewritten_in_three_ways(rewrite, kind, given, expected):
    """Insert, replace all, replace texts."""
    assert rewrite(kind, **given) == expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"type": "x"}, "body.type should be"),
        ({"replace_content": {}}, "body.replace_content.new_str should be defined"),
        ({"replace_content_range": {"content": "x"}}, "body.type should be"),
        ({"update_content": {"content_updates": [{"old_str": "q", "new_str": ""}]}}, "not found"),
        (
            {"update_content": {"content_updates": [{"old_str": "r", "new_str": ""}]}},
            "matches 3 places",
        ),
        (
            {"replace_content": {"new_str": f'<page url="{URL}p/{ROOT_PAGE_ID}">x</page>'}},
            "not on this page",
        ),
    ],
    ids=str,
)
def test_impossible_rewrites_are_refused(api, page, body, message):
    """An update that does not fit the page is a 400 and changes nothing."""
    error = api.refuse("PATCH", f"/pages/{page['id']}/markdown", body)

    assert message in error["message"]
    assert api.call("GET", f"/pages/{page['id']}/markdown")["markdown"] == "intro\nmarker\nold"


def test_unchanged_blocks_keep_their_ids(api, page, rewrite):
    """A rewrite of the end leaves the blocks before it alone."""
    before = block_ids(api, page)

    rewrite("replace_content", new_str="intro\nmarker\nnew\nnewer")

    after = block_ids(api, page)
    assert after[:2] == before[:2]
    assert not set(after[2:]) & set(before)


def test_child_pages_are_not_deleted_by_accident(api, page, rewrite, as_text):
    """A rewrite that drops a child page is refused unless it is allowed; naming it keeps it."""
    child = {"parent": {"page_id": page["id"]}, "properties": {"title": as_text("A & B")}}
    child = api.call("POST", "/pages", child)
    digits = child["id"].replace("-", "")
    tag = f'<page url="{URL}p/{digits}">A &amp; B</page>'
    path = f"/pages/{page['id']}/markdown"

    error = api.refuse("PATCH", path, {"replace_content": {"new_str": "x"}})
    kept = rewrite("replace_content", new_str=f"{tag}\nx")
    alive = api.call("GET", f"/pages/{child['id']}")["in_trash"]
    rewrite("replace_content", new_str="x", allow_deleting_content=True)

    assert "allow_deleting_content" in error["message"]
    assert kept == f"{tag}\nx"
    assert not alive
    assert api.call("GET", f"/pages/{child['id']}")["in_trash"]


def test_blocks_that_markdown_cannot_spell_are_kept(api, page, rewrite):
    """They appear as tags that name them, and stay the same blocks."""
    caption = {"code": {"rich_text": [], "caption": [], "language": "sql"}}
    made = api.call("PATCH", f"/blocks/{page['id']}/children", {"children": [caption]})
    block_id = made["results"][0]["id"]
    with api.store.transaction():
        # Of a type that only former versions made.
        block = api.store.blocks.get(block_id)
        block.type, block.content = "bookmark", {"url": "https://a.example", "caption": []}
        api.store.blocks.put(block)

    text = api.call("GET", f"/pages/{page['id']}/markdown")["markdown"]
    rewrite("replace_content", new_str="first\n" + text.splitlines()[-1])

    assert (
        text.splitlines()[-1] == f'<unknown url="{URL}{block_id.replace("-", "")}" alt="bookmark"/>'
    )
    assert block_ids(api, page)[1] == block_id


def test_a_rewrite_moves_the_edit_time_of_the_page(api, page, rewrite):
    """The page notes the minute in which its body changed."""
    api.wait(minutes=4)

    rewrite("insert_content", content="new")

    assert api.call("GET", f"/pages/{page['id']}")["last_edited_time"] == "2026-11-05T10:34:00.000Z"


def test_numbered_lists_count_on(rewrite):
    """Numbers follow the items, whatever was written."""
    assert rewrite("replace_content", new_str="1. a\n1. b\nx\n7. c") == "1. a\n2. b\nx\n1. c"


def test_endless_nesting_is_flattened(rewrite):
    """A list nested a thousand levels deep is kept to the depth that can be shown."""
    deep = "\n".join("\t" * depth + "- x" for depth in range(600))

    text = rewrite("replace_content", new_str=deep)

    assert text.count("- x") == 600


LONG = 100_000
ENDLESS = {
    "brackets": "[" * LONG,
    "labels": "[x](" * (LONG // 4),
    "spans": '<span underline="true">' * (LONG // 23),
    "strikes": "~~a " * (LONG // 4),
    "stars": "**a *b ***c " * (LONG // 12),
    "ticks of all lengths": " ".join("`" * length for length in range(1, 450)),
    "escapes": "\\*" * (LONG // 2),
    "bold escapes": "**" + "\\*" * (LONG // 2) + "**",
    "references": '<page url="' * (LONG // 11),
    "a fence that is none": "```" + " " * LONG + "`",
    "callouts": '<callout icon="' * (LONG // 15),
}


@pytest.mark.slow
@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_endless_text_is_read_and_written_in_one_go(text):
    """Text that looks like the beginning of something again and again is read once, not once for each.

    Where a reader looks through the rest of the text at each of these, the test takes minutes.
    """
    nodes = parse_markdown(text)
    written = render_markdown(nodes, URL)

    assert len(nodes) == 1
    assert render_markdown(parse_markdown(written), URL) == written
    assert render_inline(parse_inline(written)) == written


def test_endless_beginnings_of_cells_are_none():
    """What begins like the tags of a table again and again is looked through once."""
    (table,) = parse_markdown("<table>\n" + "<tr <td " * LONG + "\n</table>")

    assert [row.content["cells"] for row in table.children] == [[[]]]


def test_endless_tildes_are_no_fence():
    """A line of tildes with a tick at its end is looked through once."""
    assert [node.type for node in parse_markdown("~" * LONG + "`")] == ["paragraph"]


def test_a_table_of_bars_is_the_one_of_tags():
    """Both spellings of a table are read; it is written with tags, as Notion does."""
    bars = "| A | B |\n| --- | --- |\n| 1 | a\\|b |"
    tags = (
        '<table header-row="true"><colgroup><col width="90"></colgroup><tr color="red">\n<td>A</td>'
        "<td>B\n</td></tr><tr><td>1</td><td>a|b</td></tr>\n</table>"
    ).replace("><colgroup", ">\n<colgroup")

    read = parse_markdown(tags)

    assert render_markdown(read, URL) == render_markdown(parse_markdown(bars), URL)
    assert read[0].content == {
        "table_width": 2,
        "has_column_header": True,
        "has_row_header": False,
    }


def test_a_table_without_an_end_is_a_line_of_text():
    """Only what is whole is taken for a table."""
    assert [node.type for node in parse_markdown("<table>\n<tr>\n<td>x</td>")] == ["paragraph"] * 3


@pytest.mark.parametrize(
    "wide",
    [
        "|" + "x|" * 1_000 + "\n|--|\n" + "|x|\n" * 1_000,
        "<table>\n<tr>" + "<td>x</td>" * 1_000 + "<tr>" * 1_000 + "\n</table>",
    ],
    ids=["bars", "tags"],
)
def test_a_wide_table_is_refused(wide):
    """A row of very many cells does not widen very many rows."""
    with pytest.raises(ApiError, match="at most 50000 cells"):
        parse_markdown(wide)
