import pytest

from tracker.adapters.notion.ids import normal_id, normal_key, parse_page_id

PAGE = "38c9ce7b-60a4-8186-8656-f538500d99fc"
PLAIN = PAGE.replace("-", "")


@pytest.mark.parametrize(
    "text",
    [
        PAGE,
        PLAIN,
        PLAIN.upper(),
        f"  {PAGE}\n",
        f"https://www.notion.so/{PLAIN}",
        f"https://www.notion.so/team/My-Learning-Path-{PLAIN}?pvs=4",
        f"https://app.notion.com/p/My-page-{PLAIN}",
        f"https://app.notion.com/p/{PAGE}#0123456789abcdef0123456789abcdef",
        f"https://www.notion.so/{PLAIN}?v=0123456789abcdef0123456789abcdef",
        f"https://www.notion.so/0123456789abcdef0123456789abcdef?v=1&p={PLAIN}&pm=s",
        f"https://mine.notion.site/My-page-{PLAIN}?source=copy_link",
        f"https://www.notion.so/0123456789abcdef0123456789abcdef?p={PAGE}#x",
        f"http://localhost:8000/p/{PLAIN}/",
        f"notion://www.notion.so/Caf%C3%A9-{PLAIN}",
        f"Deadbeef-{PLAIN}",
        f"<https://www.notion.so/{PLAIN}>",
    ],
)
def test_a_page_is_recognised_however_it_was_copied(text):
    """Every address or id that Notion hands out names the page."""
    assert parse_page_id(text) == PAGE


@pytest.mark.parametrize(
    "text",
    ["", "my page", "https://www.notion.so/My-page", PLAIN[:-1], PLAIN + "0", f"x{PLAIN}"],
)
def test_what_is_no_page_is_refused(text):
    """Text without a page id raises ValueError instead of being taken for one."""
    with pytest.raises(ValueError, match="no page id"):
        parse_page_id(text)


def test_ids_are_compared_in_one_spelling():
    """Ids with and without dashes, and property ids encoded or raw, are the same."""
    assert normal_id(PLAIN.upper()) == PAGE
    assert normal_id("not-an-id") == "not-an-id"
    assert normal_key("%3AJ%7B%3A") == normal_key(":J{:") == ":J{:"
