"""Invented people: members, customers and staff, each with papers, phones and an address.

First names and surnames are Faker's lists for each country; everything else follows from a
seed, so that the same person is the same in every document and in every process.
"""

from __future__ import annotations

import importlib
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from dialecto.sample import identifiers

# Words of the sentences that are also names: such a person could not be told from the text.
_AMBIGUOUS = {"Sol", "Luz", "Nieves", "Mercedes", "Villa", "Calle", "Pozo", "Reyes", "Cruz",
              "Rosario", "Pastor", "Pino", "Rueda", "Ríos", "Campo", "Iglesia", "Bosque",
              "Royal", "English", "May", "June", "April", "Young", "Long", "Short", "White",
              "Black", "Brown", "Green", "Read", "Field", "Page", "Price", "Day"}  # fmt: skip
_LOCALES = {
    "ES": "es_ES", "AR": "es_AR", "CL": "es_CL", "MX": "es_MX", "CO": "es_CO",
    "PE": "es_MX", "BR": "pt_BR", "UY": "es_AR", "GB": "en_GB", "US": "en_US",
}  # fmt: skip
_STREETS = {
    "ES": ("Calle Mayor", "Calle del Olmo", "Avenida de la Constitución", "C/ Alcalá",
           "Paseo de la Castellana", "Plaza de España", "Calle San Andrés", "Av. de América",
           "C/ Doctor Fleming", "Ronda de Toledo", "Camino de la Huerta", "Travesía del Pozo"),
    "AR": ("Av. Rivadavia", "Avenida Corrientes", "Calle Florida", "Av. Belgrano", "Calle Lavalle"),
    "CL": ("Avenida Providencia", "Calle Huérfanos", "Av. Apoquindo", "Pasaje Los Aromos"),
    "MX": ("Avenida Insurgentes", "Calle Reforma", "Av. Juárez", "Calzada de Tlalpan"),
    "CO": ("Carrera 15 # 93-", "Calle 72 # 10-", "Avenida 19 # 104-", "Carrera 7 # 45-"),
    "PE": ("Avenida Arequipa", "Jirón de la Unión", "Av. Larco", "Calle Los Pinos"),
    "BR": ("Rua das Flores", "Avenida Paulista", "Rua Augusta", "Rua do Comércio"),
    "UY": ("Bulevar Artigas", "Avenida Italia", "Calle Sarandí", "Av. 18 de Julio"),
}  # fmt: skip
_CITIES = {
    "ES": (("28013", "Madrid"), ("46002", "Valencia"), ("50003", "Zaragoza"),
           ("37001", "Salamanca"), ("10003", "Cáceres"), ("22001", "Huesca"),
           ("41004", "Sevilla"), ("30001", "Murcia")),
    "AR": (("C1043", "Buenos Aires"), ("X5000", "Córdoba"), ("S2000", "Rosario")),
    "CL": (("8320000", "Santiago"), ("2340000", "Valparaíso"), ("4030000", "Concepción")),
    "MX": (("06000", "Ciudad de México"), ("44100", "Guadalajara"), ("72000", "Puebla")),
    "CO": (("110111", "Bogotá"), ("050001", "Medellín"), ("760001", "Cali")),
    "PE": (("15001", "Lima"), ("04001", "Arequipa"), ("08000", "Cusco")),
    "BR": (("01310-100", "São Paulo"), ("20040-020", "Rio de Janeiro"), ("40020-000", "Salvador")),
    "UY": (("11300", "Montevideo"), ("50000", "Salto"), ("20000", "Maldonado")),
}  # fmt: skip
_DOMAINS = ("example.com", "example.org", "example.net", "correo.example", "mail.example")


@dataclass(frozen=True)
class Person:
    """One person. `country` is that of the papers; English names may hold Spanish papers."""

    given: str
    surnames: tuple[str, ...]
    female: bool
    country: str
    birth: date
    id_words: str
    id_number: str
    tax_words: str
    tax_number: str
    phone: str
    phone_abroad: str
    email: str
    username: str
    address: str

    @property
    def name(self) -> str:
        return " ".join((self.given, *self.surnames))

    @property
    def surname(self) -> str:
        return self.surnames[0]


@cache
def _names(country: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Female first names, male first names and surnames of a country, without titles."""
    provider = importlib.import_module(f"faker.providers.person.{_LOCALES[country]}").Provider

    def listed(*attributes: str) -> tuple[str, ...]:
        found = next((getattr(provider, a) for a in attributes if hasattr(provider, a)), ())
        good = {n for n in found if n and n[0].isupper() and n not in _AMBIGUOUS and len(n) > 2}
        return tuple(sorted(n for n in good if n.isprintable() and "'" not in n and "." not in n))

    return (
        listed("first_names_female", "first_names"),
        listed("first_names_male", "first_names"),
        listed("last_names"),
    )


def _slug(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "".join(c for c in flat if c.isalnum())


def _address(rng: Random, country: str) -> str:
    street = rng.choice(_STREETS[country])
    code, city = rng.choice(_CITIES[country])
    number = rng.randrange(2, 190)
    head = f"{street}{rng.randrange(10, 99)}" if street.endswith("-") else f"{street} {number}"
    floor = ""
    if country == "ES" and rng.random() < 0.5:
        floor = f", {rng.randrange(1, 9)}.º {rng.choice('ABCD')}"
    elif country == "MX" and rng.random() < 0.5:
        floor = ", Col. Centro"
    place = f"{code} {city}" if rng.random() < 0.6 else city
    return f"{head}{floor}, {place}"


def make_person(seed: str, *, lang: str, staff_domain: str = "") -> Person:
    """The person of this seed; with `staff_domain` the e-mail is the cooperative's."""
    rng = Random(seed)
    country = "ES" if staff_domain or rng.random() < 0.4 else rng.choice(identifiers.COUNTRIES)
    english = lang == "en" and rng.random() < 0.55
    names = rng.choice(("GB", "US")) if english else country
    if english:
        country = "ES"
    women, men, families = _names(names)
    female = rng.random() < 0.5
    given = rng.choice(women if female else men)
    first, second = rng.choice(families), rng.choice(families)
    if english:
        given = f"{given} {rng.choice('ABCDEFGHJKLMNPRSTW')}."
        surnames: tuple[str, ...] = (first,)
    else:
        surnames = (first, second)
    birth = date(1940, 1, 1) + timedelta(days=rng.randrange(24_000))
    if english:
        id_words, id_number = "nie", identifiers.spanish_nie(rng)
    else:
        id_words, id_number = identifiers.national_id(
            rng, country, given, first, second, birth, female
        )
    tax_words, tax_number = id_words, id_number
    if country in identifiers.TAX_COUNTRIES:
        tax_words, tax_number = identifiers.tax_id(rng, country, given, first, second, birth)
    phone, abroad = identifiers.national_phone(rng, country)
    short = _slug(given.split()[0])
    family = _slug(first)
    tail = rng.randrange(10, 99)
    if staff_domain:
        email = f"{short}.{family}{tail}@{staff_domain}"
    else:
        local = rng.choice(
            (f"{short}.{family}{tail}", f"{short[0]}{family}{tail}", f"{short}_{tail}")
        )
        email = f"{local}@{rng.choice(_DOMAINS)}"
    username = rng.choice((f"{short[0]}{family}{tail}", f"{short}.{family}{tail}"))
    return Person(
        given, surnames, female, country, birth, id_words, id_number, tax_words, tax_number,
        phone, abroad, email, username, _address(rng, country),
    )  # fmt: skip
