"""Pseudonyms: consistent, of the same form, valid, and nothing else in the text changes."""

from __future__ import annotations

import multiprocessing
import re
import stat
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.br import cpf
from stdnum.cl import rut
from stdnum.es import dni, nie

from dialecto.corpus.pii import (
    ALL_TYPES,
    Entity,
    Pseudonymiser,
    false_names,
    find_entities,
    pseudonym_key,
    value_key,
)
from dialecto.corpus.pii.draws import Draw
from dialecto.corpus.pii.gazetteer import fold, gazetteer
from dialecto.corpus.pii.phones import region_of
from dialecto.corpus.pii.surrogates import phone

KEY = bytes(range(32))


def entity(kind: str, text: str, recogniser: str = "test", start: int = 0) -> Entity:
    return Entity(start, start + len(text), kind, text, 1.0, recogniser)


def surrogate(kind: str, text: str, recogniser: str = "test", lang: str = "es") -> str:
    return Pseudonymiser(KEY, "pseudonym", lang).surrogate(entity(kind, text, recogniser))


@pytest.mark.parametrize(
    ("recogniser", "kind", "value", "check"),
    [
        ("es.dni", "ID", "12345678-Z", dni.is_valid),
        ("es.nie", "ID", "X1234567L", nie.is_valid),
        ("cl.rut", "ID", "12.345.678-5", rut.is_valid),
        ("br.cpf", "ID", "390.533.447-05", cpf.is_valid),
        ("iban", "IBAN", "ES91 2100 0418 4502 0005 1332", iban.is_valid),
        ("card", "CARD", "4539 1488 0343 6467", lambda v: luhn.is_valid(v.replace(" ", ""))),
    ],
)
def test_check_digits_and_signs_are_kept(recogniser, kind, value, check) -> None:  # type: ignore[no-untyped-def]
    new = surrogate(kind, value, recogniser)
    assert new != value
    assert check(new)
    assert ["9" if c.isdigit() else c if not c.isalpha() else "A" for c in new] == [
        "9" if c.isdigit() else c if not c.isalpha() else "A" for c in value
    ]


def test_names_are_mapped_part_by_part_with_their_case() -> None:
    full = surrogate("NAME", "María García de la Torre").split()
    assert surrogate("NAME", "García") == full[1]
    assert surrogate("NAME", "GARCÍA") == full[1].upper()
    assert full[2:4] == ["de", "la"]
    assert "María" not in full


@pytest.mark.parametrize("lang", ["es", "en", "pt"])
def test_first_names_keep_their_gender(lang: str) -> None:
    women = ["María", "Carmen", "Elena", "Laura", "Emily", "Alice"]
    men = ["Pedro", "Javier", "Manuel", "Oliver", "Harry", "Miguel"]
    for names, wrong in ((women, "m"), (men, "f")):
        for name in names:
            letters = gazetteer().of(surrogate("NAME", name, lang=lang))
            assert {"f", "m"} & letters != {wrong}


def test_email_follows_the_name_and_leaves_for_a_reserved_domain() -> None:
    name = surrogate("NAME", "García")
    local, _, domain = surrogate("EMAIL", "maria.garcia82@gmail.com").partition("@")
    assert domain in {"example.com", "example.org", "example.net"}
    assert "garcia" not in local
    assert name[:3].lower() == local.split(".")[1][:3] or not name.isascii()


@pytest.mark.parametrize(
    "value", ["01/01/1933", "3 de mayo de 1980", "1980-12-31", "May 3, 1980", "7/9/85"]
)
def test_dates_keep_their_format(value: str) -> None:
    new = surrogate("BIRTH_DATE", value)
    assert new != value
    found = find_entities(f"nacido el {new}", regions=["ES"], lang="es", types=ALL_TYPES)
    assert [e.text for e in found] == [new]


def test_policies() -> None:
    name = entity("NAME", "Ana Gil")
    assert Pseudonymiser(KEY, "mask", "es").surrogate(name) == "[NAME]"
    hashed = Pseudonymiser(KEY, "hash", "es").surrogate(name)
    assert hashed.startswith("[NAME-")
    assert hashed != Pseudonymiser(KEY, "hash", "es").surrogate(entity("NAME", "Ana Paz"))
    mixed = Pseudonymiser(
        KEY, "pseudonym", "es", {"DATE": "generalise", "NAME": "keep", "AGE": "generalise"}
    )
    assert mixed.surrogate(entity("DATE", "4 de mayo de 1980")) == "1980"
    assert mixed.surrogate(entity("AGE", "47 años")) == "40-49 años"
    assert mixed.surrogate(name) == "Ana Gil"


