"""Numbers behind their name: unusual ways of writing, and slips of the pen."""

from __future__ import annotations

import pytest

from dialecto.corpus.pii import find_entities


def found(text: str) -> list[tuple[str, str]]:
    return [(e.type, e.text) for e in find_entities(text) if e.type in ("ID", "IBAN")]


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ("La demandante, con DNI ", "50 612 334 Y"),
        ("comparece con DNI ", "50612334 - Y"),
        ("D.N.I. Nº ", "30 123 456"),
        ("identificado con C.C. ", "1'032.456.789"),
        ("cédula de ciudadanía No. ", "79 456 123"),
        ("titular de la cédula de identidad N° ", "V.-12.345.678"),
        ("cédula nacional de identidad número ", "12.345.678 - 5"),
        ("CUIT/CUIL: ", "20-05.536.168-2"),
        ("inscrito no CPF sob o nº ", "390 533 447 05"),
        ("portador do RG ", "MG-12.345.678"),
        ("titular do BI ", "10234567"),
        ("curp: ", "boxw310820hnerxn09"),
        ("registro federal de contribuyentes ", "gode561231gr8"),
        ("documento personal de identificación ", "2345 67899 0101"),
        ("Documento Único de Identidad número ", "00016297 5"),
        ("NIT: ", "900 123 456-8"),
        ("n.º de la S.S. ", "2812345678 40"),
    ],
)
def test_unusual_ways_of_writing(before: str, value: str) -> None:
    assert found(f"{before}{value}, según consta.") == [("ID", value)]


@pytest.mark.parametrize(
    ("before", "value"),
    [("CPF: ", "390.533.447-06"), ("RUT ", "12.345.678-9"), ("RFC: ", "GODE561331GR8"),
     ("CUIT ", "20-05536168-3"), ("NIE ", "X1234567A"), ("RUC ", "1792060346009")],
)  # fmt: skip
def test_slips_of_the_pen_still_point_at_somebody(before: str, value: str) -> None:
    assert found(f"Consta {before}{value}.") == [("ID", value)]
    assert found(f"La suma {value} es correcta.") == []


@pytest.mark.parametrize(
    ("before", "value"),
    [("cuenta corriente ", "191-12345678-0-12"), ("cuenta de ahorros No. ", "123-456789-01"),
     ("CLABE ", "032 180 0001 1835 9719"), ("account number ", "123456789"),
     ("IBAN: ", "ES91 2100 0418 4502 0005 1333")],
)  # fmt: skip
def test_accounts_behind_their_word(before: str, value: str) -> None:
    assert found(f"{before}{value} del banco") == [("IBAN", value)]


@pytest.mark.parametrize(
    "text",
    [
        "La población cuenta 12 345 678 habitantes.",
        "La cuenta de resultados de 2023 asciende a 1.234.567 euros.",
        "mi número es 3 y tu número es 71234",
        "Run 1234567 steps",
        "account for 1234567 users",
        "B.I. 2020-2021 y C.C. 12/03/2020",
        "IBAN (International Bank Account Number) consists of 34 characters",
        "art. 1902 C.C. y Ley 39/2015",
    ],
)
def test_the_same_words_with_other_meanings(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("after", [" antes del viernes", " de Ana", ", a nombre", "\nBIC", " a"])
def test_an_iban_ends_before_the_words_behind_it(after: str) -> None:
    for value in ("ES91 2100 0418 4502 0005 1332", "es9121000418450200051332",
                  "DE89-3704-0044-0532-0130-00", "NO93 8601 1117 947"):  # fmt: skip
        assert found(f"Ingrese en la cuenta {value}{after}") == [("IBAN", value)]
