"""Damage of optical recognition: measured, and mended only where nothing else is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto.corpus.ocr import measure, repair_words
from tests.corpus.conftest import Refine, documents, lineage

CLEAN = "La cooperativa celebra su junta anual y el libro de actas está en la casa de todos. " * 5


@pytest.mark.parametrize(
    "damaged",
    [
        "l1bro",
        "pre|cio",
        "c0sa",
        "coSa",
        "coope- rativa",
        "b c d",
        "abstrrrctdo",
        "casa\ufffdgrande",
    ],
)
def test_damage_is_measured(damaged: str) -> None:
    assert measure(CLEAN) == (0.0, 0.0)
    assert measure(f"{CLEAN} {damaged} {damaged}")[0] > 0


@pytest.mark.parametrize(
    "fine",
    [
        "J. R. Pérez, S.A. (a) b) 1.º",
        "get_value() utf8mb4 https://a.example/x1y i18n getName iPhone sqlcmd v1.0.3",
        "`l1bro` y ```\nc0sa coSa\n```",
        "e-mail franco-español 3 o 4 y 5 u 8 a las 10h",
    ],
)
def test_what_is_no_damage(fine: str) -> None:
    assert measure(CLEAN + fine)[0] == 0.0


def test_old_spelling_is_not_damage() -> None:
    noise, archaic = measure("Agora dixo ansí mesmo el fidalgo que la fermosa dama le fizo merced.")
    assert noise == 0.0
    assert archaic > 0.4
    assert measure("Thou hast what he hath.")[1] > 0.4


@pytest.mark.parametrize(
    ("damaged", "mended", "count"),
    [
        ("el l1bro y la c0sa", "el libro y la cosa", 2),
        ("por e1 carnpo, señ0r", "por e1 campo, señor", 2),
        ("tiernpo y pre|cio!", "tiempo y pre|cio!", 1),
        ("L1bro de Garcla", "L1bro de Garcla", 0),
        ("`l1bro` ```\nl1bro\n``` a_l1bro l1bro.txt x@l1bro /l1bro", None, 0),
        ("12 de 1985, utf8mb4, i18n, b2b", None, 0),
        # At a word's edges, and in forms that the list lacks.
        ("un 1ugar cuand0 5iempre so6re", "un lugar cuando siempre sobre", 4),
        ("ta1es cosas fuer0n much0", "tales cosas fueron mucho", 3),
        ("clase5 nota1 5ta 1era grupo8 tema 3a h264 mp3 covid19", None, 0),
    ],
)
def test_repair(damaged: str, mended: str | None, count: int) -> None:
    assert repair_words(damaged, "es", frozenset()) == (mended or damaged, count)


def test_words_of_the_corpus_stay() -> None:
    assert repair_words("el carnpo", "es", frozenset({"carnpo"})) == ("el carnpo", 0)


def test_repair_in_the_corpus_and_its_account(tmp_path: Path, refine: Refine) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(4):
        text = CLEAN.replace("junta", f"junta número {number} de tiernpo")
        (folder / f"{number}.txt").write_text(text + f" Otras palabras {number * 7} distintas.")
    (folder / "x.txt").write_text(CLEAN.replace("libro", "l1bro") + " Y nada más que decir.")
    off, _ = refine(folder, "off", dedup={"enabled": False})
    assert "l1bro" in "".join(row["text"] for row in documents(off))
    assert dict(lineage(off)["x.txt"]["measures"])["ocr.noise"] > 0
    on, _ = refine(folder, "on", dedup={"enabled": False}, repair={"ocr": True})
    texts = "".join(row["text"] for row in documents(on))
    assert "l1bro" not in texts
    assert "ocr:5" in lineage(on)["x.txt"]["changes"]
    # It stands in four documents, so it is a word of theirs.
    assert texts.count("tiernpo") == 20
