"""The tokenizer stage: a vocabulary learnt from the corpus or imported, and token shards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from dialecto.recipe.base import NOT_IN_DIGEST, UNLESS_DEFAULT, Section


class TokenizerSection(Section):
    """Byte-level BPE trained on the corpus, another kind, or one that others made."""

    kind: Literal["bpe", "wordpiece", "unigram", "sentencepiece"] = Field(
        "bpe",
        description="What is learnt: `bpe`, `wordpiece` and `unigram` over bytes, or "
        "`sentencepiece`, which writes its `.model` too. `unigram` and `sentencepiece` need "
        "`dialecto[sentencepiece]`.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    vocabulary: int | None = Field(
        None,
        ge=300,
        le=262144,
        description="Number of tokens; empty: chosen by the budget and the corpus.",
    )
    extra_special_tokens: list[str] = Field([], description="Tokens of yours that are never split.")
    base: str | None = Field(
        None,
        min_length=1,
        description="A tokenizer to import instead of learning one: a folder or `tokenizer.json` "
        "of Hugging Face, a folder with GPT-2's `encoder.json` and `vocab.bpe`, a `.tiktoken` "
        "file, or a `.model` of SentencePiece.",
        json_schema_extra=NOT_IN_DIGEST,  # its content counts, not where it lies
    )
    pattern: str | None = Field(
        None,
        min_length=1,
        description="How the words of a `.tiktoken` file are split: `gpt2`, `cl100k`, `o200k`, or "
        "a regular expression.",
        json_schema_extra=UNLESS_DEFAULT,
    )

    extend: int | str | None = Field(
        None,
        description="Tokens to add to what was learnt or imported: how many (those that save most "
        "on the corpus), or a file of words, one for each line.",
        json_schema_extra=UNLESS_DEFAULT,
    )

    @field_validator("extra_special_tokens")
    @classmethod
    def _each_is_new(cls, value: list[str]) -> list[str]:
        for number, token in enumerate(value):
            if not token.strip():
                raise ValueError("a special token needs letters")
            if token in value[:number]:
                raise ValueError(f"'{token}' is named twice")
        return value

    @field_validator("extend")
    @classmethod
    def _some_words(cls, value: int | str | None) -> int | str | None:
        if value is not None and (value is True or not value or str(value).startswith("-")):
            raise ValueError("must be a number of tokens from 1, or a file of words")
        return value

    @model_validator(mode="after")
    def _learnt_or_imported(self) -> TokenizerSection:
        if self.base and (self.kind != "bpe" or self.vocabulary):
            raise ValueError(
                "`base` brings its own kind and vocabulary; leave `kind` and `vocabulary` out"
            )
        if self.pattern and not self.base:
            raise ValueError("`pattern` is only for a `base` that is a .tiktoken file")
        return self
