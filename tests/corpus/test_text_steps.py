"""Decoding, cleaning, language, harm, boilerplate: each judged by cases that once went wrong."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialecto.corpus.boilerplate import (
    boilerplate_lines,
    boilerplate_step,
    count_lines,
    family,
)
from dialecto.corpus.clean import clean
from dialecto.corpus.decode import NotText, decode
from dialecto.corpus.harm import harm_categories
from dialecto.corpus.language import judge_languages
from dialecto.corpus.table import SCHEMA

SPANISH = (
    "El señor Núñez salió mañana por la montaña; ¿quién lo vio? «Nadie», contestó él. Año 2024."
)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("latin-1", "cp1252"),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings_of_spanish(encoding: str, name: str) -> None:
    assert decode(SPANISH.encode(encoding)) == (SPANISH, name)


def test_typographic_signs_of_windows() -> None:
    text = "Cuesta 3 € — “según” la tarifa… El camión llegó."
    assert decode(text.encode("cp1252")) == (text, "cp1252")


def test_other_alphabets() -> None:
    russian = "Привет, это довольно длинный текст на русском языке, чтобы его узнать. " * 4
    assert decode(russian.encode("cp1251"))[0] == russian
    assert decode(russian.encode("koi8-r"), "koi8-r")[0] == russian


def test_utf8_cut_in_a_character_or_slightly_spoilt() -> None:
    data = SPANISH.encode()
    assert decode(data[: data.index("ñ".encode()) + 1])[1] == "utf-8"
    spoilt = (SPANISH * 5).encode() + b"\xff" + SPANISH.encode()
    text, name = decode(spoilt)
    assert name == "utf-8 with errors"
    assert text.count(SPANISH) == 6


def test_binary_is_not_text() -> None:
    with pytest.raises(NotText):
        decode(bytes(range(256)) * 4)


@given(st.binary(max_size=300))
def test_decode_never_fails_otherwise(data: bytes) -> None:
    try:
        text, name = decode(data)
    except NotText:
        return
    assert isinstance(text, str)
    assert name


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_mojibake_is_mended(encoding: str) -> None:
    broken = "La señal llegó mañana".encode().decode(encoding, "replace")
    assert clean(broken) == ("La señal llegó mañana", ["mojibake"])


def test_clean_text() -> None:
    assert clean("a\r\nb\rc\u2028d") == ("a\nb\nc\nd", [])
    assert clean("cafe\u0301") == ("café", ["nfc"])
    assert clean("za\u200bpa\u00adto\u202e") == ("zapato", ["invisible:3"])
    assert clean("uno\u00a0dos \t\n\n\n\n\ntres\x07") == ("uno dos\n\ntres", ["control:1"])


def test_clean_takes_linear_time_on_white_space() -> None:
    text = "a" + " " * 300_000 + "b"
    assert clean(text)[0] == text  # quadratic: minutes


@given(st.text(max_size=200))
@example("\xa0Â\x80")  # mended twice: first the euro sign, then what stands before it
def test_clean_is_idempotent(text: str) -> None:
    once = clean(text)[0]
    assert clean(once)[0] == once


ENGLISH = "The board approved the new price of oil and asked the members to wait for the harvest. "


def test_language_of_prose() -> None:
    assert judge_languages([SPANISH * 3], ["es"], 0.5)[0] == ("es", True)
    assert judge_languages([ENGLISH * 3], ["es"], 0.5)[0] == ("en", False)
    assert judge_languages([ENGLISH * 3], ["es", "en"], 0.5)[0] == ("en", True)
    french = "Le conseil a approuvé le prix de l'huile et demande aux membres d'attendre. " * 3
    assert judge_languages([french], ["es"], 0.5)[0] == ("fr", False)


def test_code_and_short_texts_stay() -> None:
    code = "```\n" + "for (int i = 0; i < the_number; i++) { return the_value(i); }\n" * 40 + "```"
    text = f"# Ejemplo\n\nEn este ejemplo se muestra el uso del método.\n\n{code}"
    assert judge_languages([text], ["es"], 0.5)[0][1]
    assert judge_languages(["2024-01-01 12:00 42"], ["es"], 0.5)[0] == ("", True)


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("Instrucciones para fabricar en casa una bomba casera con clavos.", ["weapons"]),
        ("This guide explains how to build a pipe bomb in your garage.", ["weapons"]),
        ("Hay que exterminar a todos los inmigrantes del barrio.", ["hate"]),
        ("Te voy a matar como a un perro, hijo de puta, ya lo verás.", ["abuse", "violence"]),
        ("How to clone credit cards in three steps", ["crime"]),
        ("La bomba de agua del pozo se hace revisar cada año por el técnico.", []),
        ("Se prohíbe fabricar explosivos; llame a la policía si encuentra una bomba.", []),
        ("El recolector de basura libera la memoria; basura, basura y más basura.", []),
        ("El envío va retrasado y el forro de la caja, roto. Pinche aquí para ver más.", []),
        ("The process was killed with kill -9 after the crash; poison messages are dropped.", []),
        ("Prevención del suicidio: si necesita ayuda, llame al 024.", []),
    ],
)
def test_harm(text: str, categories: list[str]) -> None:
    assert harm_categories(text) == categories


def table(rows: list[tuple[str, str]]) -> pa.Table:
    empty = dict.fromkeys(("sha256", "lang", "outcome", "reason", "detail"), "")
    return pa.Table.from_pylist(
        [
            {**empty, "id": path, "source": "web", "path": path, "text": text, "changes": []}
            for path, text in rows
        ],
        schema=SCHEMA,
    )


def test_chrome_goes_and_structure_stays() -> None:
    pages = [
        (
            f"p{n}.html",
            f"Inicio\nProductos\n# Página {n}\n\nTexto propio número {n}.\n\nHorario\nDe {n} a dos."
            f"\n\n© 2024 Cooperativa",
        )
        for n in range(10)
    ]
    own = table([*pages, ("solo.txt", "Inicio\nun texto de otro formato")])
    counts: Counter[tuple[str, int]] = Counter()
    count_lines(own, counts)
    drop = boilerplate_lines((group, line, number) for (group, line), number in counts.items())
    cleaned = boilerplate_step(own, drop).to_pylist()
    assert cleaned[3]["text"] == "# Página 3\n\nTexto propio número 3.\n\nHorario\nDe 3 a dos."
    assert cleaned[3]["changes"] == ["boilerplate:3"]
    assert cleaned[-1]["text"] == "Inicio\nun texto de otro formato"


def test_a_page_held_many_times_does_not_vanish_with_all_its_copies() -> None:
    page = "# Aviso\n\nEl almacén cierra el lunes por inventario y abre el martes a las ocho."
    own = table([(f"{n}.html", page) for n in range(8)])
    counts: Counter[tuple[str, int]] = Counter()
    count_lines(own, counts)
    drop = boilerplate_lines((group, line, number) for (group, line), number in counts.items())
    assert drop
    assert {row["text"] for row in boilerplate_step(own, drop, 40).to_pylist()} == {page}


def test_who_may_share_chrome() -> None:
    assert family("s", "a/b.MD") == family("s", "x.zip!/c.md") == family("s", "c.md.gz") == "s\t.md"
    assert family("s", "x.tar.gz!/c.jsonl.zst:17") == family("s", "c.jsonl:1") == "s\t.jsonl"
    assert family("s", "x.warc.gz!/https://Sitio.example:80/a.html#2") == "s\tsitio.example"
    assert family("s", "nota: uno.md") == "s\t.md"
    assert family("s", "LEEME") == "s\t"
