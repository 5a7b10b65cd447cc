"""The recipe: typed, documented, validated with line numbers."""

from dialecto.recipe.base import Section, digest_view
from dialecto.recipe.budget import Budget, MachineSection, parse_budget
from dialecto.recipe.columns import fill, template_columns
from dialecto.recipe.corpus import CorpusSection
from dialecto.recipe.evaluate import EvaluateSection
from dialecto.recipe.loader import RECIPE_FILE, load_recipe
from dialecto.recipe.pretrain import PretrainSection
from dialecto.recipe.quality import Quality
from dialecto.recipe.quantities import parse_seconds
from dialecto.recipe.recipe import Recipe
from dialecto.recipe.remote import (
    REMOTE_KINDS,
    CommonCrawlSource,
    HubSource,
    Remote,
    SqlSource,
    WebSource,
)
from dialecto.recipe.report import ReportSection
from dialecto.recipe.serve import ServeSection
from dialecto.recipe.sources import Source, source_names
from dialecto.recipe.statements import single_select
from dialecto.recipe.tokenizer import TokenizerSection
from dialecto.recipe.tune import TuneSection

__all__ = [
    "RECIPE_FILE",
    "REMOTE_KINDS",
    "Budget",
    "CommonCrawlSource",
    "CorpusSection",
    "EvaluateSection",
    "HubSource",
    "MachineSection",
    "PretrainSection",
    "Quality",
    "Recipe",
    "Remote",
    "ReportSection",
    "Section",
    "ServeSection",
    "Source",
    "SqlSource",
    "TokenizerSection",
    "TuneSection",
    "WebSource",
    "digest_view",
    "fill",
    "load_recipe",
    "parse_budget",
    "parse_seconds",
    "single_select",
    "source_names",
    "template_columns",
]
