"""Promises of the workspace in a browser: what a learner sees, clicks and types arrives in the file."""

from __future__ import annotations

import difflib
import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}\u202eltr"
ROOT = "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c10"


def follow(control):
    """Click what leads to another page, and wait until that page is loaded."""
    with control.page.expect_navigation():
        control.click()


def open_table(page, site):
    """Go from Home to the only table."""
    page.goto(site.url)
    follow(page.get_by_role("link", name="Small path"))
    return page.get_by_role("region", name="Skills")


def open_row(page, site, name):
    """Go from Home to one row."""
    follow(named(open_table(page, site), name))


def named(part, name):
    """Return the link to a row in its own line, not one by which another row needs it."""
    return part.get_by_role("rowheader", name=name).get_by_role("link")


def status_of(page, name):
    """Return the button that shows the status of a skill, in a table or on a board."""
    return page.get_by_role("button", name=f"Status of {name}")


def choose(button, option):
    """Open a button's menu, choose from it, and wait until that is saved."""
    page = button.page
    button.click()
    page.get_by_role("menuitemradio", name=option).click()
    button.filter(has_text=option).wait_for()
    page.get_by_role("status").filter(has_text="Saved").wait_for()


def read_status(site, name):
    """Return the status of a skill as the API shows it."""
    found = site.send("POST", "/search", {"query": name})["results"]
    return next(p for p in found if p["object"] == "page")["properties"]["Status"]["status"]["name"]


