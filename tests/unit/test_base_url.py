"""The address of the server decides what is known of its speed, however it is spelled."""

import pytest

from tracker.settings import DEFAULT_BUDGET, NotionSettings, Settings
from tracker.wiring import find_base_url


@pytest.mark.parametrize(
    "spelled",
    [
        {},
        {"NOTION_BASE_URL": ""},
        {"NOTION_BASE_URL": "https://api.notion.com/"},
        {"NOTION_BASE_URL": " https://api.notion.com/v1/ "},
    ],
)
def test_notion_is_known_however_its_address_is_spelled(spelled):
    """A trailing slash, or the version that the address of other tools ends with, is no other server."""
    settings = Settings(notion=NotionSettings(parent="p"))

    assert settings.find_least_budget(find_base_url(spelled)) == DEFAULT_BUDGET


def test_of_another_server_nothing_is_known():
    """Only Notion documents what it takes at least."""
    settings = Settings(notion=NotionSettings(parent="p"))

    address = find_base_url({"NOTION_BASE_URL": "http://localhost:8000/v1"})

    assert address == "http://localhost:8000"
    assert settings.find_least_budget(address) is None
