"""Identity numbers of each country: valid ones are found, broken ones and bare digits are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto.corpus.pii import find_entities
from dialecto.corpus.pii.cues import cues
from dialecto.corpus.pii.draws import Draw
from dialecto.corpus.pii.identifiers import IDENTIFIERS, control
from dialecto.corpus.pii.identifiers.identifier import Identifier, recogniser_of
from dialecto.corpus.pii.identifiers.panama import panamanian_ruc
from dialecto.corpus.pii.reference import reference
from dialecto.corpus.pii.surrogates import checked
from dialecto.recipe.pii import COUNTRIES

KEY = bytes(range(32))
ROWS = {row.name: row for row in IDENTIFIERS}
CHECKED = [name for name, row in ROWS.items() if row.check]
# Any digit will do for these: nothing to get wrong but the form.
FORM_ONLY = {"mx.rfc", "br.rg", "cr.cedula", "cr.juridica", "hn.dni", "hn.rtn", "pa.cedula",
             "pe.dni", "pr.ein", "us.ssn", "gb.nino", "cu.ni", "mx.elector",
             "cr.dimex"}  # fmt: skip


def values(row: Identifier) -> list[str]:
    """The example and three more that its rule makes."""
    rule = recogniser_of(row)
    made = [row.example]
    for number in range(3):
        draw = Draw(KEY, row.name, str(number))
        new = checked(row.example, draw, rule.check, row.fixed, letters=rule.letters)
        assert new is not None
        made.append(new)
    return made


def found(text: str, row: Identifier) -> list[tuple[str, str]]:
    entities = find_entities(text, regions=row.countries or ["ES"], lang="es")
    return [(e.type, e.text) for e in entities if e.type != "NAME"]


@pytest.mark.parametrize("name", ROWS)
def test_valid_values_are_found_whole(name: str) -> None:
    row = ROWS[name]
    for value in values(row):
        text = f"Consta su {row.label}: {value}, según dijo."
        assert found(text, row) == [(row.type, value)]


def _near_misses(row: Identifier, value: str) -> list[str]:
    """The value with one other character, the last ones first, where the rule refuses it."""
    rule = recogniser_of(row)
    assert rule.check is not None
    misses = []
    for place in reversed([i for i, c in enumerate(value) if c.isalnum()]):
        others = "ABCDEFGHJKLMNPQRSTUVWXYZ" if value[place].isalpha() else "0123456789"
        changed = [value[:place] + c + value[place + 1 :] for c in others if c != value[place]]
        misses += [new for new in changed if not rule.check(new)]
    return misses


@pytest.mark.parametrize("name", [name for name in CHECKED if name not in FORM_ONLY])
def test_a_wrong_control_digit_is_refused(name: str) -> None:
    row = ROWS[name]
    for value in values(row):
        misses = _near_misses(row, value)
        assert len(misses) >= 3
        for miss in misses[:3]:
            entities = find_entities(
                f"Consta el código {miss}, según dijo.", regions=row.countries or ["ES"], lang="es"
            )
            assert name not in {e.recogniser for e in entities}


@pytest.mark.parametrize("name", ROWS)
def test_look_alikes_are_nobodys(name: str) -> None:
    """A part of a longer number, of a path, of a sum; and weak forms without their word."""
    row = ROWS[name]
    for text in (f"x7{row.example}", f"{row.example}9", f"a/{row.example}", f"{row.example}@b"):
        entities = find_entities(text, regions=row.countries or ["ES"], lang="es")
        assert name not in {e.recogniser for e in entities}
    if not row.strong:
        entities = find_entities(
            f"La suma de {row.example} es correcta.", regions=row.countries or ["ES"], lang="es"
        )
        assert name not in {e.recogniser for e in entities}


def test_every_country_has_numbers_of_people_and_of_companies() -> None:
    for country in COUNTRIES:
        holders = {row.holder for row in IDENTIFIERS if country in row.countries}
        if country == "PR":  # people have the social security number of the United States
            holders |= {ROWS["us.ssn"].holder}
        if country == "CU":  # companies' numbers are the State's
            holders |= {"company"}
        assert "both" in holders or holders >= {"person", "company"}, country


PUBLISHED = [  # examples that offices, standards and libraries of the countries publish
    ("es.dni", "12345678Z"),
    ("es.nie", "X1234567L"),
    ("es.nuss", "281234567840"),
    ("ar.cuit", "20-26756539-3"),
    ("cl.rut", "76086428-5"),
    ("mx.clabe", "002010077777777771"),
    ("uy.cedula", "1.234.567-2"),
    ("br.titulo", "004356870906"),
    ("br.cns", "898000000043208"),
    ("br.pis", "170.33259.50-4"),
    ("br.cnh", "69044271146"),
    ("br.cnpj", "12.ABC.345/01DE-35"),
    ("pt.cc", "000000000ZZ4"),
    ("sv.dui", "00016297-5"),
    ("ni.cedula", "001-200485-0001B"),
    ("gt.nit", "7108-0"),
    ("do.cedula", "00113918205"),
    ("ec.ruc", "1792060346001"),
    ("py.ruc", "80028061-0"),
    ("ve.rif", "V114702834"),
    ("pa.ruc", "2588017-1-831938 DV20"),
    ("pa.ruc", "253-92-57027 DV 76"),
    ("pa.ruc", "155587169-2-2014 D.V. 9"),
]


@pytest.mark.parametrize(("name", "value"), PUBLISHED)
def test_published_examples(name: str, value: str) -> None:
    check = recogniser_of(ROWS[name]).check
    assert check is not None
    assert check(value)
    assert found(f"{ROWS[name].label} {value}.", ROWS[name]) == [(ROWS[name].type, value)]


@pytest.mark.parametrize(
    ("region", "text", "value"),
    [
        ("ES", "con DNI 12345678Z, vecino de", "12345678Z"),
        ("ES", "DNI: 12.345.678-Z", "12.345.678-Z"),
        ("ES", "D.N.I. n.º 12345678", "12345678"),
        ("ES", "Documento: X-0386656-A\nTeléfono", "X-0386656-A"),
        ("CL", "Documento: 10.163.996-7", "10.163.996-7"),
        ("CO", "NIT 213.123.432-1", "213.123.432-1"),
        ("CO", "cédula de ciudadanía No. 79.456.123 de Bogotá", "79.456.123"),
        ("CO", "identificada con C.C. 52345678", "52345678"),
        ("AR", "D.N.I. Nº 30123456", "30123456"),
        ("PA", "cédula 8-123-1234", "8-123-1234"),
        ("PA", "RUC: 8-442-445 D.V. 08", "8-442-445 D.V. 08"),
        ("PA", "con RUC 8-NT-2-39271, domiciliada", "8-NT-2-39271"),
        ("PA", "R.U.C. 32977-27-249966", "32977-27-249966"),
        ("BO", "C.I. 4567890 LP", "4567890 LP"),
        ("PE", "DNI 12345678", "12345678"),
        ("PR", "Seguro Social 536-90-4399", "536-90-4399"),
    ],
)
def test_as_people_write_them(region: str, text: str, value: str) -> None:
    entities = find_entities(text, regions=[region], lang="es")
    assert [(e.type, e.text) for e in entities if e.type != "NAME"] == [("ID", value)]


@pytest.mark.parametrize(
    "text",
    [
        "El valor máximo es 2147483647 y el mínimo 0.",
        "Versión 13.0.4001.0 del paquete",
        "La temperatura fue de 39.5 y se vendieron 1.234.567 unidades",
        "SELECT 12345678 FROM tabla WHERE id_cliente = 998877",
        "El pedido llegó a las 10:30 con 48 cajas de 12 kg",
        "error 0x80004005 en la línea 12345",
        "|Id. de evento|27056|",
        "See https://example.org/doc/30123456 and ISBN 978-3-16-148410-0.",
        "SQL Server 2014 RTM, SQL Server 2014 CTP 2",
        "Total: 12 345 678 €; IVA 21 %; 1.032.456 habitantes",
        "SHA-256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "9223372036854775807 es el mayor bigint; object ID 278292051 in database ID 6",
    ],
)
def test_numbers_that_are_nobodys(text: str) -> None:
    assert find_entities(text, regions=COUNTRIES, lang="es") == []


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (control.spanish_social_security, "281234567840"),
        (control.mexican_clabe, "032180000118359719"),
        (control.mexican_social_security, "12345678903"),
        (control.uruguayan_cedula, "12345672"),
        (control.salvadoran_dui, "000162975"),
        (control.nicaraguan_cedula, "0012004850001B"),
        (control.portuguese_niss, "12345678902"),
        (control.brazilian_pis, "17033259504"),
        (control.brazilian_health_card, "898000000043208"),
        (control.brazilian_driver, "62472927637"),
        (control.guatemalan_cui, "2345678990101"),
    ],
)
def test_own_control_digits_refuse_any_other_digit(check, value: str) -> None:  # type: ignore[no-untyped-def]
    """Of the ten digits that could stand at the place of a digit that counts, one is right."""
    assert check(value)
    place = 8 if check is control.guatemalan_cui else max(
        i for i, c in enumerate(value) if c.isdigit()
    )  # fmt: skip
    others = [value[:place] + d + value[place + 1 :] for d in "0123456789"]
    assert sum(check(other) for other in others) == 1


@pytest.mark.parametrize(
    ("ruc", "control"),
    [  # as published with programs that were tried against the tax office's page
        ("155720753-2-2022", "39"),
        ("1956569-1-732877", "00"),
        ("10102-64-103462", "30"),
        ("1102-85-117211", "95"),
        ("8-442-445", "08"),
        ("8-769-1080", "56"),
        ("8AV-1-196", "90"),
        ("13PI-1-196", "58"),
        ("PE-842-3681", "51"),
        ("E-8-12770", "72"),
        ("E-8-127702", "16"),
        ("N-19-1821", "11"),
        ("8-NT-1-13656", "43"),
        ("8-NT-1-123456", "52"),
        ("8-NT-1-24", "33"),
        ("9-NT-2-421578", "50"),
    ],
)
def test_each_kind_of_panama_s_ruc_has_its_control_digits(ruc: str, control: str) -> None:
    assert panamanian_ruc(ruc)
    right = {dv for dv in range(100) if panamanian_ruc(f"{ruc} DV {dv:02}")}
    assert int(control) in right
    # A person's and a company's number may be written alike: then either's is right.
    assert len(right) <= (2 if "NT" in ruc or len(ruc.partition("-")[0]) <= 2 else 1)
    for other in (f"14{ruc[1:]}" if "NT" in ruc else f"{ruc}-1", ruc.replace("-", ""), f"x{ruc}"):
        assert not panamanian_ruc(other)


def test_a_date_beside_the_word_is_no_ruc() -> None:
    for text in ("inscrita en el RUC el 12-05-2019", "RUC, 8-1-24", "RUC 20-12-2019"):
        assert find_entities(text, regions=["PA"], lang="es", types=["ID"]) == []


def test_words_of_context_are_matched_without_accents_and_dots() -> None:
    context = cues("d.n.i.", "cédula de identidad", "nº ss")
    for text in (
        "dni",
        "d.n.i.",
        "d. n. i.",
        "cedula de identidad",
        "cédula  de identidad",
        "nº ss",
    ):
        assert context.pattern.search(text), text
    assert not context.pattern.search("adnil")
    assert {"dni", "d", "cedula"} <= context.words


def test_the_page_of_what_is_recognised_is_up_to_date() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "personal-data.md"
    assert page.read_text(encoding="utf-8") == reference(), (
        "python -m dialecto.corpus.pii.reference > docs/reference/personal-data.md"
    )
