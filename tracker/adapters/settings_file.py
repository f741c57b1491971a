"""Read and write `tracker.yaml`, find the folder it belongs to, and load the Notion token.

The token comes from the environment or, where it is installed, from the keyring; it is never written
and never put into a message. Writes only whole new files, or one value by the same verified splice
that roadmaps get.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tracker.adapters.files import (
    FileChangedError,
    digest_of,
    make_disk_problem,
    read_file,
    replace_file,
)
from tracker.errors import Location, Problem, SettingsError, UnsafeEditError
from tracker.settings import SETTINGS_NAME, Settings

MOST_BYTES = 1_000_000
MOST_VALUES = 20_000
NO_COLUMNS: Mapping[str, str] = MappingProxyType({})
NO_REWORDING: Mapping[str, str] = MappingProxyType({})
MOST_TOLD = 50
"""Wrong settings that are listed; a file of something else may hold a hundred thousand."""

_NOT_WRITTEN = Problem(
    code="settings-not-written",
    what=f"{SETTINGS_NAME} cannot be written",
    location=Location(SETTINGS_NAME),
    kept="it is as it was; what the other side has stands, and the next sync finds it",
    next="free disk space or correct the permissions, then: tracker sync",
)


class _Loader(yaml.CSafeLoader):
    """Loads plain values, and stops at a file with far more of them than settings have."""

    # Loading takes time by the value: the limit of bytes alone would allow for seconds of it.
    values = 0

    def descend_resolver(self, _parent: yaml.Node | None, _index: object) -> None:
        """Count a value; the composer calls this on its way into every one."""
        self.values += 1
        if self.values > MOST_VALUES:
            raise yaml.YAMLError(f"it has more than {MOST_VALUES:,} values")


def find_folder(start: Path) -> Path:
    """Return the nearest folder with settings, from `start` upwards; raise SettingsError."""
    start = start.absolute()
    for folder in (start, *start.parents):
        path = folder / SETTINGS_NAME
        if path.exists() or path.is_symlink():
            # Whatever it is: reading it reports a pipe or a folder of this name.
            return folder
    raise SettingsError(
        Problem(
            code="no-folder",
            what="this is not a tracker folder",
            why=f"there is no {SETTINGS_NAME} here or above",
            kept="nothing was written",
            next="tracker init",
        )
    )


def load_settings(folder: Path) -> Settings:
    """Load the settings of a folder; raise SettingsError with all that is wrong in them."""
    path = folder / SETTINGS_NAME
    try:
        content: Any = yaml.load(read_file(path, MOST_BYTES), Loader=_Loader)  # noqa: S506
        return Settings.model_validate(content or {})
    except ValidationError as error:
        raise SettingsError(*_problems(error)) from None
    except yaml.MarkedYAMLError as error:  # a syntax error, whose place is known
        mark = error.problem_mark
        location = Location(SETTINGS_NAME, mark.line + 1, mark.column + 1) if mark else None
        raise SettingsError(_broken(error.problem or "not YAML", location)) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError(_broken(why, Location(SETTINGS_NAME))) from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:  # dates such as 2026-13-40, too
        raise SettingsError(_broken(str(error), Location(SETTINGS_NAME))) from None


def save_database(
    folder: Path,
    roadmap: str,
    data_source_id: str | None,
    columns: Mapping[str, str] = NO_COLUMNS,
) -> None:
    """Write where a roadmap's database is into the settings, None to remove it; the rest stays as it is.

    `columns` are the ids of the columns of a database that was adopted, by field.
    """
    values: dict[tuple[str, ...], str | None] = {
        ("notion", "databases", roadmap): data_source_id,
        ("notion", "columns", roadmap): None,
    }
    for which, column_id in columns.items():
        values["notion", "columns", roadmap, which] = column_id
    _prepare(folder, values)()


def save_track(folder: Path, track: str) -> None:
    """Write the track that is followed into the settings; raise SettingsError when it has no place."""
    try:
        _prepare(folder, {("track",): track})()
    except (UnsafeEditError, SettingsError) as error:
        step = f"write into {SETTINGS_NAME}: track: {track}"
        kept = "it is as it was"
        raise SettingsError(*(replace(it, kept=kept, next=step) for it in error.problems)) from None


def prepare_parent(
    folder: Path, page_id: str, reworded: Mapping[str, str] = NO_REWORDING
) -> Callable[[], None]:
    """Make sure that a page can be spliced into the settings, and return what does it on the disk.

    Noted databases go: they are those of another page. `reworded` are passages that would not be true
    any more, and what stands there instead. Raises SettingsError when the page cannot be spliced in, and
    so does the returned function when the file cannot be written.
    """
    values: dict[tuple[str, ...], str | None] = {
        ("notion", "databases"): None,
        ("notion", "columns"): None,
        ("notion", "parent"): page_id,
    }

    def prepare() -> Callable[[], None]:
        try:
            return _prepare(folder, values, reworded)
        except UnsafeEditError as error:
            raise SettingsError(*error.problems) from None

    def save() -> None:
        # Into the file as it is then: the databases that it notes may have left it meanwhile.
        prepare()()

    prepare()
    return save


def _prepare(
    folder: Path,
    values: Mapping[tuple[str, ...], str | None],
    reworded: Mapping[str, str] = NO_REWORDING,
) -> Callable[[], None]:
    from tracker.adapters.roadmap_files.splice import set_setting  # noqa: PLC0415

    path = folder / SETTINGS_NAME
    with _explained():
        before = read_file(path, MOST_BYTES)
        text = after = before.decode("utf-8-sig")
        for old, new in reworded.items():
            nl = "\r\n" if "\r\n" in text else "\n"
            after = after.replace(old.replace("\n", nl), new.replace("\n", nl))
        for keys, value in values.items():
            after = set_setting(after, keys, value)

    def save() -> None:
        with _explained():
            if after != text:
                # A byte order mark is no part of the text, and is written back.
                bom = before[: len(before) - len(text.encode())]
                replace_file(path, bom + after.encode(), expected_digest=digest_of(before))

    return save


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what a disk or another program did to the settings into SettingsError."""
    try:
        yield
    except FileChangedError:
        why = "another program saved it meanwhile"
        raise SettingsError(replace(_NOT_WRITTEN, why=why)) from None
    except OSError as error:
        raise SettingsError(make_disk_problem(error, _NOT_WRITTEN)) from None


