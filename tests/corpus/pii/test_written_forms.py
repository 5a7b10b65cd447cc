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
