"""Every invented number passes the check of its country."""

from __future__ import annotations

from datetime import date
from random import Random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.ar import cuit
from stdnum.ar import dni as argentine_dni
from stdnum.br import cnpj, cpf
from stdnum.cl import rut
from stdnum.co import nit
from stdnum.es import dni, iban, nie
from stdnum.mx import curp, rfc
from stdnum.pe import ruc

from dialecto.sample import identifiers
from dialecto.sample.people import make_person

CHECKS = {
    "dni": dni, "nie": nie, "ar_dni": argentine_dni, "cuit": cuit, "rut": rut, "curp": curp,
    "rfc": rfc, "nit": nit, "ruc": ruc, "cpf": cpf, "cnpj": cnpj,
}  # fmt: skip


@pytest.mark.parametrize("country", identifiers.COUNTRIES)
def test_identifiers_and_phones_are_valid(country: str) -> None:
    rng = Random(country)
    for _ in range(300):
        birth = date(rng.randrange(1940, 2007), rng.randrange(1, 13), rng.randrange(1, 29))
        numbers = [
            identifiers.national_id(rng, country, "José Ángel", "Ñuñoa", "Peña", birth, True)
        ]
        if country in identifiers.TAX_COUNTRIES:
            numbers.append(identifiers.tax_id(rng, country, "Ana", "Caca", "Güell", birth))
        for kind, number in numbers:
            if kind == "dni":  # people write dots, which stdnum leaves in
                number = number.replace(".", "")
            assert kind not in CHECKS or CHECKS[kind].is_valid(number), (kind, number)
        for phone in identifiers.national_phone(rng, country):
            parsed = phonenumbers.parse(phone, country)
            assert phonenumbers.is_valid_number(parsed), phone


@settings(max_examples=80, deadline=None)
@given(st.integers(min_value=0))
def test_accounts_cards_and_cedulas(seed: int) -> None:
    rng = Random(seed)
    assert iban.is_valid(identifiers.spanish_iban(rng))
    card = identifiers.card_number(rng)
    assert luhn.is_valid(card.replace(" ", "").replace("-", ""))
    cedula = [int(c) for c in identifiers.uruguayan_cedula(rng) if c.isdigit()]
    assert sum(d * w for d, w in zip(cedula, (2, 9, 8, 7, 6, 3, 4, 1), strict=True)) % 10 == 0


def test_a_seed_is_a_person() -> None:
    assert make_person("a", lang="es") == make_person("a", lang="es")
    assert make_person("a", lang="es") != make_person("b", lang="es")
