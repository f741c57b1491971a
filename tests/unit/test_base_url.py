"""The address of the server decides how fast it may be asked, however it is spelled."""

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
def test_notion_is_paced_however_its_address_is_spelled(spelled):
    """A trailing slash, or the version that the address of other tools ends with, is no other server."""
    settings = Settings(notion=NotionSettings(parent="p"))

    assert settings.find_budget(find_base_url(spelled)) == DEFAULT_BUDGET


def test_another_server_is_asked_freely():
    """Only Notion's own limit is known beforehand."""
    settings = Settings(notion=NotionSettings(parent="p"))

    address = find_base_url({"NOTION_BASE_URL": "http://localhost:8000/v1"})

    assert address == "http://localhost:8000"
    assert settings.find_budget(address) is None
