"""Values of a skill's keys as foreign text has them, set on a draft or reported.

Pure. Keys are those of a roadmap file; under which names others know them stands in `KEYS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tracker.adapters.exchange.cells import read_day, read_hours
from tracker.adapters.exchange.draft import Draft
from tracker.adapters.exchange.report import Report, add_links, show
from tracker.adapters.exchange.statuses import fold, read_status
from tracker.adapters.exchange.words import split_words
from tracker.roadmap.model import Status

# Names of keys in English, then in German, French, Spanish, Portuguese, Italian, Russian, Chinese.
_NAMES = {
    "goal": """
        goal, objective, outcome, learning objective
        ziel, lernziel, objectif, objetivo, obiettivo, цель, 目标, 目標
    """,
    "status": """
        status, state, progress
        fortschritt, statut, etat, avancement, estado, progreso, situacao, andamento, progresso
        stato, avanzamento, статус, состояние, прогресс, 状态, 狀態, 进度, ステータス, 상태
    """,
    "level": """
        level, difficulty
        niveau, stufe, schwierigkeit, difficulte, nivel, dificultad, dificuldade, livello, difficolta
        уровень, сложность, 难度, 難度, 级别, 等级, 难易度
    """,
    "hours": """
        hours, estimate, estimated hours, est hours, duration, time, estimated time, time estimate
        stunden, dauer, aufwand, heures, duree, horas, duracion, duracao, ore, durata
        часы, длительность, 小时, 时长, 学时, 時間, 所需时间
    """,
    "started": """
        started, start, start date, started on, started at, date started, begun, begun on, begin date
        begonnen, begonnen am, gestartet am, beginn, startdatum, commence le, date de debut, debut
        fecha de inicio, inicio, iniciado el, data de inicio, iniciado em, inizio, data di inizio
        iniziato il, начато, начал, дата начала, 开始日期, 开始时间, 開始日
    """,
    "completed": """
        completed, completed on, completed at, completed date, completion date, date completed, done on
        done at, done date, date done, completion, date of completion, finished, finished on
        finished at, finish date, finished date, date finished, finish, end date, end, ended, ended on
        date ended, date learned, learned on, closed, closed on, closed at, date closed
        erledigt am, abgeschlossen am, abgeschlossen, fertig am, beendet am, abschlussdatum, enddatum
        termine le, fini le, date de fin, date d achevement, fecha de finalizacion, fecha de fin
        fecha fin, completado el, terminado el, finalizado el, completado, finalizado
        data de conclusao, data de termino, concluido em, terminado em, concluido
        data di fine, data di completamento, completato il, finito il, completato
        дата завершения, дата окончания, завершено, закончено, 完成日期, 完成时间, 完成日, 完了日
    """,
    "requires": """
        requires, prerequisites, prerequisite, depends on, needs, blocked by
        voraussetzungen, voraussetzung, prerequis, pre requis, requisitos, prerequisitos
        pre requisitos, prerequisiti, требования, 前置, 先修, 先修课程, 前提
    """,
    "tags": """
        tags, tag, labels, keywords, topics
        schlagworter, stichworter, etiquettes, mots cles, etiquetas, etichette, теги, метки, 标签, 標籤
    """,
    "covered_by": "covered by",
    "resources": """
        resources, resource, links, link, url, urls, material, materials, reading, website, web page
        ressourcen, quellen, materialien, lien, liens, ressources, enlace, enlaces, recursos, recurso
        collegamento, collegamenti, risorse, risorsa, ссылка, ссылки, ресурсы, материалы
        链接, 連結, 资源, 資源, リンク
    """,
    "notes": """
        notes, note, comments, comment, description, details, remarks
        notizen, notiz, anmerkungen, anmerkung, bemerkungen, kommentar, kommentare, beschreibung
        remarques, commentaires, commentaire, notas, nota, comentarios, comentario, descripcion
        observacoes, descricao, commenti, descrizione, заметки, заметка, примечания, комментарий
        описание, 备注, 備註, 笔记, 筆記, 描述, 说明, メモ
    """,
}


def list_names(names: Mapping[str, str]) -> dict[str, str]:
    """Map each name, as `fold` has it, to the key that it means."""
    return {
        fold(name): key
        for key, lines in names.items()
        for line in lines.strip().splitlines()
        for name in line.split(",")
    }


KEYS: Mapping[str, str] = list_names(_NAMES)
"""Names of keys as `fold` has them, and the keys of a roadmap file that they mean."""


_LONG = frozenset({"goal", "notes"})
"""Keys whose text may have several lines."""

_BREAK = re.compile("\r\n?")
"""A line end within a text, as Windows saves it."""


class Setter:
    """Sets the values of drafts; what a value cannot be is reported.

    `day_first` tells, for each key, how a date like 3/11/2026 is meant, `decimal_comma` what a
    comma in a number means.
    """

    def __init__(
        self,
        report: Report,
        day_first: Mapping[str, bool | None] | None = None,
        *,
        decimal_comma: bool | None = None,
    ) -> None:
        self._report = report
        self._day_first = day_first or {}
        self._decimal_comma = decimal_comma
        self._setters: Mapping[str, Callable[[Draft, str, int], None]] = {
            "status": self._set_status,
            "hours": self._set_hours,
            "started": lambda draft, text, line: self._set_day(draft, "started", text, line),
            "completed": lambda draft, text, line: self._set_day(draft, "completed", text, line),
            "goal": self._set_goal,
            "level": lambda draft, text, _: setattr(draft, "level", text),
            "notes": lambda draft, text, _: draft.notes.append(text),
            "tags": lambda draft, text, _: setattr(draft, "tags", split_words(text)),
            "requires": lambda draft, text, _: setattr(draft, "requires", split_words(text)),
            "covered_by": lambda draft, text, _: setattr(draft, "covered_by", split_words(text)),
        }

    def set(self, draft: Draft, key: str, text: str, line: int) -> None:
        """Set the value of a key, but for resources; an empty text sets nothing."""
        if text.strip():
            plain = _BREAK.sub("\n", text) if key in _LONG else text
            self._setters[key](draft, plain, line)

    def _set_status(self, draft: Draft, text: str, line: int) -> None:
        status = read_status(text)
        if status is None:
            words = ", ".join(each.value for each in Status)
            self._tell(draft, line, ("status", text), f"it is no status ({words})")
        else:
            draft.has_status = True
        draft.status = status or Status.TODO

    def _set_hours(self, draft: Draft, text: str, line: int) -> None:
        draft.hours = read_hours(text, decimal_comma=self._decimal_comma)
        if draft.hours is None:
            why = "it is no number of hours, or can be read in two ways; write it as 1000 or 2.5"
            self._tell(draft, line, ("hours", text), why)

    def _set_day(self, draft: Draft, key: str, text: str, line: int) -> None:
        day = read_day(text, day_first=self._day_first.get(key), last=key == "completed")
        if day is None:
            why = "it is no day, or can be read in two ways; write it as 2026-11-03"
            self._tell(draft, line, (key, text), why)
        setattr(draft, key, day)

    def _set_goal(self, draft: Draft, text: str, _: int) -> None:
        if draft.goal is None:
            draft.goal = text
        else:
            draft.notes.append(text)

    def _tell(self, draft: Draft, line: int, value: tuple[str, str], why: str) -> None:
        key, text = value
        what = f'the {key} "{show(text)}" of "{show(draft.name)}" was left out'
        why = add_links(why, text, what)
        self._report.tell(line, "value-not-understood", what, why=why)