KINDS = ["NAME", "ID", "PHONE", "EMAIL", "ADDRESS", "BIRTH_DATE", "RECORD", "PLATE", "USERNAME"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=8), st.sampled_from(KINDS), st.text(min_size=1, max_size=12)),
        max_size=5,
    ),
    st.text(max_size=8),
)
def test_only_entities_change(parts: list[tuple[str, str, str]], tail: str) -> None:
    text, entities = "", []
    for before, kind, value in parts:
        text += before
        entities.append(entity(kind, value, start=len(text)))
        text += value
    text += tail
    pseudonymiser = Pseudonymiser(KEY, "pseudonym", "es")
    expected = "".join(
        before + pseudonymiser.surrogate(e)
        for (before, _, _), e in zip(parts, entities, strict=True)
    )
    assert pseudonymiser.replace(text, entities) == expected + tail
    assert Pseudonymiser(KEY, "pseudonym", "es").replace(text, entities) == expected + tail
    assert all(pseudonymiser.surrogate(e) != e.text for e in entities)


def test_value_key_is_the_same_for_the_same_person_written_in_two_ways() -> None:
    assert value_key(KEY, entity("ID", "12.345.678-Z")) == value_key(KEY, entity("ID", "12345678z"))
    assert value_key(KEY, entity("NAME", "GARCÍA")) == value_key(KEY, entity("NAME", "Garcia"))
    assert value_key(KEY, entity("ID", "1")) != value_key(bytes(32), entity("ID", "1"))


def _read_key(home: str) -> bytes:
    import os

    os.environ["DIALECTO_HOME"] = home
    return pseudonym_key()


