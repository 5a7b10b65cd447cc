"""Phones, plates, accounts, addresses of machines and places on the map, country by country."""

from __future__ import annotations

import phonenumbers
import pytest

from dialecto.corpus.pii import ALL_TYPES, Pseudonymiser, find_entities
from dialecto.corpus.pii.addresses import cue_words
from dialecto.corpus.pii.phones import is_possible
from dialecto.recipe.pii import COUNTRIES

KEY = bytes(range(32))


def found(text: str, regions: tuple[str, ...] = COUNTRIES) -> list[tuple[str, str]]:
    entities = find_entities(text, regions=regions, lang="es", types=ALL_TYPES)
    return [(e.type, e.text) for e in entities]


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("form", ["INTERNATIONAL", "NATIONAL", "E164"])
def test_phones_of_every_country(country: str, form: str) -> None:
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    kind = getattr(phonenumbers.PhoneNumberFormat, form)
    value = phonenumbers.format_number(example, kind)
    assert is_possible(value, (country,))
    assert ("PHONE", value) in found(f"Su teléfono es el {value}, llame ya.")
    if form == "INTERNATIONAL":
        assert ("PHONE", value) in found(f"Quedamos: {value} y punto.")


@pytest.mark.parametrize("country", ["ES", "MX", "AR", "CO", "BR", "UY", "PE", "CL", "PT"])
def test_a_phone_has_one_pseudonym_however_it_is_written(country: str) -> None:
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    forms = phonenumbers.PhoneNumberFormat
    replacer = Pseudonymiser(KEY, "pseudonym", "es")
    ends = set()
    for kind in (forms.INTERNATIONAL, forms.E164, forms.NATIONAL):
        text = "teléfono " + phonenumbers.format_number(example, kind)
        entities = find_entities(text, regions=[country], lang="es")
        new = replacer.replace(text, entities)
        assert new != text
        ends.add("".join(c for c in new if c.isdigit())[-6:])
    assert len(ends) == 1


PLATES = {
    "ES": ["1234 BCD", "1234BCD", "M-1234-AB"],
    "PT": ["AA-01-BB", "01-AB-23", "12-34-AB"],
    "MX": ["ABC-123-A", "ABC-12-34", "A12-BCD"],
    "AR": ["AB 123 CD", "ABC 123"],
    "CL": ["BBCD12", "AB-1234"],
    "CO": ["ABC123", "ABC 12D"],
    "PE": ["A1B-123", "ABC-123"],
    "BR": ["ABC1D23", "ABC-1234"],
    "UY": ["SAB 1234"],
    "BO": ["1234-ABC"],
    "EC": ["ABC-1234"],
    "VE": ["AB123CD"],
    "GT": ["P-123 ABC"],
    "PY": ["ABCD 123"],
    "DO": ["A123456"],
}


@pytest.mark.parametrize("plate", [plate for plates in PLATES.values() for plate in plates])
def test_plates(plate: str) -> None:
    assert ("PLATE", plate) in found(f"el vehículo con matrícula {plate}, de color rojo")


@pytest.mark.parametrize(
    "value",
    [
        "40.416775, -3.703790",
        "-34.6037,-58.3816",
        "40.4168° N, 3.7038° W",
        "40°25'00.6\"N 3°42'13.3\"W",
        "40° 25' 0\" N, 3° 42' 13\" O",
        "19° 25′ N, 99° 7′ W",
    ],
)
def test_coordinates(value: str) -> None:
    assert found(f"El lugar ({value}) está vallado.") == [("COORDINATES", value)]


def test_coordinates_with_a_word_for_each() -> None:
    assert found("lat: 40.4168, lon: -3.7038.") == [("COORDINATES", "40.4168, lon: -3.7038")]


@pytest.mark.parametrize(
    "text", ["de 12.3456 a 200.1234 euros", "pasos 95.1234, 200.5678", "1.5, 2.5"]
)
def test_pairs_of_numbers_that_are_no_place(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("192.168.1.20", "IP"),
        ("2001:4860:4860::8888", "IP"),
        ("fe80::1ff:fe23:4567:890a", "IP"),
        ("00:1A:2B:3C:4D:5E", "IP"),
        ("4539 1488 0343 6467", "CARD"),
        ("378282246310005", "CARD"),
        ("6011 1111 1111 1117", "CARD"),
        ("5555-5555-5555-4444", "CARD"),
        ("GB42NAWI04454264788619", "IBAN"),
        ("gb42nawi04454264788619", "IBAN"),
        ("PT50 0002 0123 1234 5678 9015 4", "IBAN"),
        ("ana.ruiz+casa@correo.example.org", "EMAIL"),
        ("josé.peña@correo.es", "EMAIL"),
    ],
)
def test_machines_accounts_and_mail(value: str, kind: str) -> None:
    assert found(f"consta {value} en el acta") == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "versión 13.0.4001.0 del paquete",
        "0.0.0.0 y 127.0.0.1 y 255.255.255.0",
        "a las 10:30:45 y std::vector::size",
        "el pedido 4539148803436468",
    ],
)
def test_what_is_no_machine_and_no_card(text: str) -> None:
    assert not {kind for kind, _ in found(text)} & {"IP", "CARD", "IBAN", "PHONE"}


def test_cue_words_of_an_expression() -> None:
    assert cue_words(r"[CcKk]ra\.?|Streets?|[Aa]vd?a?\.|Gran\sVía|[Pp]\.º|c/") == {
        *("cra", "kra", "street", "streets", "av", "avd", "ava", "avda", "gran", "p", "c")
    }
