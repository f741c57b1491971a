"""What an adoption would do: which column serves which field, what is added, what becomes of the rows.

Pure. Decides nothing.
"""

from __future__ import annotations

from tracker.cli.lines import StyledLine
from tracker.cli.render.json_values import Json, pick
from tracker.cli.render.layout import (
    AnswerView,
    cut,
    fit,
    hang,
    make_line,
    widest,
    wrap_text,
)
from tracker.cli.render.values import format_value
from tracker.sync.adoption import ForeignColumn, Reason, name_type
from tracker.sync.namesakes import Doubt
from tracker.sync.records import Field, Record
from tracker.text import plural
from tracker.workflows.adopt import Proposal

MOST_LEFT = 12
MOST_NAMES = 5
COLUMN_WIDTH = 24
_NOTES = {
    ("status", "checkbox"): "a tick is done; doing and skipped stay in the file",
    ("resources", "url"): "the first link; others stay in the file",
    ("section", "select"): "rows without one are in the Inbox",
}


def proposal_json(proposal: Proposal) -> Json:
    """Return the keys of a proposal."""
    return {
        **pick(proposal, "roadmap=name title added"),
        "new": proposal.digest is None,
        "database": pick(proposal.database, "id=database_id data_source=data_source_id title"),
        "columns": [
            {**_column_json(match.column), "field": match.field, "reason": match.reason}
            for match in proposal.matching.matches
        ],
        "left_alone": [
            {**_column_json(column), "reason": why} for column, why in proposal.matching.left
        ],
        **pick(
            proposal.fates,
            "rows matched skills_created=created rows_created=made conflicts sections twins nameless"
            " empty=blank",
        ),
        "doubtful": [doubt_json(doubt) for doubt in proposal.namesakes.doubts],
    }


def doubt_json(doubt: Doubt) -> Json:
    """Return a doubtful row with the skills that it may be."""
    return {
        "page": doubt.row.page_id,
        "name": doubt.row.record.name,
        "skills": [skill.skill_id for skill in doubt.skills],
    }


def render_proposal(proposal: Proposal, view: AnswerView) -> list[StyledLine]:
    """Render a proposal: the columns, what is added, and what becomes of the rows."""
    title = proposal.database.title or proposal.title
    lines = [
        make_line((cut(title, view.width), "bold")),
        *hang(("  as ", "dim"), _say_file(proposal), view.width),
        *_render_columns(proposal, view),
    ]
    if proposal.added:
        said = f"{', '.join(proposal.added)}; nothing else changes in the database"
        lines += hang(("  added  ", "bold green"), said, view.width)
    return [*lines, *_render_rows(proposal, view.width)]


def render_doubt(doubt: Doubt, width: int) -> list[StyledLine]:
    """Render a row that may be one of several skills, with a number for each of them."""
    lines = hang(("row ", "bold"), f"{_describe(doubt.row.record)} may be", width)
    names = widest((skill.skill_id for skill in doubt.skills), COLUMN_WIDTH)
    for number, skill in enumerate(doubt.skills, start=1):
        lines.append(
            make_line(f"  {number}  ", f"{fit(skill.skill_id, names)}  ", _describe(skill.record))
        )
    return lines


def _say_file(proposal: Proposal) -> str:
    path = f"roadmaps/{proposal.name}.yaml"
    return f"{path}, a new file" if proposal.digest is None else f"{path}, which already exists"


def _render_columns(proposal: Proposal, view: AnswerView) -> list[StyledLine]:
    """Render a line for each column: its name, its type, the field that it serves, and why."""
    matches, left = proposal.matching.matches, proposal.matching.left[:MOST_LEFT]
    columns = [*(match.column for match in matches), *(column for column, _ in left)]
    names = widest((column.name for column in columns), min(COLUMN_WIDTH, view.width // 3))
    kinds = widest((name_type(column.type) for column in columns), COLUMN_WIDTH)
    fields = widest((match.field for match in matches), COLUMN_WIDTH)

    def render(
        column: ForeignColumn, sign: str, which: str, said: str, style: str
    ) -> list[StyledLine]:
        head = [f"  {fit(column.name, names)}  ", f"{fit(name_type(column.type), kinds)}  "]
        tail = [sign, f"{fit(which, fields)}  "] if which else []
        if view.is_narrow:
            told = ": ".join(filter(None, [which, said]))
            return [make_line(*head), *hang((f"    {sign}", "dim"), told, view.width, style=style)]
        indent = sum(map(len, [*head, *tail]))
        first, *more = wrap_text(said, view.width - indent)
        parts = [*((part, "dim") for part in tail), (first, style)]
        return [
            make_line(*head, *parts),
            *(make_line(" " * indent, (part, style)) for part in more),
        ]

    lines: list[StyledLine] = []
    for match in matches:
        reason = "" if match.reason in {Reason.NAME, Reason.TITLE} else match.reason
        note = _NOTES.get((match.field.value, match.column.type), "")
        said = "; ".join(filter(None, (reason, note)))
        lines += render(match.column, "→ ", match.field, said, "")
    for column, why in left:
        lines += render(column, "", "", f"left alone: {why}", "dim")
    if len(proposal.matching.left) > len(left):
        more = len(proposal.matching.left) - len(left)
        lines.append(make_line((f"  {more} more columns are left alone", "dim")))
    return lines


def _render_rows(proposal: Proposal, width: int) -> list[StyledLine]:
    lines = hang(("  rows   ", "bold"), _say_rows(proposal), width)
    for said in _list_remarks(proposal):
        lines += hang(("         ", ""), said, width)
    return lines


def _say_rows(proposal: Proposal) -> str:
    fates = proposal.fates
    rows, made = plural(fates.rows, "row"), plural(fates.created, "skill")
    if proposal.digest is None:
        where = f" in {plural(len(fates.sections), 'section')}" if fates.sections else ""
        ticked = f", {fates.done} of them done" if fates.done else ""
        return f"{rows} to become {made}{where}{ticked}"
    matched, new_rows = plural(fates.matched, "skill"), plural(fates.made, "row")
    return f"{rows}: {matched} matched; {made} new in the file, {new_rows} new in the database"


def _list_remarks(proposal: Proposal) -> list[str]:
    """Return what else becomes of rows, each as a sentence."""
    fates, said = proposal.fates, list[str]()
    if proposal.digest is None and (twins := fates.twins):
        names = ", ".join(f'"{name}"' for name in twins[:MOST_NAMES])
        more = f" and {len(twins) - MOST_NAMES} more" if len(twins) > MOST_NAMES else ""
        said.append(f"rows of one name become skills of their own: {names}{more}")
    if fates.nameless:
        said.append(f"left out until they have a name: {plural(fates.nameless, 'row')}")
    if fates.blank:
        said.append(f"left out: {plural(fates.blank, 'empty row')}")
    if fates.conflicts:
        said.append(f"wait for a decision (tracker conflicts): {plural(fates.conflicts, 'value')}")
    if fates.unreadable:
        said.append(f"{plural(fates.unreadable, 'value')} cannot be read and stay as they are")
    if proposal.namesakes.doubts:
        said.append(f"{plural(len(proposal.namesakes.doubts), 'row')} may be one of several skills")
    return [*said, "left out: rows in the trash"]


def _column_json(column: ForeignColumn) -> Json:
    return {"column": column.name, "id": column.id, "type": column.type}


def _describe(record: Record) -> str:
    shown = [record.section, format_value(record.get(Field.STATUS)), record.level or ""]
    return f'"{record.name}" ({", ".join(filter(None, shown))})'
