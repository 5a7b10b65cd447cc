"""National, tax and social security identifiers, one file for each part of the world."""

from dialecto.corpus.pii.identifiers import (
    andes,
    anglo,
    central_america,
    iberia,
    mexico,
    southern_cone,
)
from dialecto.corpus.pii.recogniser import Recogniser

RECOGNISERS: tuple[Recogniser, ...] = (
    *iberia.RECOGNISERS,
    *mexico.RECOGNISERS,
    *central_america.RECOGNISERS,
    *andes.RECOGNISERS,
    *southern_cone.RECOGNISERS,
    *anglo.RECOGNISERS,
)
