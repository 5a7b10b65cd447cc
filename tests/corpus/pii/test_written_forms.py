"""Phones, addresses, dates and plates as people write them in each country."""

from __future__ import annotations

import pytest

from dialecto.corpus.pii import find_entities
from dialecto.corpus.pii.entity import ALL_TYPES
from dialecto.corpus.pii.which_language import by_language, language_of


def found(text: str, type: str, lang: str = "es") -> list[str]:
    types = ALL_TYPES - {"PLACE"}
    return [e.text for e in find_entities(text, lang=lang, types=types) if e.type == type]


@pytest.mark.parametrize(
    "value",
    ["(+34) 911234567", "612.34.56.78", "55 1234 5678", "044 55 1234 5678", "(011) 4567-8901",
     "300-123-4567", "0414-1234567", "2222-3333", "(+591) 2-2123456", "6123-4567", "099 123 456"],
)  # fmt: skip
def test_phones_behind_a_verb(value: str) -> None:
    assert found(f"Llámame al {value} por la tarde.", "PHONE") == [value]
    assert found(f"Comuníquese con nosotros al {value}", "PHONE") == [value]


@pytest.mark.parametrize("text", ["2222-3333", "el libro 84-376-0494-X", "avisamos el 12.345.678"])
def test_what_nobody_dials(text: str) -> None:
    assert found(text, "PHONE") == []


@pytest.mark.parametrize(
    "value",
    ["Calle 100 # 8A-49, Bogotá", "Urb. Los Olivos, calle 3, casa 12", "Kale Nagusia 3",
     "Avenida Insurgentes Sur 1602, Col. Crédito Constructor, C.P. 03940",
     "Polígono Industrial El Pino, nave 7", "Edificio Torre Sol, piso 4, apartamento 4-B",
     "3a Avenida 12-34, Zona 10", "Av. Amazonas N34-120 y Av. Atahualpa",
     "Carrer de Balears 12, 2n 1a", "Calle 13 entre 4 y 6", "Partida Rural La Foia, 12"],
)  # fmt: skip
def test_addresses(value: str) -> None:
    assert found(f"con domicilio en {value}.", "ADDRESS") == [value]
    assert found(f"Dirección: {value}\nOtra línea", "ADDRESS") == [value]


def test_where_people_live_without_a_kind_of_street() -> None:
    assert found("reside en Los Olivos 12, casa 3.", "ADDRESS") == ["Los Olivos 12, casa 3"]
    assert found("vive en Madrid, 45 años, y trabaja", "ADDRESS") == []
    assert found("reside en Sevilla desde 2010", "ADDRESS") == []


@pytest.mark.parametrize(
    "value", ["12 Baker Street, London NW1 6XE", "Flat 3, 22 High Road, Leeds LS1 4AB"]
)
def test_british_addresses(value: str) -> None:
    assert found(f"lives at {value}.", "ADDRESS", "en") == [value]


@pytest.mark.parametrize("value", ["1° de enero de 1975", "MAYO 3 DE 1980", "3 DE MAYO DE 1980",
                                   "3 de mayo del 80", "3rd of March 1980"])  # fmt: skip
def test_dates_of_birth(value: str) -> None:
    assert found(f"Fecha de nacimiento: {value}", "BIRTH_DATE") == [value]


@pytest.mark.parametrize("value", ["GC-1234-AB", "BB·CD·12", "C1234BBB"])
def test_plates(value: str) -> None:
    assert found(f"el vehículo con matrícula {value} se encontraba", "PLATE") == [value]


def test_the_language_of_a_text_without_a_label() -> None:
    assert language_of("The patient was seen on Monday with her mother.") == "en"
    assert language_of("La paciente vino el lunes con su madre.") == "es"
    assert language_of("12345") == "es"
    texts = ["hello, this is Ana", "hola, soy Ana"]
    assert list(by_language(texts, "auto")) == [("es", [1]), ("en", [0])]
    assert list(by_language(texts, "en")) == [("en", [0, 1])]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It is 553 19 Countess Close\n Suite 868, yes.", "553 19 Countess Close\n Suite 868"),
        ("The letter came to 28245 Puruntie 82. apt. 595", "28245 Puruntie 82. apt. 595"),
        ("Ship it to 17 Mill Lane\nDover\n OH 44622 please", "17 Mill Lane\nDover\n OH 44622"),
        ("Tomomi lives at 86036 Þorsteinsgata 63.", "86036 Þorsteinsgata 63"),
        ("> Ana\n> 24 Clarke Avenue\n> Apt. 805\n> hello", "24 Clarke Avenue\n> Apt. 805"),
    ],
)  # fmt: skip
def test_addresses_in_english(text: str, value: str) -> None:
    assert found(text, "ADDRESS", "en") == [value]


def test_what_follows_an_address_in_english_is_not_a_part_of_it() -> None:
    assert found("She lives at 12 Acacia Avenue\nThank you.", "ADDRESS", "en") == [
        "12 Acacia Avenue"
    ]
    assert found("Python 3 lives at /usr/bin, version 12.", "ADDRESS", "en") == []


@pytest.mark.parametrize(
    ("text", "value", "lang"),
    [("ZIP: 94110", "94110", "en"), ("my zip code is 8592", "8592", "en"),
     ("El código postal: 28013", "28013", "es")],
)  # fmt: skip
def test_postal_codes_by_themselves_are_places(text: str, value: str, lang: str) -> None:
    places = [e.text for e in find_entities(text, lang=lang, types=ALL_TYPES) if e.type == "PLACE"]
    assert places == [value]


def test_ages() -> None:
    text = "I'm 26 y/o, she just turned 47 and my father retired at the age of 61."
    assert found(text, "AGE", "en") == ["26", "47", "61"]
    assert found("Mi padre cumple 80.", "AGE") == ["80"]
    assert found("We turned 3 pages; the contract meets 5 goals.", "AGE", "en") == []
    assert found("El contrato cumple 3 requisitos.", "AGE") == []


def test_people_are_known_by_what_only_people_do() -> None:
    assert found("Oluwaseun Adeyemi padece asma.", "NAME") == ["Oluwaseun Adeyemi"]
    assert found("Tomomi Nishiyama lives at home.", "NAME", "en") == ["Tomomi Nishiyama"]
    for text in ("La Comisión Nacional trabaja mucho.", "Comisión Europea solicita informes."):
        assert found(text, "NAME") == []
    assert found("Visual Studio works on Linux.", "NAME", "en") == []
