"""Hours, days, boxes and statuses as people and programs write them, in many languages."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.adapters.exchange.foreign_values import (
    find_decimal_comma,
    read_check,
    read_day,
    read_hours,
    read_status,
)
from tracker.roadmap.model import Status


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("1,000", 1000),
        ("1,250.5", 1250.5),
        ("1,5", 1.5),
        ("2,5", 2.5),
        ("1.000,5", 1000.5),
        ("1 000", 1000),
        ("1\u00a0000,5", 1000.5),
        ("1\u202f000", 1000),
        ("1'000.5", 1000.5),
        ("12,000,000", 12_000_000),
        ("1.000.000", 1_000_000),
        ("0,125", 0.125),
        ("1.125", 1.125),
        ("12,50", 12.5),
        ("1234,567", 1234.567),
        ("1h 30m", 1.5),
        ("2 h 15 min", 2.25),
        ("2,5 Stunden", 2.5),
        ("3 heures", 3),
        ("1,200 minutes", 20),
        ("1e3", 1000),
        (".5", 0.5),
        ("1.000", None),
        ("2.500", None),
        ("1,00,000", None),
        ("1,000,50", None),
        ("1,2.3", None),
        ("1:30", None),
        ("1 00", None),
        ("2-3", None),
    ],
)
def test_a_comma_is_a_decimal_sign_only_where_it_can_be_one(text, hours):
    """Thousands are read as such in every country's writing; what can be two numbers is none."""
    assert read_hours(text) == hours


@pytest.mark.parametrize(
    ("text", "comma", "hours"),
    [
        ("1.000", True, 1000),
        ("1.125", True, 1125),
        ("1,000", True, None),
        ("1,125", True, None),
        ("1.250", False, 1.25),
        ("1,000", False, 1000),
        ("2,5", True, 2.5),
        ("2.5", True, 2.5),
    ],
)
def test_the_other_numbers_tell_what_a_sign_means(text, comma, hours):
    """Beside 2,5 a point parts thousands, and 1,000 could be one or a thousand."""
    assert read_hours(text, decimal_comma=comma) == hours


@pytest.mark.parametrize(
    ("texts", "comma"),
    [
        (["2,5", "1.000"], True),
        (["1.000,5"], True),
        (["2.5", "1,000"], False),
        (["1,250.5"], False),
        (["1,250.5", "1,5"], None),
        (["1,000", "1.000", "3", ""], None),
    ],
)
def test_a_column_tells_how_its_numbers_are_written(texts, comma):
    """Only a number that can be read in one way counts, and only if no other contradicts."""
    assert find_decimal_comma(texts) is comma


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.TODO, ("Offen, nicht begonnen, À faire, A faire, Pendiente, Por hacer, A fazer, "
         "Não iniciado, Da fare, Не начато, 未开始, 待办, 未着手, 시작 전, Te doen, ☐, ⬜, ❌, 0%, 0 %")),  # noqa: RUF001
        (Status.DOING, ("In Arbeit, In Bearbeitung, En cours, En progreso, Em andamento, In corso, "
         "В процессе, 进行中, 進行中, 진행 중, Bezig, W toku, 🚧, ⏳ , 40%, :construction:")),  # noqa: RUF001
        (Status.DONE, ("Erledigt, FERTIG, Abgeschlossen, Terminé, Terminée, Fait, Hecho, Completado, "
         "Concluído, Feito, Fatto, Completato, Готово, Завершён, 完成, 已完成, 完了, 완료, Klaar, "
         "✔️, ✓, 100%, 100.0 %, :white_check_mark:")),
        (Status.SKIPPED, ("Übersprungen, Abgebrochen, Annulé, Omitido, Cancelado, Saltato, Пропущено, "
         "跳过, 已取消")),
    ],
    ids=lambda value: value.value if isinstance(value, Status) else "",
)  # fmt: skip
def test_words_of_other_languages_are_statuses(status, words):
    """What a status is called in the languages of many learners is known, accents or not."""
    assert {word: read_status(word) for word in words.split(", ")} == dict.fromkeys(
        words.split(", "), status
    )


@pytest.mark.parametrize("text", ["", "blocked", "✅ or ⬜", "150%", "gut"])
def test_what_is_no_status_or_two_means_none(text):
    """A sign for done beside one for to do tells nothing."""
    assert read_status(text) is None


@pytest.mark.parametrize(
    ("text", "is_ticked"),
    [
        ("TRUE", True), ("WAHR", True), ("VRAI", True), ("VERDADERO", True), ("Sí", True),
        ("☑️", True), (":white_check_mark:", True), ("FALSE", False), ("FALSCH", False),
        ("Não", False), ("❌", False), ("", None), ("⏳", None), ("perhaps", None),
    ],
)  # fmt: skip
def test_boxes_of_spreadsheets_are_read_in_many_languages(text, is_ticked):
    """Spreadsheets export a box as TRUE, in the language of the country."""
    assert read_check(text) is is_ticked


@pytest.mark.parametrize(
    "text",
    ["3. Juni 2026", "3 juin 2026", "3 de junio de 2026", "3 de junho de 2026", "3 giugno 2026",
     "3 июня 2026 г.", "2026年6月3日", "June 3rd, 2026", "3rd June 2026", "03.06.2026"],  # noqa: RUF001
)  # fmt: skip
def test_days_are_read_in_many_languages(text):
    """The names of months are known in the languages in which statuses are known."""
    assert read_day(text) == date(2026, 6, 3)
