"""Spanish or English: enough to choose the rules for names of a text that nobody has labelled.

The corpus has its own step for languages. Here a text may be a line of a form, where a model of
languages guesses; the commonest words of the two are counted instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

AUTO = "auto"
_WORD = re.compile(r"[^\W\d_]+")
_READ = 4_000  # characters at the beginning of a text
_SPANISH = """
de la que el en y los del se las por un para con una su al lo como más pero sus le ya o
este porque cuando muy sin sobre también hasta hay donde desde nos mi si fue es son está
ha calle fecha nombre domicilio hola teléfono correo número nacimiento da em uma com não
dos
"""
_ES = frozenset(_SPANISH.split())
_ENGLISH = """
the of and to in is that for it with as was on be at by this are or from have not an but
my you your please his her he she they we our has had were will would can could what
which who when where how if i am name date birth phone address street number dear mr mrs
hello hi
"""
_EN = frozenset(_ENGLISH.split())


def language_of(text: str) -> str:
    """`en` where its commonest words outnumber those of Spanish, else `es`."""
    words = _WORD.findall(text[:_READ].lower())
    return "en" if sum(map(_EN.__contains__, words)) > sum(map(_ES.__contains__, words)) else "es"


def by_language(texts: Sequence[str], lang: str) -> Iterator[tuple[str, list[int]]]:
    """Each language and which of the texts are in it; all in `lang` unless that is `auto`."""
    if lang != AUTO:
        yield lang, list(range(len(texts)))
        return
    languages = [language_of(text) for text in texts]
    for language in ("es", "en"):
        if numbers := [n for n, found in enumerate(languages) if found == language]:
            yield language, numbers
