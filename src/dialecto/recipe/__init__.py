"""The recipe: typed, documented, validated with line numbers."""

from dialecto.recipe.base import Section, digest_view
from dialecto.recipe.corpus import CorpusSection
from dialecto.recipe.evaluate import EvaluateSection
from dialecto.recipe.loader import RECIPE_FILE, load_recipe
from dialecto.recipe.pretrain import PretrainSection
from dialecto.recipe.quantities import parse_seconds
from dialecto.recipe.recipe import Recipe
from dialecto.recipe.report import ReportSection
from dialecto.recipe.serve import ServeSection
from dialecto.recipe.sources import Source
from dialecto.recipe.tokenizer import TokenizerSection
from dialecto.recipe.tune import TuneSection

__all__ = [
    "RECIPE_FILE",
    "CorpusSection",
    "EvaluateSection",
    "PretrainSection",
    "Recipe",
    "ReportSection",
    "Section",
    "ServeSection",
    "Source",
    "TokenizerSection",
    "TuneSection",
    "digest_view",
    "load_recipe",
    "parse_seconds",
]
