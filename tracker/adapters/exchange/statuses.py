"""What people call a status: words of many languages, signs, and a share of the whole.

Pure. Words are compared without case, accents and punctuation. What can mean two statuses means
none here: the caller says so.
"""

from __future__ import annotations

import re
import unicodedata

from tracker.roadmap.model import Status

# One line a language: English, German, French, Spanish, Portuguese, Italian, Russian, Dutch,
# Polish, then Chinese, Japanese and Korean.
_WORDS = {
    Status.TODO: """
        todo, to do, not started, open, new, planned, backlog, next, later, pending, no, not done
        incomplete, not yet, unstarted, not begun, to learn, to read, false, unchecked, waiting
        offen, nicht begonnen, nicht angefangen, nicht gestartet, zu erledigen, zu tun, geplant
        ausstehend, noch offen, nein, nicht erledigt, neu, falsch
        à faire, non commencé, pas commencé, à venir, prévu, en attente, non, pas fait, faux
        por hacer, pendiente, sin empezar, no iniciado, no empezado, sin iniciar, planificado, falso
        a fazer, por fazer, pendente, não iniciado, não começado, planejado, planeado, não
        da fare, non iniziato, non cominciato, in attesa, in sospeso, pianificato
        не начато, не начат, не начата, запланировано, к выполнению, сделать, нет, не сделано, ложь
        te doen, niet begonnen, niet gestart, nee
        do zrobienia, nie rozpoczęto, nierozpoczęte, nie
        未开始, 尚未开始, 未開始, 尚未開始, 待办, 待辦, 待处理, 待處理, 待学, 待学习, 未完成, 计划中, 否
        未着手, 未完了, いいえ, 시작 전, 할 일, 아니요
    """,
    Status.DOING: """
        doing, in progress, started, ongoing, active, current, learning, wip, reading, begun, underway
        in arbeit, in bearbeitung, läuft, laufend, begonnen, angefangen, gestartet, aktiv
        en cours, commencé, commencée, entamé, entamée
        en curso, en progreso, en proceso, empezado, empezada, iniciado, iniciada, haciendo
        em andamento, em progresso, em curso, fazendo, começado
        in corso, iniziato, iniziata, cominciato, in lavorazione
        в процессе, в работе, начато, начат, начата, выполняется, изучаю
        bezig, mee bezig, in uitvoering
        w toku, w trakcie, rozpoczęte
        进行中, 進行中, 正在进行, 学习中, 學習中, 处理中, 作業中, 着手, 진행 중, 진행중
    """,
    Status.DONE: """
        done, complete, completed, finished, learned, learnt, mastered, closed, yes, x, passed, true
        checked
        erledigt, fertig, abgeschlossen, beendet, gelernt, getan, gemacht, ja, wahr
        fait, faite, terminé, terminée, fini, finie, achevé, achevée, complété, complétée, oui, vrai
        hecho, hecha, terminado, terminada, completado, completada, finalizado, finalizada, listo
        lista, acabado, si, completo, completa, verdadero
        feito, feita, concluído, concluída, pronto, sim, verdadeiro, acabada
        fatto, fatta, completato, completata, finito, finita, terminato, terminata, concluso, vero
        сделано, готово, выполнено, завершено, завершён, завершена, закончено, изучено, пройдено
        да, истина
        klaar, gedaan, afgerond, voltooid, waar
        zrobione, gotowe, ukończone, zakończone, tak, prawda
        完成, 已完成, 已学, 已学完, 学完, 已學, 做完, 已掌握, 掌握, 是, 完了, 済, 済み, はい, 완료, 예
    """,
    Status.SKIPPED: """
        skipped, skip, cancelled, canceled, dropped, wont do, not needed, archived, abandoned
        übersprungen, ausgelassen, abgebrochen, entfällt, nicht nötig, verworfen, abgesagt
        ignoré, ignorée, sauté, sautée, annulé, annulée, abandonné, abandonnée
        omitido, omitida, saltado, saltada, cancelado, cancelada, descartado, descartada
        ignorado, ignorada, pulado, pulada
        saltato, saltata, annullato, annullata, ignorato, scartato
        пропущено, пропущен, отменено, отменен, не нужно
        overgeslagen, geannuleerd
        pominięte, anulowane
        跳过, 已跳过, 跳過, 略过, 取消, 已取消, スキップ, 中止, 건너뜀, 취소
    """,
}

SIGNS = {
    **dict.fromkeys("✅☑✔✓🗹🟩√", Status.DONE),
    **dict.fromkeys("☐⬜◻□▢🔲◽❌✗✘", Status.TODO),
    **dict.fromkeys("🚧⏳⌛🔄🟨◐", Status.DOING),
    **dict.fromkeys("⏭", Status.SKIPPED),
}
"""Signs that stand for a status in a cell, in a box, or beside the words of an entry."""

SHORTCODES = {
    ":white_check_mark:": "✅",
    ":heavy_check_mark:": "✔",
    ":ballot_box_with_check:": "☑",
    ":white_large_square:": "⬜",
    ":white_medium_square:": "◻",
    ":black_square_button:": "🔲",
    ":x:": "❌",
    ":construction:": "🚧",
    ":hourglass_flowing_sand:": "⏳",
    ":hourglass:": "⌛",
}
"""How GitHub and others spell some of the signs."""

VARIATION = "\ufe0e\ufe0f"
"""What may stand behind a sign and tells whether it is shown as a picture."""

_PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]0+)? ?%")
_ALL = 100


def fold(text: str) -> str:
    """Return the words of a text in the form in which they are compared."""
    plain = unicodedata.normalize("NFKD", text.replace("'", "").replace("\u2019", ""))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w\s]|_", " ", bare).casefold().split())


_BY_WORD = {
    fold(word): status
    for status, lines in _WORDS.items()
    for line in lines.strip().splitlines()
    for word in line.split(",")
}


def read_status(text: str) -> Status | None:
    """Return the status that a word, a sign or a share of the whole stands for, or None."""
    known = _BY_WORD.get(fold(text))
    if known is not None:
        return known
    if share := _PERCENT.fullmatch(text.strip()):
        count = int(share[1])
        if count > _ALL:
            return None
        return Status.DONE if count == _ALL else Status.DOING if count else Status.TODO
    for code, sign in SHORTCODES.items():
        text = text.replace(code, sign)
    found = {status for sign, status in SIGNS.items() if sign in text}
    return found.pop() if len(found) == 1 else None
