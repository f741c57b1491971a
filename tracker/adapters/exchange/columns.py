"""The columns of a table: which key of a skill each of them holds.

Pure. Header names are taken tolerantly; of two columns for one key the first counts, but links and
notes add up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.adapters.exchange.cells import read_check
from tracker.adapters.exchange.fields import KEYS, list_names
from tracker.adapters.exchange.report import Report, show
from tracker.adapters.exchange.statuses import fold

_OWN = {
    "name": """
        skill, skills, name, skill name, title, task, tasks, task name, topic, item, page, course
        courses, course name, course title, lesson, lessons, lecture, subject, concept, exercise
        problem, assignment, activity
        fahigkeit, thema, titel, aufgabe, bezeichnung, kurs, competence, sujet, titre, tache, nom
        cours, habilidad, tema, titulo, tarea, nombre, curso, habilidade, topico, tarefa, nome
        competenza, argomento, titolo, attivita, corso, навык, тема, название, задача, курс
        技能, 名称, 名稱, 主题, 主題, 任务, 标题, 標題, 课程, 課程, スキル, 名前, 이름
    """,
    "section": """
        section, category, module, chapter, group, area, phase, unit, part
        kategorie, abschnitt, kapitel, bereich, modul, categorie, chapitre, categoria, seccion
        capitulo, secao, seccao, sezione, capitolo, раздел, категория, глава, модуль
        章节, 章節, 分类, 分類, 类别, 類別, 模块
    """,
    "id": "tracker id, skill id, id",
    "order": "order, position",
    "roadmap": "roadmap",
    "parent": "parent item, parent, parent task, parent skill, part of, belongs to",
    "children": "sub item, sub items, subitem, subitems",
    "done": """
        done, complete, checkbox, check, checked, is done, learned, learnt
        erledigt, fertig, gelernt, fait, hecho, feito, fatto, готово, сделано, выполнено
        完成, 已完成, 完了, 완료
    """,
    "unlocks": "unlocks",
}
_BY_HEADER: Mapping[str, str] = dict(KEYS) | list_names(_OWN)
_ADDRESS = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)
_SUMS = frozenset({"resources", "notes"})
REPEATED = "repeated"
"""What a column holds that another one holds already; it is told of where it is found."""


@dataclass(frozen=True, slots=True)
class Columns:
    """For each column the key it holds, or an empty text; `headers` are as written."""

    headers: tuple[str, ...]
    keys: tuple[str, ...]

    def find(self, row: Sequence[str], key: str) -> str:
        """Return the first cell of a row that holds a key and is not empty."""
        return next((cell for cell in self.find_all(row, key)), "")

    def find_all(self, row: Sequence[str], key: str) -> list[str]:
        """Return all cells of a row that hold a key and are not empty."""
        return [
            cell for held, cell in zip(self.keys, row, strict=False) if held == key and cell.strip()
        ]


def find_key(header: str) -> str:
    """Return the key that a header means, or an empty text."""
    return _BY_HEADER.get(fold(header), "")


def read_columns(headers: Sequence[str], line: int, report: Report) -> Columns:
    """Tell what each column holds; without a column for names the first one has them."""
    keys: list[str] = []
    for header in headers:
        key = find_key(header)
        if key and key in keys and key not in _SUMS:
            what = f'the column "{show(header)}" was left out'
            report.note(line, "column-not-imported", what, why=f"another one holds the {key}")
            key = REPEATED
        keys.append(key)
    if "name" not in keys and keys:
        index = keys.index("") if "" in keys else 0
        what = f'the column "{show(headers[index])}" is taken for the names of skills'
        report.note(line, "column-guessed", what, why="no column is called Name or Skill")
        keys[index] = "name"
    return Columns(tuple(headers), tuple(keys))


def judge_unknown(
    columns: Columns, rows: Sequence[Sequence[str]], line: int, report: Report
) -> Columns:
    """Take the columns that nothing is known about for links if they hold nothing else.

    The others are reported, unless they are empty.
    """
    keys = list(columns.keys)
    for index, (header, key) in enumerate(zip(columns.headers, columns.keys, strict=True)):
        filled = [row[index] for row in rows if index < len(row) and row[index].strip()]
        count = len(filled)
        if not key and count and all(map(_ADDRESS.fullmatch, filled)):
            keys[index] = "resources"
            what = f'the column "{show(header)}" is taken for links'
            report.note(line, "column-guessed", what, why="each of its cells is an address")
        elif not key and count and "done" not in keys and all(map(_is_box, filled)):
            keys[index] = "done"
            what = f'the column "{show(header)}" is taken for boxes'
            report.note(line, "column-guessed", what, why="each of its cells is ticked or empty")
        elif not key and count:
            cells = "one cell" if count == 1 else f"{count:,} cells"
            report.tell(
                line,
                "column-not-understood",
                f'the column "{show(header)}" with {cells} was left out',
                why="a skill has no such key; addresses in it were kept as links"
                if any("://" in cell for cell in filled)
                else "a skill has no such key",
                then="rename the column to Notes to keep it",
            )
    return Columns(columns.headers, tuple(keys))


def _is_box(cell: str) -> bool:
    """Tell whether a cell is a sign for done or to do, and no word."""
    return read_check(cell) is not None and not any(map(str.isalpha, cell.strip("[]xX: ")))
