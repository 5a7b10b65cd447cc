"""Recognisers written for Presidio, used as they are: extra `dialecto[presidio]`.

A rule-based recogniser of Presidio looks at a text alone; its `AnalyzerEngine` raises the score
of a finding that has one of the recogniser's words of context near it. Both are done here,
without the engine and without a language model. Nothing touches the network: Presidio's e-mail
recogniser asks `tldextract` for the list of public suffixes, which would fetch it; it is given
the copy that comes with that package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import CONTEXT_CHARACTERS, Recogniser
from dialecto.runtime.errors import DialectoError

TYPES = {
    "PERSON": "NAME",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP",
    "MAC_ADDRESS": "IP",
    "LOCATION": "PLACE",
    "DATE_TIME": "DATE",
    "ORGANIZATION": "ORGANISATION",
    "MEDICAL_LICENSE": "RECORD",
    "AGE": "AGE",
}
"""Presidio's names of types and ours. National ones (`ES_NIF`, `US_SSN`) are ID; others stay."""

# As Presidio's LemmaContextAwareEnhancer does it.
CONTEXT_GAIN, LEAST_WITH_CONTEXT = 0.35, 0.4
ACCEPTED = 0.4
"""From this score on a finding counts; Presidio's weak patterns only reach it with context."""


def our_type(name: str) -> str:
    """`ES_NIF` -> `ID`, `EMAIL_ADDRESS` -> `EMAIL`; a name of the user's own stays."""
    if name in TYPES:
        return TYPES[name]
    return "ID" if re.fullmatch(r"[A-Z]{2}_[A-Z0-9_]+", name) else name


def from_presidio(recogniser: Any, lang: str) -> Recogniser:
    """A Presidio recogniser, or its class, as one of ours.

    Raises DialectoError for one that needs Presidio's language engine.
    """
    stay_offline()
    if isinstance(recogniser, type):
        recogniser = recogniser(supported_language=lang)
    if "nlp" in type(recogniser).__name__.lower() or "spacy" in type(recogniser).__name__.lower():
        raise DialectoError(
            f"{type(recogniser).__name__} needs Presidio's language engine: only recognisers that "
            "look at the text alone can be used."
        )
    entities = list(recogniser.supported_entities)
    words = [word.lower() for word in (recogniser.context or [])]
    name = f"presidio.{recogniser.name}"

    def find(text: str, start: int, end: int) -> Iterator[Entity]:
        part = text[start:end]
        for found in recogniser.analyze(part, entities, None) or ():
            begin, stop = start + found.start, start + found.end
            score = found.score
            if words and score < 1:
                before = text[max(0, begin - CONTEXT_CHARACTERS) : begin].lower()
                if any(word in before for word in words):
                    score = min(1.0, max(score + CONTEXT_GAIN, LEAST_WITH_CONTEXT))
            if score >= ACCEPTED and begin < stop:
                kind = our_type(found.entity_type)
                # Just below what ships where both are sure: our check digits know more regions.
                yield Entity(begin, stop, kind, text[begin:stop], min(score, 0.99), name)

    return Recogniser(name, tuple(dict.fromkeys(map(our_type, entities))), find)


def stay_offline() -> None:
    """Gives Presidio's e-mail recogniser a list of suffixes that is never fetched nor cached."""
    try:
        import tldextract
    except ImportError:
        return
    module = tldextract.tldextract
    if module.TLD_EXTRACTOR.suffix_list_urls:
        module.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
