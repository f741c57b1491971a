"""Promises of the body of a page: it is drawn as it was written, its to-dos are ticked, nothing runs."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tracker.workspace.protocol import ROOT_PAGE_ID

pytestmark = pytest.mark.slow


@pytest.fixture
def page(api, as_text):
    """Make a page with this markdown, and return its id."""

    def page(markdown="", **more):
        body = {
            "parent": {"page_id": ROOT_PAGE_ID},
            "properties": {"title": {"title": as_text("Mine")}},
            **({"markdown": markdown} if markdown else {}),
            **more,
        }
        return api.call("POST", "/pages", body)["id"]

    return page


def boxes(html):
    """Return what to press for each to-do, with its words and whether it is ticked."""
    found = re.findall(
        r'name="block" value="([^"]+)" role="checkbox" aria-checked="(\w+)" aria-label="([^"]+)"',
        html,
    )
    return [(unescape(words), is_on == "true", value) for value, is_on, words in found]


def test_a_to_do_is_ticked_without_a_script(api, see, page):
    """One press ticks a to-do, another takes the tick away; nested ones too, and no other changes."""
    made = page("- [ ] Read\n\t- [x] Twice\n- [ ] Write")
    api.wait(hours=1)

    before = boxes(see(made))
    see(made, form={"action": "tick", "block": before[0][2]})
    see(made, form={"action": "tick", "block": before[1][2]})
    after = boxes(see(made))

    assert [box[:2] for box in before] == [("Read", False), ("Twice", True), ("Write", False)]
    assert [box[:2] for box in after] == [("Read", True), ("Twice", False), ("Write", False)]
    assert api.call("GET", f"/pages/{made}")["last_edited_time"] == "2026-11-05T11:30:00.000Z"
    markdown = api.call("GET", f"/pages/{made}/markdown")["markdown"]
    assert markdown == "- [x] Read\n\t- [ ] Twice\n- [ ] Write"


@pytest.mark.parametrize("which", ["of another page", "no to-do", "gone", "nonsense", ""])
def test_only_a_to_do_of_the_page_is_ticked(api, page, which):
    """A line of another page, or one that is gone meanwhile, is told and changes nothing."""
    mine, other = page("- [ ] Read\n- item"), page("- [ ] Other")
    blocks = [
        block["id"]
        for one in (mine, other)
        for block in api.call("GET", f"/blocks/{one}/children")["results"]
    ]
    block = {"of another page": blocks[2], "no to-do": blocks[1], "gone": "0" * 32}.get(
        which, which
    )

    answer = api.http.post(f"/p/{mine}", data={"action": "tick", "block": f"{block} on"})

    assert answer.status_code == 422
    assert "Not saved" in answer.text
    assert "[x]" not in str([api.call("GET", f"/pages/{one}/markdown") for one in (mine, other)])


MARKDOWN = """\
# Head
**bold** *slanted* `code` ~~gone~~ <span underline="true">under</span>
> said
```python
x < 1
```
<callout icon="🎯" color="red_background">
\tThe goal
\t- inside
</callout>
<details>
<summary>More</summary>
\tBelow
</details>
| Name | Done |
| --- | --- |
| **a** | 1 |
---
"""


def test_a_body_is_drawn_as_it_was_written(see, page):
    """Marks, headings, quotes, code, callouts, toggles and tables look like what they are."""
    html = see(page(MARKDOWN))
    body = html.partition('<div class="body">')[2]

    for piece in (
        '<h2 class="heading_1">Head</h2>',
        "<strong>bold</strong> <em>slanted</em> <code>code</code> <s>gone</s> <u>under</u>",
        '<blockquote class="quote">said</blockquote>',
        "<pre><code>x &lt; 1</code></pre>",
        '<aside class="callout on red"><span class="icon" aria-hidden="true">🎯</span><div><p>The goal</p>',
        '<details class="toggle"><summary>More</summary>',
        '<th scope="col">Name</th><th scope="col">Done</th>',
        "<td><strong>a</strong></td><td>1</td>",
        "<hr>",
    ):
        assert piece in body


def test_links_between_pages_stay_in_the_workspace(api, see, page, as_text):
    """Under whatever address a page of the workspace is linked to, the link leads to it here."""
    other = page(icon={"emoji": "📈"}).replace("-", "")
    hosts = (
        "http://localhost/p/Mine-", "http://127.0.0.1:9/p/", "https://www.notion.so/me/Mine-",
        "https://app.notion.com/p/", "/",
    )  # fmt: skip
    runs = [{"text": {"content": "x", "link": {"url": f"{host}{other}"}}} for host in hosts]
    foreign = [
        f"https://example.org/{other}", "https://www.notion.so/" + "a" * 32, "http://[::1/",
        f"javascript:alert(1)//{other}", f"//evil.example/{other}", "javascript:alert(1)",
    ]  # fmt: skip
    runs += [{"text": {"content": "y", "link": {"url": url}}} for url in foreign]
    made = page(children=[{"paragraph": {"rich_text": [run]}} for run in runs])

    html = see(made)

    assert html.count(f'<a href="/p/{other}" class="page">x</a>') == len(hosts)
    assert re.findall(r'<a href="([^"]+)"[^>]*>y</a>', html) == foreign[:3]
    assert "📈</span> Mine</a>" in see(ROOT_PAGE_ID)


def test_a_heading_folds_what_is_below_it(api, see, page, as_text):
    """A toggle heading is a thing to open, with its blocks inside; an empty one is a heading."""
    heading = {"rich_text": as_text("Fold"), "is_toggleable": True}
    made = page(children=[{"heading_2": heading}])
    empty = see(made)
    block = api.call("GET", f"/blocks/{made}/children")["results"][0]["id"]
    inner = {"children": [{"paragraph": {"rich_text": as_text("inside")}}]}
    api.call("PATCH", f"/blocks/{block}/children", inner)

    html = see(made)

    assert '<h3 class="heading_2">Fold</h3>' in empty
    assert '<details class="heading_2"><summary>Fold</summary>' in html


def test_hostile_bodies_are_words(see, page):
    """Tags, colours and languages of a body cannot leave the place where they stand."""
    hostile = "<script>alert(1)</script>\"'&"

    html = see(
        page(
            children=[
                {kind: {"rich_text": [{"text": {"content": hostile}}]}}
                for kind in ("to_do", "callout", "toggle", "quote", "heading_1")
            ]
            + [{"code": {"rich_text": [], "language": hostile}}]
        )
    )

    assert "<script>alert" not in html
    assert boxes(html)[0][0] == hostile


def test_the_api_ticks_a_to_do(api, page):
    """A to-do is ticked by a request as in Notion; its words are left to markdown."""
    made = page("- [ ] Read")
    block = api.call("GET", f"/blocks/{made}/children")["results"][0]["id"]

    answer = api.call("PATCH", f"/blocks/{block}", {"to_do": {"checked": True}})
    refused = api.refuse("PATCH", f"/blocks/{block}", {"to_do": {"rich_text": []}})

    assert answer["to_do"]["checked"] is True
    assert "body.to_do.rich_text should be not present" in refused["message"]


@pytest.mark.parametrize(
    ("text", "bars"),
    [
        ("█░░░ 13 %", ["█", "░░░"]),
        ("███░ 90 %", ["███", "░"]),
        ("░░ 0 %", ["░░"]),
        ("█ is a block", []),
    ],
)
def test_a_bar_of_letters_is_coloured(see, page, text, bars):
    """Both parts of a bar have their colours, down to a single letter; a letter alone is none."""
    html = see(page(text))

    assert re.findall(r'class="in (?:full|rest)[^"]*"[^>]*>([█░]+)<', html) == bars