def changed_lines(before, after):
    """Return the lines that differ, as a diff marks them."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [re.sub(r"\s+", " ", line) for line in lines if line[0] in "+-"]


def test_home_lists_the_roadmap_and_how_far_it_is(page, site):
    """Home shows each database with how many of its skills are done."""
    page.goto(site.url)

    assert page.title() == "Home"
    assert page.get_by_role("link", name="Small path").is_visible()
    assert page.get_by_text("0 of 3 skills done").is_visible()


def test_the_table_groups_skills_by_section(page, site):
    """The sections head their skills, in the order of the file."""
    table = open_table(page, site)

    lines = [line for line in table.inner_text().splitlines() if line.strip()]
    order = ["First models", "Train/test split", "k nearest neighbours", "Later", "Decision trees"]
    places = [next(i for i, line in enumerate(lines) if name in line) for name in order]
    assert places == sorted(places)


def test_a_status_chosen_in_the_table_reaches_the_file_and_nothing_else_does(page, site):
    """One choice is saved at once; a sync writes the status, the dates that go with it, no more."""
    before = site.roadmap.read_text(encoding="utf-8")
    table = open_table(page, site)

    choose(status_of(table, "k nearest neighbours"), "Done")
    shown = status_of(page, "k nearest neighbours").inner_text()
    tally = page.get_by_text("1 of 3 skills done").is_visible()
    site.run("sync")

    after = site.roadmap.read_text(encoding="utf-8")
    day = re.search(r"completed: (\d{4}-\d\d-\d\d)", after)[1]
    assert (shown, tally) == ("Done", True)
    assert changed_lines(before, after) == ["+ status: done", f"+ completed: {day}"]
    site.run("sync")
    assert site.roadmap.read_text(encoding="utf-8") == after


def test_without_scripts_a_button_saves_the_choice(open_page, site):
    """Whoever allows no scripts chooses, and presses a button."""
    page = open_page(java_script_enabled=False)
    row = open_table(page, site).get_by_role("row", name="Decision trees")

    row.get_by_role("combobox", name="Status of").select_option("In progress")
    follow(row.get_by_role("button", name="Save"))

    chosen = page.get_by_role("combobox", name="Status of Decision trees").locator(":checked")
    assert chosen.inner_text() == "In progress"


def test_an_edited_text_reaches_the_file(page, site):
    """Typed lines with an emoji are saved, shown again, and written into the file by a sync."""
    open_row(page, site, "Decision trees")

    page.get_by_label("Notes").fill("One line.\nA better line 😀 [with] brackets")
    follow(page.get_by_role("button", name="Save"))
    shown = page.get_by_label("Notes").input_value()
    site.run("sync")

    after = site.roadmap.read_text(encoding="utf-8")
    assert shown == "One line.\nA better line 😀 [with] brackets"
    assert "          A better line 😀 [with] brackets\n" in after
    assert "Another line." not in after


def test_an_edited_resource_stays_a_link(page, site):
    """Resources are edited as [title](address) lines; a new line becomes a resource of the file."""
    open_row(page, site, "k nearest neighbours")
    field = page.get_by_label("Resources")

    field.fill(field.input_value() + "\n[A film](https://example.org/film_(1)) · video")
    follow(page.get_by_role("button", name="Save"))
    link = page.get_by_role("link", name="A film").get_attribute("href")
    site.run("sync")

    assert link == "https://example.org/film_(1)"
    assert "film_(1)" in site.roadmap.read_text(encoding="utf-8")


def test_saving_without_a_change_changes_nothing(page, site):
    """A page that is saved as it was opened gives the next sync nothing to do."""
    before = site.roadmap.read_bytes()
    for name in ("Train/test split", "k nearest neighbours", "Decision trees"):
        open_row(page, site, name)
        follow(page.get_by_role("button", name="Save"))
        page.get_by_role("heading", name=name).wait_for()

    site.run("sync")

    assert site.roadmap.read_bytes() == before


def test_the_board_moves_a_card(page, site):
    """On the board a choice moves the card to its column."""
    open_table(page, site)
    follow(page.get_by_role("link", name="Board"))
    column = page.locator("section", has=page.get_by_role("heading", name="In progress"))
    empty = column.get_by_role("article").count()

    choose(status_of(page, "Train/test split"), "In progress")
    moved = column.get_by_role("article").inner_text()
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.reload()

    assert empty == 0
    assert moved.startswith("Train/test split")
    assert focused == "Status of Train/test split: In progress"
    assert column.get_by_role("article").inner_text() == moved
    assert column.get_by_role("heading").inner_text().split() == ["In", "progress", "1"]


def test_a_row_added_in_the_browser_becomes_a_skill(page, site):
    """A new row with a section is a new skill of the file after a sync."""
    open_table(page, site)
    page.get_by_label("New skill").fill("Gradient boosting")
    follow(page.get_by_role("button", name="Add"))

    page.get_by_label("Section").select_option("Later")
    follow(page.get_by_role("button", name="Save"))
    site.run("sync")

    assert "name: Gradient boosting" in site.roadmap.read_text(encoding="utf-8")


def test_a_prerequisite_is_added_by_name(page, site):
    """A relation is typed by its name, offered by a list, and lands in `requires`."""
    open_row(page, site, "Decision trees")

    page.get_by_role("combobox", name="Requires").fill("train/test SPLIT")
    follow(page.get_by_role("button", name="Save"))
    linked = page.get_by_role("link", name="Train/test split").is_visible()
    site.run("sync")

    assert linked
    assert "requires: [split]" in site.roadmap.read_text(encoding="utf-8")


def test_a_copied_row_becomes_a_skill_of_its_own(page, site):
    """A duplicate opens, and a sync gives it an id of its own beside the original's."""
    open_row(page, site, "Decision trees")
    original = page.url

    follow(page.get_by_role("button", name="Duplicate"))
    page.wait_for_url(lambda url: url != original)
    site.run("sync")

    text = site.roadmap.read_text(encoding="utf-8")
    assert text.count("name: Decision trees") == 2
    assert len(set(re.findall(r"id: (\S+)", text))) == 4


