"""User names in logs, settings, paths and profiles; e-mail addresses that are spelt out."""

from __future__ import annotations

import re

import pytest

from dialecto.corpus.pii import Pseudonymiser, find_entities
from dialecto.corpus.pii.accounts import names_a_person
from dialecto.corpus.pii.entity import DEFAULT_TYPES


def found(text: str) -> list[tuple[str, str]]:
    return [(e.type, e.text) for e in find_entities(text) if e.type in ("USERNAME", "EMAIL")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("user=jlopez action=login", "jlopez"),
        ('{"username":"maria.garcia"}', "maria.garcia"),
        ("su usuario es jlopez", "jlopez"),
        ("User jdoe42 logged in", "jdoe42"),
        ("/home/kbrzo/notas.txt", "kbrzo"),
        ("C:\\Users\\jlopez\\Desktop", "jlopez"),
        ("https://www.linkedin.com/in/xq-wz-1", "xq-wz-1"),
        ("mira twitter.com/juanperez", "juanperez"),
        ("https://ejemplo.com/usuarios/jlopez?a=1", "jlopez"),
        ("hola @juanperez, mira esto", "@juanperez"),
    ],
)
def test_user_names(text: str, value: str) -> None:
    assert found(text) == [("USERNAME", value)]


@pytest.mark.parametrize("value", ["maria (at) ejemplo.com", "ana.ruiz [arroba] ejemplo [punto] es",
                                   "luis arroba ejemplo punto es"])  # fmt: skip
def test_addresses_spelt_out(value: str) -> None:
    assert found(f"escribe a {value}, por favor")[0][1].endswith(value)


def test_an_address_in_a_query_is_only_the_address() -> None:
    assert found("https://a.example/u?mail=j@x.es") == [("EMAIL", "j@x.es")]


@pytest.mark.parametrize(
    "text",
    [
        "The user guide explains how user accounts work.",
        "user = get_user(id); user: string",
        "https://github.com/python/cpython y https://twitter.com/share",
        "@Override public void run() {} @media screen, npm install @babel/core",
        "/home/user/docs y C:\\Users\\Public\\x",
        "meet me (at home.today) or at example.com",
        "usuario: administrador",
    ],
)
def test_nobody(text: str) -> None:
    assert found(text) == []


def test_names_in_accounts() -> None:
    assert all(map(names_a_person, ("jlopez", "maria.ruiz", "juanperez92", "ruiz_ana")))
    assert not any(map(names_a_person, ("admin", "guide", "share", "babel", "x1", "system")))


def test_web_addresses_only_when_asked_for() -> None:
    text = "Vea https://www.ejemplo.com/guia?x=1."
    assert not find_entities(text)
    (link,) = find_entities(text, types=DEFAULT_TYPES | {"URL"})
    assert (link.type, link.text) == ("URL", "https://www.ejemplo.com/guia?x=1")
    assert Pseudonymiser(bytes(32), "pseudonym", "es").replace(text, [link]) == "Vea [URL]."


@pytest.mark.parametrize("value", ["00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001A.2B3C.4D5E"])
def test_addresses_of_cards_keep_their_form(value: str) -> None:
    text = f"dispositivo {value} conectado"
    (one,) = find_entities(text)
    assert (one.type, one.text) == ("IP", value)
    new = Pseudonymiser(bytes(32), "pseudonym", "es").replace(text, [one]).split()[1]
    assert new != value
    assert re.sub("[0-9A-Fa-f]", "0", new) == re.sub("[0-9A-Fa-f]", "0", value)
    assert new.isupper() == value.isupper()


def test_who_speaks_in_a_chat() -> None:
    text = "[12:03] Marta: quedamos?\n12/3/24, 9:05 - Xurxo Gil: vale\n10:00 INFO: listo"
    assert [e.text for e in find_entities(text) if e.type == "NAME"] == ["Marta", "Xurxo Gil"]


def test_names_in_small_letters_after_a_word_that_announces_them() -> None:
    def names(text: str) -> list[str]:
        return [e.text for e in find_entities(text) if e.type == "NAME"]

    assert names("hola me llamo carmen dominguez y quiero una baja") == ["carmen dominguez"]
    assert names("medico: javier montero ruiz") == ["javier montero ruiz"]
    assert names("nombre: texto del campo, paciente: mujer de edad") == []
