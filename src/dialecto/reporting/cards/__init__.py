"""The papers of a corpus: data card, Croissant and the public summary of training content.

All three are made from what lies in the corpus artefact, so that they can be made again by
whoever holds it, and from the few facts that only people know (`corpus.card` in the recipe).
"""

from dialecto.reporting.cards.names import CARD_FILES

__all__ = ["CARD_FILES"]