def _problems(error: ValidationError) -> list[Problem]:
    return [
        Problem(
            code="bad-setting",
            what=f"{'.'.join(str(part) for part in each['loc']) or SETTINGS_NAME} {_say(each)}",
            location=Location(SETTINGS_NAME),
            why="tracker knows: notion.parent, notion.databases, notion.columns, "
            "notion.requests_per_minute, notion.workers, notion.row_pages, prefer, target, hours_per_week, track, progress_page",
            kept="nothing was written",
            next=f"correct {SETTINGS_NAME}",
        )
        for each in error.errors(include_url=False, include_input=False)[:MOST_TOLD]
    ]


def _say(error: ErrorDetails) -> str:
    """Return what is wrong with a setting, reworded where pydantic speaks of types."""
    known = {
        "extra_forbidden": "is no setting",
        "string_type": "must be text",
        "int_type": "must be a whole number",
        "bool_type": "must be true or false",
        "float_type": "must be a number",
        "date_type": "must be a date, such as 2027-06-30",
        "dict_type": "must be a map, such as `name: value`",
        "model_type": "must be a map, such as `name: value`",
    }
    said = re.sub(r"^(Value error, |Assertion failed, )", "", error["msg"])
    if said.startswith("Input should be "):
        said = f"must be {said.removeprefix('Input should be ')}"
    return known.get(error["type"], said[:1].lower() + said[1:])


def _broken(why: str, location: Location | None) -> Problem:
    return Problem(
        code="bad-settings",
        what=f"cannot read {SETTINGS_NAME}",
        location=location,
        why=why,
        kept="nothing was written",
        next=f"correct {SETTINGS_NAME}",
    )


SERVICE, USER = "tracker", "notion"


def load_token(environ: Mapping[str, str]) -> str:
    """Return the token; NOTION_TOKEN comes first. Raises SettingsError where there is none."""
    token = environ.get("NOTION_TOKEN", "").strip() or _load_from_keyring()
    if token:
        return token
    raise SettingsError(
        Problem(
            code="no-token",
            what="there is no Notion token",
            why="NOTION_TOKEN is not set, and the keyring holds none",
            kept="nothing was written",
            next="export NOTION_TOKEN=…  (app.notion.com/developers, a token that can read, "
            "insert and update content)",
        )
    )


def save_token(token: str) -> None:
    """Keep a token in the keyring; raise SettingsError where there is none, or it refuses."""
    keyring = import_keyring()
    from keyring.errors import KeyringError  # noqa: PLC0415  an optional extra

    try:
        keyring.set_password(SERVICE, USER, token)
    except KeyringError as error:
        # A backend's message may say anything, but a token is no part of it: it is a value.
        raise SettingsError(
            _no_keyring(f"it refused: {str(error) or type(error).__name__}")
        ) from None


def import_keyring() -> Any:
    """Return the keyring's module; raise SettingsError where it is not installed."""
    try:
        import keyring  # noqa: PLC0415  an optional extra
        import keyring.errors  # noqa: PLC0415
    except ImportError:
        raise SettingsError(_no_keyring('the package "keyring" is not installed')) from None
    return keyring


def _no_keyring(why: str) -> Problem:
    return Problem(
        code="no-keyring",
        what="the token cannot be saved in the keyring",
        why=why,
        kept="nothing was written",
        next="pip install keyring    # or leave --save-token out, and export NOTION_TOKEN=…",
    )


def _load_from_keyring() -> str:
    try:
        import keyring  # noqa: PLC0415  an optional extra
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return ""
    try:
        token: str | None = keyring.get_password(SERVICE, USER)
    except KeyringError:
        return ""
    return (token or "").strip()
