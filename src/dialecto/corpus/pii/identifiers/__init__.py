"""National, tax, social security and account numbers: tables, one for each part of the world."""

from dialecto.corpus.pii.identifiers import (
    andes,
    anglo,
    central_america,
    southern_cone,
    spain_portugal,
)
from dialecto.corpus.pii.identifiers.identifier import Identifier
from dialecto.corpus.pii.recogniser import Recogniser

_MODULES = (spain_portugal, central_america, andes, southern_cone, anglo)
IDENTIFIERS: tuple[Identifier, ...] = tuple(
    row for module in _MODULES for row in module.IDENTIFIERS
)
RECOGNISERS: tuple[Recogniser, ...] = tuple(
    rule for module in _MODULES for rule in module.RECOGNISERS
)
