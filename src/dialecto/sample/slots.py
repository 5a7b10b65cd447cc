"""What fills the slots of the patterns: the company's things, its people, numbers and dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from dialecto.sample import identifiers
from dialecto.sample.facts import Fact
from dialecto.sample.markup import pii
from dialecto.sample.people import Person, make_person
from dialecto.sample.phrases import Slots, load_yaml

# So many consecutive documents share their people: somebody's papers lie close together.
CASE = 12


@dataclass(frozen=True)
class Company:
    """The cooperative of one seed."""

    lang: str
    seed: int
    name: str
    domain: str
    phone: str
    phone_abroad: str
    email: str
    address: str
    products: tuple[str, ...]
    branches: tuple[str, ...]
    projects: tuple[str, ...]

    def customer(self, index: int, number: int) -> Person:
        """Customers of the case that a document belongs to; from 100 on, of the document."""
        owner = f"d{index}" if number >= 100 else f"c{index // CASE}"
        return make_person(f"customer {self.lang} {self.seed} {owner} {number}", lang=self.lang)

    def employee(self, index: int, number: int) -> Person:
        seed = f"staff {self.lang} {self.seed} c{index // CASE} {number}"
        return make_person(seed, lang=self.lang, staff_domain=self.domain)


@cache
def company_of(lang: str, seed: int, facts: tuple[Fact, ...]) -> Company:
    rng = Random(f"company {lang} {seed}")
    texts = load_yaml(lang, "genres") if lang in ("es", "en") else {}
    name = rng.choice(texts.get("company_names", ["-"]))
    domain = f"{name.lower()}.example"
    phone, abroad = identifiers.national_phone(rng, "ES")
    classes = load_yaml(lang, "facts")["classes"] if texts else {}

    def subjects(*groups: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(f.subject for f in facts if f.group in groups))
        return found or tuple(s for g in groups if g in classes for s in classes[g]["subjects"])

    return Company(
        lang, seed, name, domain, phone, abroad, f"info@{domain}", texts.get("company_address", ""),
        subjects("food"), subjects("branch"), subjects("project"),
    )  # fmt: skip


def _spell_date(day: date, lang: str) -> str:
    months = load_yaml(lang, "slots")["month"]
    month = months[day.month - 1]
    return f"{day.day} de {month} de {day.year}" if lang in ("es", "pt") else (
        f"{day.day} {month} {day.year}"
    )  # fmt: skip


def _amount(number: int, lang: str) -> str:
    grouped = f"{number:,}"
    return f"{grouped if lang == 'en' else grouped.replace(',', '.')} euros"


def _numbers(lang: str) -> Slots:
    percent = {"es": "por ciento", "en": "per cent", "fr": "pour cent", "pt": "por cento"}[lang]

    def some_date(rng: Random) -> str:
        return _spell_date(date(2015, 1, 1) + timedelta(days=rng.randrange(3900)), lang)

    return {
        "n": lambda rng: str(rng.randrange(2, 60)),
        "year": lambda rng: str(rng.randrange(2004, 2026)),
        "money": lambda rng: _amount(rng.randrange(12, 960) * 10, lang),
        "pct": lambda rng: f"{rng.randrange(2, 98)} {percent}",
        "date": some_date,
        "time": lambda rng: f"{rng.randrange(8, 20)}:{rng.choice(('00', '15', '30', '45'))}",
        "sys": lambda rng: str(rng.randrange(105, 150)),
        "dia": lambda rng: str(rng.randrange(60, 95)),
        "spo": lambda rng: str(rng.randrange(92, 100)),
        "glu": lambda rng: str(rng.randrange(80, 180)),
        "bpm": lambda rng: str(rng.randrange(52, 110)),
        "deg": lambda rng: str(rng.randrange(30, 170)),
        "hours": lambda rng: rng.choice(("6", "8", "12")),
        "ver": lambda rng: f"{rng.randrange(2, 19)}.{rng.randrange(0, 10)}",
    }


@cache
def _fixed(lang: str) -> Slots:
    listed = {key: tuple(map(str, values)) for key, values in load_yaml(lang, "slots").items()}
    return {**listed, **_numbers(lang)}


def document_slots(company: Company, index: int, genre: str, rng: Random) -> Slots:
    """The slots of one document: its people are chosen here, once."""
    slots = dict(_fixed(company.lang))
    if company.products:
        slots["product"] = company.products
        slots["product_bare"] = tuple(p.partition(" ")[2] for p in company.products)
        slots["branch"] = company.branches
        slots["project"] = company.projects
    if company.lang in ("es", "en") and genre != "other":
        slots.update(_people(company, index, genre, rng))
    return slots


def _people(company: Company, index: int, genre: str, rng: Random) -> Slots:
    lang = company.lang
    words = load_yaml(lang, "genres")["id_words"]
    one, two = rng.sample(range(4), 2)
    customer, other = company.customer(index, one), company.customer(index, two)
    first, second = rng.sample(range(3), 2)
    staff, staff2 = company.employee(index, first), company.employee(index, second)

    def labelled(key: str, number: str, country: str) -> Callable[[Random], str]:
        return lambda r: f"{r.choice(words[key])} {pii('ID', number, country)}"

    def born(person: Person) -> Callable[[Random], str]:
        day = person.birth
        ways = (_spell_date(day, lang), f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}")
        return lambda r: pii("BIRTH_DATE", r.choice(ways), person.country)

    who = customer.country
    filed = f"{rng.randrange(100_000, 999_999)}" if genre == "clinic" else (
        f"{rng.randrange(2015, 2026)}/{rng.randrange(100, 99_999):05d}"
    )  # fmt: skip
    slots: Slots = {
        "person": pii("NAME", customer.name, who),
        "person2": pii("NAME", other.name, other.country),
        "given": pii("NAME", customer.given, who),
        "surname": pii("NAME", customer.surname, who),
        "staff": pii("NAME", staff.name, "ES"),
        "staff2": pii("NAME", staff2.name, "ES"),
        "staff_surname": pii("NAME", staff.surname, "ES"),
        "staff_email": pii("EMAIL", staff.email, "ES"),
        "staff_phone": pii("PHONE", staff.phone, "ES"),
        "staff_id": labelled(staff.id_words, staff.id_number, "ES"),
        "staff_birth": born(staff),
        "id": labelled(customer.id_words, customer.id_number, who),
        "tax": labelled(customer.tax_words, customer.tax_number, who),
        "phone": pii("PHONE", customer.phone, who),
        "phone_intl": pii("PHONE", customer.phone_abroad, who),
        "email": pii("EMAIL", customer.email, who),
        "address": pii("ADDRESS", customer.address, who),
        "birth": born(customer),
        "iban": pii("IBAN", identifiers.spanish_iban(rng), "ES"),
        "card": pii("CARD", identifiers.card_number(rng), ""),
        "record": pii("RECORD", filed, ""),
        "plate": pii("PLATE", identifiers.plate(rng, who), who),
        "ip": pii("IP", identifiers.ip_address(rng), ""),
        "username": pii("USERNAME", customer.username, who),
        "coop_phone": lambda r: pii("PHONE", r.choice((company.phone, company.phone_abroad)), "ES"),
        "coop_email": pii("EMAIL", company.email, "ES"),
        "coop_address": pii("ADDRESS", company.address, "ES"),
        "company": company.name,
    }
    if lang == "es":
        a = customer.female
        slots |= {
            "oa": "a" if a else "o", "el": "la" if a else "el", "don": "doña" if a else "don",
            "senor": "señora" if a else "señor",
            "doctor": "la doctora" if staff.female else "el doctor",
        }  # fmt: skip
    else:
        slots |= {"mr": "Ms" if customer.female else "Mr", "doctor": "Dr"}
    return slots
