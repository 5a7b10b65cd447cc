from __future__ import annotations

import re
import string

import pytest

from dialecto.console.texts import LANGUAGES, catalogue, text


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_language_says_everything_with_the_same_values() -> None:
    first, *others = (catalogue(lang) for lang in LANGUAGES)
    for other in others:
        assert other.keys() == first.keys()
        for key, template in first.items():
            assert fields(other[key]) == fields(template), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_is_empty_or_has_stray_blanks(lang: str) -> None:
    for key, template in catalogue(lang).items():
        assert template.strip() == template != "", key
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", key)


def test_values_are_filled_in() -> None:
    assert "http://x" in text("es", "serve.link", link="http://x")
    with pytest.raises(KeyError):
        text("en", "no.such")