def test_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = Counter(pool.map(_read_key, [str(tmp_path)] * 8))
    assert len(keys) == 1
    assert len(next(iter(keys))) == 32
    assert stat.S_IMODE((tmp_path / "pseudonym.key").stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["pseudonym.key"]


@pytest.mark.parametrize(
    ("kind", "recogniser", "forms"),
    [
        ("ID", "es.dni", ["12345678Z", "12.345.678-Z", "12345678z", "12345678 Z"]),
        ("ID", "cl.rut", ["12.531.909-2", "12531909-2"]),
        ("ID", "br.cpf", ["390.533.447-05", "390533447-05"]),
        ("ID", "uy.rut", ["21-100342-001-7", "211003420017"]),
        ("CARD", "card", ["4539 1488 0343 6467", "4539148803436467", "4539-1488-0343-6467"]),
        ("IBAN", "iban", ["ES91 2100 0418 4502 0005 1332", "ES9121000418450200051332"]),
        ("RECORD", "record", ["PZ-2024/00017", "PZ2024-00017"]),
    ],
)
def test_a_number_has_one_pseudonym_in_all_its_forms(
    kind: str, recogniser: str, forms: list[str]
) -> None:
    compact = {
        "".join(c for c in surrogate(kind, form, recogniser).upper() if c.isalnum())
        for form in forms
    }
    assert len(compact) == 1


def test_a_day_moves_to_the_same_day_however_it_is_written() -> None:
    forms = ["3 de mayo de 1980", "03/05/1980", "3-5-1980", "1980-05-03"]
    new = [surrogate("BIRTH_DATE", form) for form in forms]
    iso = new[3]
    assert new[1] == "/".join(reversed(iso.split("-")))
    assert new[0].split()[0] == str(int(iso[8:]))
    assert surrogate("DATE", "03/05/1980") == new[1]


def test_common_names_never_meet_and_nobody_keeps_theirs() -> None:
    from dialecto.corpus.pii.false_names import name_pool

    for kind in ("s", "f", "m"):
        pool = name_pool(frozenset(kind), "es")
        assert len(pool) > 300
        new = [surrogate("NAME", name).casefold() for name in pool]
        assert not [name for name, other in zip(pool, new, strict=True) if name.casefold() == other]
        assert len(set(map(fold, new))) == len(set(map(fold, pool)))


def test_a_pool_has_the_parts_whose_spellings_are_of_its_kind_and_language() -> None:
    from dialecto.corpus.pii.false_names import name_pool

    names = gazetteer()
    for kind in (frozenset("s"), frozenset("f"), frozenset("m")):
        expected = [
            part
            for part, _ in names.spellings
            if len(part) > 2 and "E" in names.of(part) and names.of(part) & set("fms") == kind
        ]
        assert len(expected) > 20
        assert list(name_pool(kind, "es")) == expected


def test_initials_follow_the_only_person_that_they_can_stand_for() -> None:
    def replaced(*names: str) -> list[str]:
        text, entities = "", []
        for name in names:
            entities.append(entity("NAME", name, start=len(text)))
            text += name + "\n"
        return Pseudonymiser(KEY, "pseudonym", "es").replace(text, entities).splitlines()

    full, short = replaced("María García López", "M. García")
    assert short == f"{full[0]}. {full.split()[1]}"
    one, other, unclear = replaced("María García López", "Marta García Ruiz", "M. García")
    assert one.split()[0] != other.split()[0]
    assert unclear.split()[1] == one.split()[1]
    assert replaced("M. García")[0] == surrogate("NAME", "M. García")


def test_addresses_agree_on_street_and_number() -> None:
    short, long = surrogate("ADDRESS", "C/ Mayor 84"), surrogate("ADDRESS", "Calle Mayor, 84, 3º B")
    assert short.split()[-2:] == [part.rstrip(",") for part in long.split()[1:3]]
    assert "Mayor" not in short


def test_coordinates_stay_near_and_on_the_map() -> None:
    new = surrogate("COORDINATES", "40.416775, -3.703790")
    assert new.startswith("40.")
    assert ", -3." in new
    dms = surrogate("COORDINATES", "40° 25' 30\" N, 3° 42' 13\" W")
    assert all(int(part) < 60 for part in re.findall(r"\d+", dms))


def test_a_valid_phone_stays_valid_and_another_only_changes() -> None:
    regions = ("ES", "US")
    for number in range(30):
        new = phone("963 141 592", Draw(b"key", str(number)), regions)
        assert new != "963 141 592"
        assert region_of(new, regions)
        other = phone("000 100 100", Draw(b"key", str(number)), regions)
        assert other != "000 100 100"
        assert re.fullmatch(r"000 \d{3} \d{3}", other)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("ID", ["su DNI 12.345.678 Z y", "con NIF 12345678-Z,", "nif: 12345678Z"]),
        ("ID", ["NIE X-1234567-L, tel", "NIE es X1234567L y", "nie: x 1234567 l", "X1234567L"]),
        ("PHONE", ["Tel. +34 612 345 678", "tel 612345678", "Tfno: 0034 612-34-56-78"]),
        ("IBAN", ["IBAN ES91 2100 0418 4502 0005 1332", "cuenta ES9121000418450200051332"]),
    ],
)  # fmt: skip
def test_a_value_has_one_pseudonym_however_it_was_found(kind: str, values: list[str]) -> None:
    pseudonyms = set()
    for text in values:
        (found,) = (e for e in find_entities(text, lang="es") if e.type == kind)
        new = Pseudonymiser(KEY, "pseudonym", "es").surrogate(found)
        digits = [c for c in new.upper() if c.isalnum()]
        pseudonyms.add("".join(digits[-9:] if kind == "PHONE" else digits))
        if kind == "ID":
            assert dni.is_valid("".join(digits)) or nie.is_valid("".join(digits))
    assert len(pseudonyms) == 1


def test_what_a_model_finds_keeps_its_control_letter() -> None:
    assert dni.is_valid(surrogate("ID", "12345678Z", "own_model"))


def test_a_name_with_an_n_for_its_tilde_and_in_capitals() -> None:
    plain = false_names.name("José Núñez de la Fuente", KEY, "es")
    assert false_names.name("JOSÉ NÚÑEZ DE LA FUENTE", KEY, "es") == plain.upper()
    assert false_names.name("Jose Nunez De La Fuente", KEY, "es").lower() == plain.lower()
    first, last = (false_names.plain(part) for part in plain.split()[:2])
    assert false_names.email("jose.nunez@x.es", KEY, "es").startswith(f"{first}.{last}@")
    assert false_names.name("Íñigo", KEY, "es") == false_names.name("Inigo", KEY, "es")


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("DATE", "mayo de 1980", r"[a-z]+ de 19\d\d"),
        ("DATE", "05/1980", r"\d\d/19\d\d"),
        ("DATE", "1980", r"19\d\d"),
        ("BIRTH_DATE", "tres de mayo de mil novecientos ochenta", r"\[BIRTH_DATE\]"),
        ("BIRTH_DATE", "tres de mayo de 1980", r"\[BIRTH_DATE\]"),
        ("AGE", "47 años", r"\d\d años"),
        ("AGE", "cuarenta años", r"\[AGE\]"),
    ],
)
def test_months_years_and_ages_keep_their_form(kind: str, value: str, form: str) -> None:
    new = surrogate(kind, value)
    assert re.fullmatch(form, new), new
    assert new != value
