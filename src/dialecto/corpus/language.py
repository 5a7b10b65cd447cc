"""Which language a document is in, and whether the recipe keeps it.

Code, addresses and markup say nothing about a language and are left out of the question. A
document that the identifier is unsure of, or that is full of a kept language's commonest
words, stays: a manual that quotes English commands is still a Spanish manual.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pyarrow as pa

from dialecto.corpus.identifier import identifier
from dialecto.corpus.table import LANGUAGE, REMOVED, settle, with_columns

_CODE = re.compile(r"`[^`\n]{1,300}`|https?://\S{1,500}|[\w.+-]{1,64}@[\w.-]{1,100}")
_CODE_LINE = re.compile(r"[;{}\\]$|^\s{0,40}(?://|#include|<|\*|--|@)|==|\w\(\w*\)|\w::\w")
_FENCE = re.compile(r"^\s{0,12}(?:```|~~~)")
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 1000  # characters at each of three places; more hardly change the answer
_GLANCE = 40  # words at each of three places that are looked at first
_SURE = 0.999
_FEW_LETTERS = 20
_MIXED_SHARE = 0.1  # of a kept language's commonest words among all words


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON_WORDS = {
    "es": _words(
        "de la que el en y los se del las un por con una para su al lo como más pero sus le "
        "es o este sí porque esta entre cuando muy sin sobre también hasta hay donde"
    ),
    "en": _words(
        "the of and to in a is that for it as was with be by on not he i this are or his from "
        "at which but have an had they you were their one all we can her has there"
    ),
    "pt": _words(
        "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi "
        "ao ele das tem à seu sua ou ser quando muito há nos já está eu também"
    ),
    "ca": _words(
        "de la i el que a en les els per un una amb és del al no es com més però o ha són "
        "seva aquest aquesta també entre fins molt quan sense sobre"
    ),
    "gl": _words(
        "de a o que e do da en un para é con non unha os no se na por máis as dos como pero "
        "foi ao das ten seu súa ou ser cando moi tamén entre sobre"
    ),
    "eu": _words(
        "eta da ez bat du dira ere zen egin izan den baina dute dela beste hori bere izango "
        "hau edo gero dago dugu arte behar"
    ),
    "it": _words(
        "di che e la il un a per in una mi sono ho non ma lo ha le si ti i con cosa se io come da "
        "ci no questo qui hai sei del bene tu dei al nel alla della gli delle dello ogni diritto"
    ),
    "de": _words(
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es "
        "an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über"
    ),
    "fr": _words(
        "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se "
        "ce il sont avec ou son aux comme cette mais"
    ),
}


def sample_of(text: str) -> str:
    """The words that can tell a language: beginning, middle and end, without code."""
    prose = _without_code(text[: 40 * _SAMPLE])
    if len(prose) > 3 * _SAMPLE:
        middle = len(prose) // 2 - _SAMPLE // 2
        prose = "\n".join((prose[:_SAMPLE], prose[middle : middle + _SAMPLE], prose[-_SAMPLE:]))
    plain = _CODE.sub(" ", prose)
    return plain if plain.strip() else text[: 3 * _SAMPLE]


def _without_code(text: str) -> str:
    fenced = False
    lines = []
    for line in text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and not _CODE_LINE.search(line.rstrip()):
            lines.append(line)
    return "\n".join(lines)


def identify(text: str) -> tuple[str, float]:
    """ISO 639-1 code and probability; ("", 0.0) when there are hardly any letters."""
    return identify_all([text])[0]


def identify_all(texts: Sequence[str]) -> list[tuple[str, float]]:
    """For each text ISO 639-1 code and probability; ("", 0.0) with hardly any letters."""
    samples = [_WORD.findall(sample_of(text)) for text in texts]
    # Shouting and names in capitals mislead the model, which knows running text.
    asked = {
        place: [word.lower() for word in words]
        for place, words in enumerate(samples)
        if sum(map(len, words)) >= _FEW_LETTERS
    }
    glances = {place: _glance(words) for place, words in asked.items() if len(words) > 3 * _GLANCE}
    known = {place: answer for place, answer in _asked(glances).items() if answer[1] > _SURE}
    known |= _asked({place: words for place, words in asked.items() if place not in known})
    return [known.get(place, ("", 0.0)) for place in range(len(texts))]


def _glance(words: list[str]) -> list[str]:
    middle = len(words) // 2
    return words[:_GLANCE] + words[middle : middle + _GLANCE] + words[-_GLANCE:]


def _asked(questions: Mapping[int, list[str]]) -> dict[int, tuple[str, float]]:
    answers = identifier().classify([" ".join(words) for words in questions.values()])
    return dict(zip(questions, answers, strict=True))


def share_of_common_words(text: str, language: str) -> float:
    """How much of a text is a language's commonest words; 0.3-0.5 in running text."""
    words = _WORD.findall(sample_of(text).lower())
    common = COMMON_WORDS.get(language, frozenset())
    return sum(word in common for word in words) / len(words) if words else 0.0


def judge_languages(
    texts: Sequence[str], keep: Sequence[str], minimum: float
) -> list[tuple[str, bool]]:
    """For each document the language (empty: unknown) and whether a document in it stays."""
    return [
        _judged(text, language, confidence, keep, minimum)
        for text, (language, confidence) in zip(texts, identify_all(texts), strict=True)
    ]


def _judged(
    text: str, language: str, confidence: float, keep: Sequence[str], minimum: float
) -> tuple[str, bool]:
    if language in keep:
        return language, True
    if not language or confidence < minimum:
        return "", True
    shares = {kept: share_of_common_words(text, kept) for kept in keep}
    best = max(shares, key=lambda kept: shares[kept])
    rival = share_of_common_words(text, language) if language in COMMON_WORDS else 0.2
    if shares[best] >= _MIXED_SHARE and shares[best] > rival:
        return best, True
    return language, False


def language_step(table: pa.Table, keep: Sequence[str], minimum: float) -> pa.Table:
    """Writes `lang`; removes what is surely in another language as `language`."""
    texts, outcomes = table["text"].to_pylist(), table["outcome"].to_pylist()
    open_ = [place for place, outcome in enumerate(outcomes) if not outcome]
    judged = judge_languages([texts[place] for place in open_], keep, minimum)
    languages = [""] * len(texts)
    verdicts: list[tuple[str, str, str] | None] = [None] * len(texts)
    for place, (language, stays) in zip(open_, judged, strict=True):
        languages[place] = language
        verdicts[place] = None if stays else (REMOVED, LANGUAGE, language)
    return settle(with_columns(table, lang=languages), verdicts)
