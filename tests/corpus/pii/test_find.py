"""What is found in ordinary texts: names and contacts, and nothing in what names nobody."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialecto.corpus.pii import ALL_TYPES, Entity, Recogniser, find_entities
from dialecto.corpus.pii.finder import rule_entities
from dialecto.recipe.pii import COUNTRIES

REGIONS = ["ES", "AR", "CL", "MX", "CO", "PE", "BR", "UY"]


def found(text: str, lang: str = "es") -> list[tuple[str, str]]:
    return [(e.type, e.text) for e in find_entities(text, regions=REGIONS, lang=lang)]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("PHONE", "Llámame al 612 34 56 78.", "612 34 56 78"),
        ("PHONE", "móvil +54 9 11 2345-6789", "+54 9 11 2345-6789"),
        ("EMAIL", "escriba a <ana.ruiz@correo.example>.", "ana.ruiz@correo.example"),
        ("IBAN", "cuenta ES91 2100 0418 4502 0005 1332", "ES91 2100 0418 4502 0005 1332"),
        ("CARD", "tarjeta 4539 1488 0343 6467", "4539 1488 0343 6467"),
        ("PLATE", "la matrícula 1234 BCD", "1234 BCD"),
        ("IP", "desde 83.45.2.11 entró", "83.45.2.11"),
        ("RECORD", "NHC: 2986453.", "2986453"),
        ("BIRTH_DATE", "Fecha de nacimiento: 01/01/1933", "01/01/1933"),
        ("BIRTH_DATE", "fecha_nacimiento: 1980-05-03", "1980-05-03"),
        ("BIRTH_DATE", "date_of_birth: 03/05/1980", "03/05/1980"),
        ("BIRTH_DATE", "nacida en mayo de 1980", "mayo de 1980"),
        (
            "BIRTH_DATE",
            "nacido el tres de mayo de mil novecientos ochenta y cinco en Soria",
            "tres de mayo de mil novecientos ochenta y cinco",
        ),
        ("USERNAME", "usuario: mgarcia82", "mgarcia82"),
        ("SECRET", "contraseña: S3creta!23", "S3creta!23"),
        (
            "ADDRESS",
            "Vive en Calle Mayor 84, 3º B, 28013 Madrid.",
            "Calle Mayor 84, 3º B, 28013 Madrid",
        ),
        ("ADDRESS", "reside en Carrera 15 # 93-47, Bogotá.", "Carrera 15 # 93-47, Bogotá"),
        ("NAME", "Nombre: María García López", "María García López"),
        ("NAME", "El señor Ibarretxe no estaba.", "Ibarretxe"),
    ],
)
def test_each_kind(kind: str, text: str, value: str) -> None:
    assert (kind, value) in found(text)


def test_surname_alone_is_found_where_the_full_name_is_known() -> None:
    text = (
        "Ayer vino Remedios Echevarría Solana.\n\nAl final Echevarría no firmó. ECHEVARRÍA tampoco."
    )
    assert [value for kind, value in found(text) if kind == "NAME"] == [
        "Remedios Echevarría Solana",
        "Echevarría",
        "ECHEVARRÍA",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Instalación de SQL Server en Windows. Haga clic en Aceptar y en Nueva Consulta.",
        "El Consejo Rector aprobó el Plan Estratégico en la Asamblea General.",
        "## Preguntas frecuentes\n\nEn enero y en marzo abrimos los lunes.",
        "",
        "\n\n",
    ],
)
def test_nobody_is_named(text: str) -> None:
    assert found(text) == []


def test_a_plain_date_is_kept_unless_asked_for() -> None:
    text = "La reunión es el 4 de mayo de 2024."
    assert found(text) == []
    dates = find_entities(text, regions=REGIONS, lang="es", types=ALL_TYPES)
    assert [(e.type, e.text) for e in dates] == [("DATE", "4 de mayo de 2024")]


def test_entities_are_sorted_and_apart() -> None:
    text = "Ana Gil Paz, DNI 12345678Z, tel. 612345678, ana@gil.example, Calle Sol 3, Madrid. " * 5
    entities = find_entities(text, regions=REGIONS, lang="es")
    assert len(entities) >= 20
    assert all(a.end <= b.start for a, b in pairwise(entities))
    assert all(text[e.start : e.end] == e.text for e in entities)


def test_recognisers_are_plug_ins() -> None:
    def find(text: str, start: int, end: int) -> list[Entity]:
        at = text.find("ZZ-", start, end)
        return [Entity(at, at + 6, "RECORD", text[at : at + 6], 0.9, "mine")] if at >= 0 else []

    mine = Recogniser("mine", ("RECORD",), find)
    entities = find_entities("pieza ZZ-123 rota", regions=["ES"], lang="es", extra=[mine])
    assert [(e.type, e.text, e.recogniser) for e in entities] == [("RECORD", "ZZ-123", "mine")]


def test_an_address_ends_with_its_line() -> None:
    text = "Domicilio: Calle San Andrés 5, 4.º D, 10003 Cáceres\nTarjeta: 5599-8564-8491-6086\n"
    found = find_entities(text, regions=["ES"], lang="es")
    assert [e.text for e in found if e.type == "ADDRESS"] == [
        "Calle San Andrés 5, 4.º D, 10003 Cáceres"
    ]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(
                ["DNI 12345678Z", "calle Mayor 3", "tel. 612345678", "İ", "ñ", "n.º ", "\n", "1-"]
            ),
            st.text("0123456789 .-/:@(),", max_size=40),
        ),
        max_size=12,
    )
)
def test_any_text_gives_entities_in_order_where_they_stand(parts: list[str]) -> None:
    text = "".join(parts)
    entities = rule_entities(text, COUNTRIES)
    assert all(a.end <= b.start for a, b in pairwise(entities))
    assert all(e.start < e.end and text[e.start : e.end] == e.text for e in entities)


@pytest.mark.parametrize("before", ["", "İİİİ ", "ﬁnal ", "e\u0301 "])
def test_letters_that_grow_in_lower_case_move_nothing(before: str) -> None:
    text = before + "Domicilio: Calle Mayor 84. Póliza: PZ-2024/17. contraseña: Luna!2020"
    kinds = {e.type for e in rule_entities(text, ["ES"])}
    assert {"ADDRESS", "RECORD", "SECRET"} <= kinds


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Partida Ana Gil Sanz", ["Ana Gil Sanz"]),
        ("Testigo Luis Mas Gil, Expediente Marta Ruiz Soto", ["Luis Mas Gil", "Marta Ruiz Soto"]),
        (
            "Padre Juan Pérez Gómez Madre María López Ruiz",
            ["Juan Pérez Gómez", "María López Ruiz"],
        ),
        ("Asesor Fiscal Pedro Gil", ["Pedro Gil"]),
        ("CLABE Interbancaria: 032180000118359719", []),
        ("PÉREZ GÓMEZ, JUAN", ["PÉREZ GÓMEZ, JUAN"]),
        ("MARÍA DE LOS ÁNGELES MUÑOZ DE LA FUENTE", ["MARÍA DE LOS ÁNGELES MUÑOZ DE LA FUENTE"]),
        ("Maria De Los Angeles Munoz De La Fuente", ["Maria De Los Angeles Munoz De La Fuente"]),
        ("Firmó José Alcalde Ruiz.", ["José Alcalde Ruiz"]),
        ("El señor José Alcalde Ruiz vino", ["José Alcalde Ruiz"]),
    ],
)
def test_words_of_documents_are_no_part_of_a_name(text: str, names: list[str]) -> None:
    assert [value for kind, value in found(text) if kind == "NAME"] == names


def test_roles_and_words_in_english() -> None:
    assert found("Client Mary Jones called", "en") == [("NAME", "Mary Jones")]
    assert found("Oral, vaginal and anal sex carry a risk.", "en") == []


@pytest.mark.parametrize(
    "text", ["Están en 40.416775, -3.703790. Ingresa", "lat. 40,4168 long. -3,7038"]
)
def test_coordinates_at_the_end_of_a_sentence(text: str) -> None:
    (entity,) = find_entities(text, lang="es", types=ALL_TYPES)
    assert entity.type == "COORDINATES"
    assert not entity.text.endswith(".")
