"""The national variety of a text in Spanish, guessed from its words, for balancing a corpus.

Counted are distinct words of `variety_words`, plurals of *vosotros* and *vos*, offices and
papers that only one country has, telephone prefixes and names of the net. A country is named
when it has clearly more than any other; `es-419` (Latin America, UN M.49) when the words are
American but of no one country; nothing when the text does not say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import pyarrow as pa

from dialecto.corpus.table import with_columns
from dialecto.corpus.variety_words import DEMONYM, LATIN, NAMES, PHONES, WEAK, WORDS, words_of

LATIN_AMERICA = "419"
_READ = 12_000  # characters: more hardly change the answer
_TOKEN = re.compile(r"[^\W\d_]+")
_VOSOTROS = ("áis", "éis", "asteis", "isteis")
_VOSEO = words_of(
    """
    tenés podés querés sabés hacés debés venís decís ponés creés necesitás trabajás hablás
    llegás pagás comprás usás buscás encontrás contactate comunicate acercate registrate
    sumate enterate quedate fijate andate avisame decime contame mandame
    """
)
# Words in -á that are no imperative of *vos* ("comprá", "mirá").
_NO_ORDER = words_of(
    """
    á está allá acá quizá mamá papá sofá canadá panamá bogotá alcalá dá maná ojalá jehová
    fa caquetá boyacá paraná chá ná má lá pá sá alá tá chachachá guaraná bahá yá
    """
)
# Within an address only: `spam.py` is a file.
_NETS_IN = tuple(
    re.compile(start + r"[\w.-]{1,80}\.([a-z]{2})(?![\w.-])") for start in ("@", "://", r"www\.")
)
_PHONES_IN = (re.compile(r"\+(\d{2,3})[\s\-().]?\d"),)
_ENOUGH = 1.5
_CLEARLY = 1.5  # times as much as the next
_MUCH_MORE = 4.0  # America without a country, against Spain


@cache
def _lexicon() -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Of each word, and of each name, what it counts for which country."""
    words: dict[str, dict[str, float]] = {}
    names: dict[str, dict[str, float]] = {}
    for table, found, weight in ((WORDS, words, 1.0), (NAMES, names, 1.5)):
        for country, listed in table.items():
            for word in listed.split():
                found.setdefault(word, {})[country] = weight * _strength(word)
    for word in LATIN:
        words.setdefault(word, {})[LATIN_AMERICA] = _strength(word)
    for table_ in (words, names):
        for word, countries in table_.items():
            own = [country for country in countries if country != LATIN_AMERICA]
            table_[word] = {c: w / (len(own) if c in own else 1) for c, w in countries.items()}
    return words, names


def _strength(word: str) -> float:
    return 0.5 if word in WEAK or DEMONYM.fullmatch(word) else 1.0


def variety_scores(text: str) -> Counter[str]:
    """How much speaks for each country; `419` for words of Latin America in general."""
    words, names = _lexicon()
    text = text[:_READ]
    tokens = set(_TOKEN.findall(text))
    scores: Counter[str] = Counter()
    lower = {token.lower() for token in tokens}
    for table, found in ((words, lower & words.keys()), (names, tokens & names.keys())):
        for word in sorted(found):
            for country, weight in table[word].items():
                scores[country] += weight  # type: ignore[assignment]
    scores["ES"] += min(sum(word.endswith(_VOSOTROS) for word in lower), 3)
    orders = {word for word in lower if word[-1] == "á" and word[-2:] != "rá"}
    if lower & _VOSEO or orders - _NO_ORDER:
        for country in ("AR", "UY"):
            scores[country] += 1
    for patterns, known in ((_PHONES_IN, _PREFIXES), (_NETS_IN, _NETS)):
        marks = {mark for pattern in patterns for mark in pattern.findall(text)}
        for mark in sorted(marks & known.keys()):
            scores[known[mark]] += 1
    return +scores


_PREFIXES = {prefix: country for country, prefix in PHONES.items()}
_NETS = {country.lower(): country for country in WORDS if country not in ("CO", "PR", "DO")}


def spanish_variety(text: str) -> str:
    """`es-ES`, `es-MX`, ...; `es-419`; or "" when the words do not say.

    >>> spanish_variety("Coged el coche y el móvil, que vuestro piso está lejos.")
    'es-ES'
    """
    scores = variety_scores(text)
    latin = scores.pop(LATIN_AMERICA, 0)
    spain = scores.get("ES", 0)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    if ranked:
        best, score = ranked[0]
        second = ranked[1][1] if len(ranked) > 1 else 0.0
        rival = max(second, latin) if best == "ES" else second
        if score >= _ENOUGH and score >= _CLEARLY * rival:
            return f"es-{best}"
    american = latin + sum(score for country, score in ranked if country != "ES")
    if american >= 2 * _ENOUGH and american >= _MUCH_MORE * spain:
        return f"es-{LATIN_AMERICA}"
    return ""


def variety_step(table: pa.Table) -> pa.Table:
    """Writes `variety` of the documents in Spanish that stay."""
    return with_columns(table, variety=_varieties(table))


def _varieties(table: pa.Table) -> Sequence[str]:
    return [
        spanish_variety(text) if lang == "es" and not outcome else ""
        for text, lang, outcome in zip(
            *(table[name].to_pylist() for name in ("text", "lang", "outcome")), strict=True
        )
    ]
