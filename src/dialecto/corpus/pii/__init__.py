"""Personal data: found by recognisers, replaced by consistent pseudonyms, scored against truth."""

from dialecto.corpus.pii.entity import ALL_TYPES, DEFAULT_TYPES, DIRECT_TYPES, Entity
from dialecto.corpus.pii.finder import find_entities
from dialecto.corpus.pii.keys import pseudonym_key, value_key
from dialecto.corpus.pii.pseudonym import Pseudonymiser
from dialecto.corpus.pii.recogniser import Recogniser

__all__ = [
    "ALL_TYPES",
    "DEFAULT_TYPES",
    "DIRECT_TYPES",
    "Entity",
    "Pseudonymiser",
    "Recogniser",
    "find_entities",
    "pseudonym_key",
    "value_key",
]
