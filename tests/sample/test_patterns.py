"""Every written sentence can be said, and reads as a sentence."""

from __future__ import annotations

import re
from importlib.resources import files
from random import Random

import pytest

from dialecto.sample import count_patterns
from dialecto.sample.facts import make_facts
from dialecto.sample.markup import plain
from dialecto.sample.people import _names
from dialecto.sample.phrases import contract, expand, load_lines, load_pool, load_yaml
from dialecto.sample.slots import company_of, document_slots

EXTRA = {"trigger": "x", "payload": "y", "subject": "z"}


def pools(lang: str) -> list[str]:
    folder = files("dialecto.sample") / "patterns" / lang
    return sorted(f.name[:-4] for f in folder.iterdir() if f.name.endswith(".txt"))


@pytest.mark.parametrize("lang", ["es", "en"])
def test_there_are_at_least_500_patterns(lang: str) -> None:
    assert count_patterns(lang) >= 500


@pytest.mark.parametrize("lang", ["es", "en", "fr", "pt"])
def test_every_pattern_can_be_said(lang: str) -> None:
    facts = make_facts(lang, 3, 160) if lang in ("es", "en") else ()
    company = company_of(lang, 3, facts)
    rng = Random(1)
    for name in pools(lang):
        for pattern, line in zip(load_pool(lang, name), load_lines(lang, name), strict=True):
            slots = document_slots(company, 5, "clinic", rng) | EXTRA
            said = plain(expand(pattern, rng, slots, lang))
            assert not re.search(r"[{}\[\]|]|  | [,.;]|\.\.$", said), (line, said)
            assert said[0] in "¿¡«" or said[0].isdigit() or said[0] == said[0].upper(), said
            if lang == "es":
                assert not re.search(r"\b(de|a) el\b", said), said


def test_spanish_contracts_and_nothing_else() -> None:
    assert contract("cerca de el molino y a el pueblo", "es") == "cerca del molino y al pueblo"
    assert contract("De el molino", "es") == "Del molino"
    assert contract("de él, para el molino, de ella", "es") == "de él, para el molino, de ella"
    assert contract("de el molino", "en") == "de el molino"


@pytest.mark.parametrize("lang", ["es", "en"])
def test_patterns_hold_no_personal_data(lang: str) -> None:
    for name in pools(lang):
        for line in load_lines(lang, name):
            assert not re.search(r"@|\d{5,}|\d[ .-]\d{3}", line), line


@pytest.mark.parametrize("lang", ["es", "en"])
def test_no_thing_is_called_like_a_person(lang: str) -> None:
    known = {n for c in ("ES", "AR", "CL", "MX", "CO", "GB", "US") for n in _names(c)[0]}
    known |= {n for c in ("ES", "AR", "CL", "MX", "CO", "GB", "US") for n in _names(c)[1]}
    data = load_yaml(lang, "facts")
    named = [*data["brands"], *load_yaml(lang, "genres")["company_names"]]
    named += [s.split()[-1] for s in data["classes"]["project"]["subjects"] if lang == "es"]
    assert not known & set(named)