def test_a_row_goes_to_the_trash_and_comes_back(page, site):
    """A row in the trash is listed there and restored from there, with all its values."""
    open_row(page, site, "Decision trees")

    follow(page.get_by_role("button", name="Move to trash"))
    told = page.get_by_text("This page is in the trash.").is_visible()
    locked = page.get_by_label("Notes").is_disabled()
    open_table(page, site)
    listed = page.get_by_role("link", name="Decision trees").count()
    follow(page.get_by_role("link", name="Trash"))
    follow(page.get_by_role("button", name="Restore Decision trees"))
    page.get_by_text("The trash is empty.").wait_for()

    assert (told, locked, listed) == (True, True, 0)
    open_row(page, site, "Decision trees")
    assert page.get_by_label("Notes").input_value().strip() == "One line.\nAnother line."


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_to_do_of_a_page_is_ticked_in_one_click(open_page, site, scripts):
    """The links of a skill are to-dos on its page; a click ticks one, and a sync leaves it alone."""
    page = open_page(java_script_enabled=scripts)
    open_row(page, site, "k nearest neighbours")
    box = page.locator(".body").get_by_role("checkbox", name="Docs")
    before = box.is_checked()

    if scripts:
        box.click()
        page.get_by_role("status").filter(has_text="Saved").wait_for()
        focused = box.evaluate("(one) => one === document.activeElement")
    else:
        follow(box)
        focused = True
    shown = box.is_checked()
    site.run("sync")
    page.reload()

    assert (before, shown, focused) == (False, True, True)
    assert box.is_checked()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_skill_is_ticked_in_the_checklist_in_one_click(open_page, site, scripts):
    """A box of the checklist makes a skill done, and open again; the counts follow, and so does the file."""
    page = open_page(java_script_enabled=scripts)
    open_table(page, site)
    follow(page.get_by_role("link", name="Checklist"))
    box = page.get_by_role("checkbox", name="Status of Train/test split")

    def press():
        if scripts:
            box.click()
            page.get_by_role("status").filter(has_text="Saved").wait_for()
            page.evaluate("said.textContent = ''")
        else:
            follow(box)
        return box.is_checked(), page.locator(".sum span").inner_text()

    told = [press(), press(), press()]
    site.run("sync")

    done, none = (True, "1 of 3 skills done"), (False, "0 of 3 skills done")
    assert told == [done, none, done]
    assert "status: done" in site.roadmap.read_text(encoding="utf-8")


def test_text_is_added_to_a_page(page, site):
    """What is written below a row's values stays there, and a sync leaves it alone."""
    open_row(page, site, "Decision trees")

    page.get_by_text("Add notes (they stay here)").click()
    page.get_by_label("Text to add").fill("# My own words\n\n- one\n- two")
    follow(page.get_by_role("button", name="Add", exact=True))
    site.run("sync")
    page.reload()

    assert page.get_by_role("heading", name="My own words").is_visible()
    assert page.get_by_role("listitem").all_inner_texts() == ["one", "two"]


def test_hostile_text_is_shown_and_does_nothing(page, site):
    """Scripts, HTML, turned letters and javascript: links from either side are words on a page."""
    name = HOSTILE.replace("'", "''").replace("\u202e", "")
    site.roadmap.write_text(
        site.roadmap.read_text(encoding="utf-8").replace("Decision trees", f"'{name}'"),
        encoding="utf-8",
    )
    site.run("sync")
    evil = [{"text": {"content": HOSTILE, "link": {"url": "javascript:alert(3)"}}}]
    columns = {"Name": {"title": {}}, "Link": {"url": {}}, HOSTILE: {"select": {}}}
    made = site.send(
        "POST",
        "/databases",
        {"parent": {"page_id": ROOT}, "title": evil, "description": evil,
         "initial_data_source": {"properties": columns}},
    )  # fmt: skip
    row = site.send(
        "POST",
        "/pages",
        {
            "parent": {"data_source_id": made["data_sources"][0]["id"]},
            "properties": {
                "Name": {"title": evil},
                "Link": {"url": "javascript:alert(4)"},
                HOSTILE: {"select": {"name": HOSTILE.replace(",", "")}},
            },
            "children": [{"paragraph": {"rich_text": evil}}],
        },
    )
    picture = {"insert_content": {"content": "![x](javascript:alert(5))"}}
    site.send("PATCH", f"/pages/{row['id']}/markdown", picture)

    open_row(page, site, "<script>alert(1)")
    mine = page.get_by_role("heading", level=1).inner_text()
    for view in (made["id"], f"{made['id']}?view=board", row["id"]):
        page.goto(f"{site.url}/p/{view.replace('-', '')}")
        for link in page.get_by_role("link").all():
            assert link.get_attribute("href").startswith(("/", "#", "http"))

    assert mine == HOSTILE.replace("\u202e", "")
    assert page.get_by_role("heading", level=1).inner_text() == HOSTILE
    assert page.locator("main img").count() == 0
    assert page.evaluate("document.querySelectorAll('main script').length") == 0


