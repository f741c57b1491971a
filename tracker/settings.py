"""The learner's settings, `tracker.yaml`, as a value.

Pure: `tracker.adapters.settings_file` reads the file. No secret is ever part of the settings; the
token comes from the environment or the keyring.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

SETTINGS_NAME = "tracker.yaml"
DEFAULT_BASE_URL = "https://api.notion.com"
DEFAULT_BUDGET = 180
"""Requests per 60 seconds that every Notion plan allows ("Request limits", September 2026)."""
LARGE_FROM = 1000
"""Rows from which on a database is read incrementally; fewer take ten requests or less."""


@dataclass(frozen=True, slots=True)
class RemoteName:
    """What the remote side is called: `label` alone, `place` in a sentence, `word` on a command line."""

    label: str
    place: str
    word: str


NOTION = RemoteName("Notion", "Notion", "notion")
WORKSPACE = RemoteName("workspace", "the built-in workspace", "workspace")


# A key whose last line below was removed is null in YAML.
_NULL_IS_EMPTY = BeforeValidator(lambda value: {} if value is None else value)


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


class NotionSettings(_Settings):
    """Where the Notion side is; without `parent` it is the built-in workspace.

    `databases` maps a roadmap to its data source id, so that a moved or renamed database and a
    second machine find it; sync fills it in. `columns` has the ids of the columns of those that were
    adopted, by roadmap and field. `requests_per_minute` is the most that one run may ask for in any
    60 seconds, where others use the connection as well; what the server takes is found out. `workers` is
    the most rows that are written at once. Without `row_pages` new rows have empty pages: where blocks
    are limited, there is room for more rows.
    """

    parent: str | None = None
    databases: Annotated[dict[str, str], _NULL_IS_EMPTY] = Field(default_factory=dict)
    columns: Annotated[dict[str, dict[str, str]], _NULL_IS_EMPTY] = Field(default_factory=dict)
    requests_per_minute: Annotated[int, Field(ge=1, le=100_000)] | None = None
    workers: Annotated[int, Field(ge=1, le=32)] = 32
    row_pages: bool = True


class Settings(_Settings):
    """All settings; `prefer` is the side that settles conflicts, `ask` keeps them.

    `target` is the day by which the learner wants to be done, `hours_per_week` what they mean to spend,
    and `track` the goal that they follow. `progress_page` says whether a page beside the databases shows how far the learner is.
    """

    notion: Annotated[NotionSettings, _NULL_IS_EMPTY] = Field(default_factory=NotionSettings)
    prefer: Literal["ask", "local", "notion", "workspace"] = "ask"
    target: date | None = None
    hours_per_week: Annotated[float, Field(gt=0, le=168)] | None = None
    track: str | None = None
    progress_page: bool = True

    @property
    def remote_name(self) -> RemoteName:
        """What the remote side of this folder is called."""
        return NOTION if self.notion.parent else WORKSPACE

    def find_least_budget(self, base_url: str) -> int | None:
        """Return the requests that the server takes in 60 seconds at least; None where nobody knows."""
        is_notion = self.notion.parent is not None and base_url == DEFAULT_BASE_URL
        return DEFAULT_BUDGET if is_notion else None
