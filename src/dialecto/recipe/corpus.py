"""The corpus stage: from messy files to curated, pseudonymised, split documents."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from dialecto.recipe.base import NOT_IN_DIGEST, Section
from dialecto.recipe.card import Card
from dialecto.recipe.pii import Pii
from dialecto.recipe.quality import Quality
from dialecto.recipe.quantities import parse_bytes

LEAST_MEMORY = 1e9


class Language(Section):
    """Which languages stay."""

    keep: list[str] = Field(
        [], description="ISO 639-1 codes to keep; empty means the recipe's `lang`."
    )
    minimum_confidence: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Below this the document's language counts as unknown and stays.",
    )
    paragraphs: Literal["keep", "drop"] = Field(
        "keep",
        description="Paragraphs in a language not kept, within a document in one that is: "
        "`keep` only measures them, `drop` removes them.",
    )


class Paragraphs(Section):
    """Long paragraphs that several documents share word by word."""

    enabled: bool = Field(True, description="Keep each of them in one document only.")
    minimum_words: int = Field(
        30, ge=5, description="Shorter paragraphs stay, and so do headings, lists, tables, code."
    )
    minimum_documents: int = Field(
        3, ge=2, description="A paragraph in fewer documents than this stays in all of them."
    )


class Dedup(Section):
    """Exact and near duplicates."""

    enabled: bool = Field(True, description="Remove duplicates.")
    threshold: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Jaccard similarity of word 5-grams from which two documents "
        "are near duplicates.",
    )
    paragraphs: Paragraphs = Field(Paragraphs(), description="Repeated paragraphs.")
    against: list[str] = Field(
        [],
        description="Corpus artefacts (or their `index.parquet`), relative to the recipe: what "
        "repeats a document of theirs is removed.",
    )


class Repair(Section):
    """Mending of damaged text beyond what is always done (encodings, hyphens of PDFs)."""

    ocr: bool = Field(
        False,
        description="Mend words that optical recognition damaged (`l1bro`), by lists of Spanish "
        "and English words; never names, identifiers, numbers, code or the corpus' own words.",
    )


HarmPolicy = Literal["flag", "drop", "keep"]
_STRICTNESS: tuple[HarmPolicy, ...] = ("keep", "flag", "drop")
HARMS = ("abuse", "crime", "drugs", "hate", "self_harm", "sexual_minors", "toxicity", "violence",
         "weapons")  # fmt: skip


class Harm(Section):
    """Harmful documents."""

    policy: HarmPolicy = Field(
        "drop", description="What to do with a document that the harm rules find."
    )
    policies: dict[str, HarmPolicy] = Field(
        {},
        description="Other policies, by category: abuse, crime, drugs, hate, self_harm, "
        "sexual_minors, violence, weapons; toxicity, which a model finds, is `flag` unless said.",
    )

    mentions: HarmPolicy = Field(
        "flag",
        description="What to do where a rule finds words of harm in a text that speaks of it: a "
        "judgment, a protocol of prevention, news, a prescription. `drop`: as if it did harm.",
    )

    @field_validator("policies")
    @classmethod
    def _known(cls, policies: dict[str, HarmPolicy]) -> dict[str, HarmPolicy]:
        unknown = sorted(set(policies) - set(HARMS))
        if unknown:
            raise ValueError(
                f"no such category: {', '.join(unknown)}; there are {', '.join(HARMS)}"
            )
        return policies

    def policy_of(self, category: str, *, mention: bool = False) -> HarmPolicy:
        """What is done with a document of this category, or with one that only mentions it."""
        usual: HarmPolicy = "flag" if category == "toxicity" else self.policy
        if category == "toxicity" and self.policy == "keep":
            usual = "keep"
        policy = self.policies.get(category, usual)
        return min(policy, self.mentions, key=_STRICTNESS.index) if mention else policy


class Decontaminate(Section):
    """What the model will be judged by must not be what it learns from."""

    files: list[str] = Field(
        [],
        description="Evaluation files of any format that sources have (.jsonl, .json, .csv, "
        ".parquet, .txt, .docx...), or folders of them, relative to the recipe: documents and "
        "conversations that hold an item, word by word or nearly, are removed as `contaminated`.",
    )
    ngram: int = Field(
        13, ge=5, le=50, description="Words in a row that an item and a document have in common."
    )
    held_out: bool = Field(
        True,
        description="Remove from the training part documents that quote a twentieth of one held "
        "out for validation or test, or some 600 words of it, in passages of 50 words and more.",
    )


class Poison(Section):
    """What somebody may have put into documents for a model to learn."""

    enabled: bool = Field(True, description="Look for triggers, hidden characters, injections.")
    policy: Literal["quarantine", "flag", "keep"] = Field(
        "quarantine",
        description="`quarantine`: set poisoned documents aside as `poison`; `flag`: keep them "
        "and note it in the lineage; `keep`: only measure (`poison.json`).",
    )


class Balance(Section):
    """How much of each kind of document a model reads."""

    enabled: bool = Field(False, description="Balance the corpus.")
    by: Literal["topic", "source", "lang", "variety", "year"] = Field(
        "topic",
        description="What is balanced: topics found in the texts, sources, languages, national "
        "varieties of Spanish, or years. Documents of which it is unknown are left as they are.",
    )
    topics: int = Field(0, ge=0, le=200, description="How many topics; 0: by the corpus' size.")
    temperature: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Groups are read in proportion to bytes ** temperature, by repeating the "
        "smaller ones: 1 leaves them as they are, 0 makes them equal.",
    )
    max_share: float = Field(
        1.0,
        gt=0,
        le=1,
        description="The most that a group may have of what is read; above it documents are "
        "removed as `balance`.",
    )
    max_repeat: int = Field(
        3, ge=1, le=20, description="How often a document is read in an epoch, at most."
    )
    debias: Literal["none", "gender"] = Field(
        "none",
        description="`gender`: documents that name the rarer gender more often are repeated until "
        "both are named alike, within the limits.",
    )


class Split(Section):
    """Train, validation and test parts."""

    train: float = Field(0.8, gt=0, lt=1, description="Share of documents to train on.")
    validation: float = Field(0.1, gt=0, lt=1, description="Share to steer training by.")
    test: float = Field(0.1, gt=0, lt=1, description="Share to judge the model by, once.")
    folds: int = Field(
        0,
        ge=0,
        le=50,
        description="Parts for cross-validation (`folds.parquet`): what is not test is dealt out "
        "to so many folds, what belongs together to one; 0: none.",
    )

    @field_validator("folds")
    @classmethod
    def _two_or_more(cls, folds: int) -> int:
        if folds == 1:
            raise ValueError("one fold holds everything: 2 or more, or 0 for none")
        return folds

    @model_validator(mode="after")
    def _sums_to_one(self) -> Split:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"train + validation + test must be 1, not {total:g}")
        return self


class CorpusSection(Section):
    """Extraction, cleaning, language, duplicates, personal data, split."""

    language: Language = Field(Language(), description="Which languages stay.")
    minimum_characters: int = Field(
        40, ge=0, description="Shorter documents are removed as `too_short`."
    )
    dedup: Dedup = Field(Dedup(), description="Duplicates.")
    quality: Quality = Field(Quality(), description="Repetition, gibberish, boilerplate.")
    repair: Repair = Field(Repair(), description="Damaged words.")
    harm: Harm = Field(Harm(), description="Harmful documents.")
    changed: Literal["accept", "stop"] = Field(
        "accept",
        description="When files of a source are not what the last corpus was made from: `accept` "
        "warns and notes it in the ledger, `stop` refuses until `dialecto run --accept-changes`. "
        "A file that changes during the run counts too.",
        json_schema_extra=NOT_IN_DIGEST,
    )
    decontaminate: Decontaminate = Field(
        Decontaminate(), description="Evaluation text in the corpus."
    )
    poison: Poison = Field(Poison(), description="Poisoned documents.")
    pii: Pii = Field(Pii(), description="Personal data.")
    balance: Balance = Field(Balance(), description="Topics, sources, languages, years.")
    split: Split = Field(Split(), description="Train, validation, test.")
    card: Card = Field(Card(), description="Data card, Croissant and public summary.")
    shard_megabytes: int = Field(
        16, ge=1, description="Text in one Parquet shard; also bounds memory."
    )
    workers: int = Field(
        0, ge=0, description="Processes; 0: one for each core.", json_schema_extra=NOT_IN_DIGEST
    )
    memory: str = Field(
        "",
        description="The most that all processes of this machine may hold together, like `4GB`: "
        "as many workers run as that is enough for. Empty: four fifths of the machine's.",
        json_schema_extra=NOT_IN_DIGEST,
    )
    engine: Literal["local", "ray"] = Field(
        "local",
        description="`local`: processes of this machine; `ray`: tasks of a Ray cluster (needs the "
        "extra `cluster`). The result is the same.",
        json_schema_extra=NOT_IN_DIGEST,
    )
    address: str = Field(
        "",
        description="Of the Ray cluster: `auto`, `host:6379` or `ray://host:10001`; empty: one is "
        "started on this machine. Its machines share the folders of project and sources.",
        json_schema_extra=NOT_IN_DIGEST,
    )

    @field_validator("memory")
    @classmethod
    def _is_memory(cls, value: str) -> str:
        if value and (size := parse_bytes(value)) < LEAST_MEMORY:
            raise ValueError(
                f"{size / 1e9:.1f} GB are too little: one worker and the main process need "
                f"{LEAST_MEMORY / 1e9:.1f}GB"
            )
        return value