def test_the_policy_stops_what_slips_through(chromium, site):
    """Even a script that found its way into a page would not run, nor would a style."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.url)

    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran = true">');
        }"""
    )
    ran = page.evaluate("() => window.ran === true")
    policy = page.request.get(site.url).headers["content-security-policy"]
    context.close()

    assert not ran
    assert "default-src 'none'" in policy


def test_a_form_of_another_site_is_refused(chromium, site):
    """A page that is not the workspace's own cannot send it a form."""
    context = chromium.new_context()
    page = context.new_page()
    other = site.url.replace("127.0.0.1", "localhost")
    page.route("**/evil", lambda route: route.fulfill(
        content_type="text/html",
        body=f'<form method="post" action="{site.url}/p/{ROOT}"><button>Win</button></form>',
    ))  # fmt: skip
    page.goto(f"{other}/evil")

    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.get_by_role("button", name="Win").click()
    code = answer.value.status
    context.close()

    assert code == 403


AUDIT = """() => {
  const wrong = [];
  const seen = new Set();
  for (const each of document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')) {
    const labels = each.labels ? [...each.labels].map((label) => label.textContent).join(' ') : '';
    const name = each.getAttribute('aria-label') || labels || each.textContent;
    if (!name.trim()) wrong.push(`no name: ${each.outerHTML.slice(0, 90)}`);
  }
  for (const each of document.querySelectorAll('[id]')) {
    if (seen.has(each.id)) wrong.push(`id twice: ${each.id}`);
    seen.add(each.id);
  }
  if (!document.documentElement.lang) wrong.push('no language');
  if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
  if (!document.querySelector('main')) wrong.push('no main');
  if (document.documentElement.scrollWidth > innerWidth) wrong.push('scrolls sideways');
  for (const each of document.querySelectorAll('th')) if (!each.scope) wrong.push('th without scope');
  return wrong;
}"""


def test_a_phone_shows_what_can_be_edited(open_page, site):
    """Where no pointer hovers, the fields of a skill have a border to aim at."""
    page = open_page(viewport={"width": 390, "height": 800})
    follow(named(open_table(page, site), "k nearest neighbours"))

    goal = page.get_by_label("Goal")

    assert goal.evaluate("(each) => getComputedStyle(each).borderTopColor") != "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_can_be_read_aloud_and_fits(open_page, site, width, scheme):
    """On a phone and on a desk, every control has a name, and nothing scrolls sideways."""
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)

    found = {path: page.evaluate(AUDIT) for path in visit_all(page, site)}

    assert not any(found.values()), found


def visit_all(page, site):
    """Go to Home, to every view, to a row and to the Progress page; yield where the browser is."""
    views = page.get_by_role("navigation", name="Views").get_by_role("link")
    row = named(open_table(page, site), "k nearest neighbours").get_attribute("href")
    paths = ["/", row, *(view.get_attribute("href") for view in views.all())]
    page.goto(site.url)
    paths.append(page.get_by_role("link", name="Progress").get_attribute("href"))
    for path in paths:
        page.goto(f"{site.url}{path}")
        yield path


SMALL = """() => [...document.querySelectorAll('button, select, summary, .tabs a, input:not([type=hidden])')]
  .filter((one) => one.checkVisibility() && !one.closest('[aria-hidden], .sr') && !one.matches('.sr'))
  .map((one) => [one.getBoundingClientRect(), one.outerHTML.slice(0, 90)])
  .filter(([box]) => box.height < 24 || box.width < 24)
  .map(([box, html]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${html}`)"""


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_pressed_is_large_enough(open_page, site, width):
    """Every control can be hit with a finger: 24 pixels at least, as WCAG 2.5.8 asks."""
    page = open_page(viewport={"width": width, "height": 800})

    found = {path: page.evaluate(SMALL) for path in visit_all(page, site)}

    assert not any(found.values()), found


CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const each of document.querySelectorAll('main *')) {
    const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !each.checkVisibility() || each.closest('.sr, option, datalist, [aria-hidden]')) continue;
    const [one, two] = [light(parse(getComputedStyle(each).color)), light(ground(each))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) poor.push(`${each.outerHTML.slice(0, 80)} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read(open_page, site, scheme):
    """Words stand out from their ground by 4.5 to 1, on options of all ten colours too."""
    colours = ["default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink",
               "red"]  # fmt: skip
    options = [{"name": colour, "color": colour} for colour in colours]
    columns = {"Name": {"title": {}}, "Tags": {"multi_select": {"options": options}}}
    made = site.send(
        "POST",
        "/databases",
        {"parent": {"page_id": ROOT}, "initial_data_source": {"properties": columns}},
    )
    parent = {"data_source_id": made["data_sources"][0]["id"]}
    tags = {"Tags": {"multi_select": [{"name": colour} for colour in colours]}}
    site.send("POST", "/pages", {"parent": parent, "properties": tags})
    page = open_page(color_scheme=scheme)

    page.goto(f"{site.url}/p/{made['id'].replace('-', '')}")
    poor = page.evaluate(CONTRAST)
    follow(page.get_by_role("link", name="Untitled"))
    page.get_by_role("button", name="Save").wait_for()
    poor += page.evaluate(CONTRAST)
    for _ in visit_all(page, site):
        poor += page.evaluate(CONTRAST)

    assert poor == []


def test_the_keyboard_is_enough(page, site):
    """Tab reaches the content first, then each control; a choice needs no mouse."""
    open_table(page, site)
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")

    button = status_of(page, "Train/test split")
    button.focus()
    page.keyboard.press("ArrowDown")
    opened = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    passed = read_status(site, "Train/test split")
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="Saved").wait_for()

    assert first == "Skip to the content"
    assert (opened, passed) == ("Not started", "Not started")
    assert button.inner_text() == "Done"
    assert page.evaluate("document.activeElement.textContent") == "Done"
    assert read_status(site, "Train/test split") == "Done"


@pytest.mark.parametrize("view", ["table", "board", "page"])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_chooses_a_status_and_nothing_else_does(page, site, view, key):
    """Enter and Space open and choose, arrows and letters only move, Escape and Tab leave, everywhere."""
    open_table(page, site)
    if view == "board":
        follow(page.get_by_role("link", name="Board"))
    if view == "page":
        follow(named(page, "Decision trees"))
    name = "Status" if view == "page" else "Status of Decision trees"
    button = page.get_by_role("button", name=name)
    menu = page.get_by_role("menu")
    writes = []
    page.on("request", lambda request: writes.append(request.method == "POST"))

    button.focus()
    page.keyboard.press(key)
    menu.wait_for()
    for moving in ("ArrowDown", "ArrowUp", "ArrowUp", "Home", "End", "d"):
        page.keyboard.press(moving)
    reached = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Escape")
    left = (menu.count(), page.evaluate("document.activeElement.textContent"))
    page.keyboard.press(key)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    tabbed = (menu.count(), any(writes), read_status(site, "Decision trees"))
    button.focus()
    page.keyboard.press(key)
    page.keyboard.press("ArrowDown")
    page.keyboard.press(key)
    page.get_by_role("status").filter(has_text="Saved").wait_for()

    assert reached == "Done"
    assert left == (0, "Not started")
    assert tabbed == (0, False, "Not started")
    assert read_status(site, "Decision trees") == "In progress"
    assert page.evaluate("document.activeElement.textContent") == "In progress"
    assert sum(writes) == 1


def test_a_choice_that_cannot_be_saved_is_told(page, site, watch):
    """Where the workspace does not answer, the page says so and shows what is still true."""
    open_table(page, site)
    page.route("**/p/*", lambda route: route.abort())

    status_of(page, "Decision trees").click()
    page.get_by_role("menuitemradio", name="Done").click()
    page.get_by_text("Not saved: the workspace does not answer.").wait_for()

    assert status_of(page, "Decision trees").inner_text() == "Not started"
    watch.complaints.clear()


def test_a_failed_save_keeps_what_was_typed(page, site, watch):
    """A wrong number is told beside its field, and the long note stands where it was typed."""
    open_row(page, site, "Decision trees")
    page.get_by_label("Notes").fill("A long note\nof two lines")
    page.get_by_text("Add notes (they stay here)").click()
    page.get_by_label("Text to add").fill("a note as well")
    page.get_by_label("Hours").fill("abc")

    page.get_by_role("button", name="Save").click()
    page.get_by_text('"abc" is not a number').wait_for()
    hours = page.get_by_label("Hours")
    described = page.locator(f"[id='{hours.get_attribute('aria-describedby')}']").inner_text()
    kept = page.get_by_label("Notes").input_value()
    is_focused = hours.evaluate("(field) => field === document.activeElement")
    note = page.get_by_label("Text to add").input_value()
    page.get_by_label("Text to add").fill("")
    hours.fill("4")
    follow(page.get_by_role("button", name="Save"))
    site.run("sync")

    assert described == '"abc" is not a number. Write it like 2 or 2.5.'
    assert (kept, is_focused) == ("A long note\nof two lines", True)
    assert note == "a note as well"
    assert "          of two lines\n" in site.roadmap.read_text(encoding="utf-8")
    assert "hours: 4" in site.roadmap.read_text(encoding="utf-8")
    watch.complaints.clear()


def test_a_failed_save_keeps_what_was_typed_without_scripts(open_page, site, watch):
    """The same form comes back from the server, with the reader at the field that needs a change."""
    page = open_page(java_script_enabled=False)
    open_row(page, site, "Decision trees")
    page.get_by_label("Notes").fill("A long note\nof two lines")
    page.get_by_label("Hours").fill("abc")
    page.get_by_role("combobox", name="Status").select_option("In progress")

    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        follow(page.get_by_role("button", name="Save"))

    assert answer.value.status == 422
    assert page.get_by_label("Notes").input_value() == "A long note\nof two lines"
    assert page.get_by_label("Hours").input_value() == "abc"
    assert (
        page.get_by_role("combobox", name="Status").locator(":checked").inner_text()
        == "In progress"
    )
    assert page.get_by_text('"abc" is not a number').is_visible()
    watch.complaints.clear()


def test_a_value_changed_elsewhere_is_shown_before_it_is_replaced(page, site, watch):
    """Who saves over a change that came meanwhile is told what stands there, and may save again."""
    open_row(page, site, "Decision trees")
    page_id = page.url[-32:]
    goal = {"Goal": {"rich_text": [{"text": {"content": "from elsewhere"}}]}}
    site.send("PATCH", f"/pages/{page_id}", {"properties": goal})

    page.get_by_label("Goal").fill("typed here")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("now it is “from elsewhere”").wait_for()
    kept = page.get_by_label("Goal").input_value()
    follow(page.get_by_role("button", name="Save"))

    assert kept == "typed here"
    assert page.get_by_label("Goal").input_value() == "typed here"
    watch.complaints.clear()


def test_leaving_typed_text_is_asked_about(page, site, watch):
    """Whoever follows a link with unsaved text is asked first; a saved choice is no reason to ask."""
    open_row(page, site, "Decision trees")
    choose(page.get_by_role("button", name="Status"), "In progress")
    page.get_by_label("Notes").fill("not saved yet")

    with page.expect_event("dialog") as asked:
        page.get_by_role("link", name="Home").click(no_wait_after=True)
    kept = page.get_by_label("Notes").input_value()
    page.get_by_label("Notes").fill("One line.\nAnother line.")
    page.get_by_label("Hours").fill("")

    assert asked.value.type == "beforeunload"
    assert kept == "not saved yet"
    watch.complaints.clear()


def test_a_status_on_a_page_saves_alone(page, site):
    """A status chosen beside typed text is saved at once, and the text stays typed, not saved."""
    before = site.roadmap.read_text(encoding="utf-8")
    open_row(page, site, "Decision trees")
    page.get_by_label("Goal").fill("half a sen")

    choose(page.get_by_role("button", name="Status"), "In progress")
    kept = page.get_by_label("Goal").input_value()
    site.run("sync")
    page.get_by_label("Goal").fill("")

    added = changed_lines(before, site.roadmap.read_text(encoding="utf-8"))
    assert kept == "half a sen"
    assert [line.split(":")[0] for line in added] == ["+ status", "+ started"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_prerequisites_are_chips_and_no_ticks(open_page, site, scripts):
    """A prerequisite shows how far it is, and only its cross takes it away."""
    page = open_page(java_script_enabled=scripts)
    open_row(page, site, "k nearest neighbours")
    group = page.get_by_role("group", name="Requires")
    ticks = group.get_by_role("checkbox").count()
    sign = group.get_by_role("img", name="Not started").inner_text()
    count = group.get_by_text("0 of 1 done").is_visible()
    cross = group.get_by_role("button", name="Remove Train/test split from Requires")

    if scripts:
        page.get_by_label("Goal").fill("kept")
        cross.focus()
        page.keyboard.press("Enter")
        cross.wait_for(state="detached")
        assert group.get_by_role("combobox").evaluate("(one) => one === document.activeElement")
        assert page.get_by_label("Goal").input_value() == "kept"
        page.get_by_label("Goal").fill("")
    else:
        follow(cross)
    site.run("sync")

    assert (ticks, sign, count) == (0, "○", True)
    assert group.get_by_role("link").count() == 0
    assert "requires" not in site.roadmap.read_text(encoding="utf-8")


def test_enter_in_a_field_saves_and_removes_nothing(page, site):
    """Enter presses Save, not the cross of the first prerequisite."""
    open_row(page, site, "k nearest neighbours")

    page.get_by_label("Hours").fill("7")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    site.run("sync")

    text = site.roadmap.read_text(encoding="utf-8")
    assert "hours: 7" in text
    assert "requires: [split]" in text


def test_plumbing_is_closed_away(page, site):
    """What tracker keeps in a row is seen when asked for, and cannot be typed into."""
    open_row(page, site, "Decision trees")
    hidden = page.get_by_text("Tracker ID").is_visible()

    page.get_by_text("Sync details").click()

    assert not hidden
    assert page.get_by_text("Tracker ID").is_visible()
    for name in ("Order", "Tracker ID", "Sync history"):
        assert page.get_by_role("textbox", name=name).count() == 0


def test_a_guarded_workspace_opens_by_its_link_or_its_token(chromium, guarded):
    """The printed link opens the pages in one browser; any other types the token."""
    link = guarded.app.extensions["gate"].way_in
    first, second = chromium.new_context(), chromium.new_context()
    came, other = first.new_page(), second.new_page()

    came.goto(f"{guarded.url}{link}")
    address = came.url
    came.goto(guarded.url)
    other.goto(f"{guarded.url}{link}")
    closed = other.get_by_role("heading", level=1).inner_text()
    other.get_by_label("Token").fill("wrong")
    follow(other.get_by_role("button", name="Open"))
    told = other.get_by_role("alert").is_visible()
    other.get_by_label("Token").fill("secret")
    follow(other.get_by_role("button", name="Open"))
    opened = [page.get_by_role("heading", level=1).inner_text() for page in (came, other)]
    seen = came.evaluate("document.cookie")
    first.close()
    second.close()

    assert address == f"{guarded.url}/"
    assert (closed, told, opened, seen) == ("Who is there?", True, ["Home", "Home"], "")


def test_an_unknown_page_is_told_in_style(chromium, site):
    """A wrong address shows a page of the workspace with a way back."""
    context = chromium.new_context()
    page = context.new_page()

    answer = page.goto(f"{site.url}/nope")
    title = page.get_by_role("heading", level=1).inner_text()
    follow(page.get_by_role("link", name="Back"))
    home = page.title()
    context.close()

    assert (answer.status, title, home) == (404, "Not found", "Home")
