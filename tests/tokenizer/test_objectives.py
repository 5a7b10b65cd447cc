"""Tokenizers of models that fill text in: masks, sentinels, and where words begin."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dialecto.recipe import TokenizerSection
from dialecto.tokenizer.make import make_tokenizer
from dialecto.tokenizer.shards import (
    TokenSplit,
    WordStarts,
    encode_texts,
    encode_words,
    write_index,
    write_shards,
)
from dialecto.tokenizer.train import as_fast_tokenizer, train_bpe

TEXTS = [
    "La casa roja está en la colina, 1234 metros.\n\nNada más." * 3,
    "Sin [MASK] ni <extra_id_0>.",
]


def test_what_a_decoder_gets_is_what_it_always_got() -> None:
    plain = train_bpe(TEXTS, vocabulary=320)
    assert plain.to_str() == train_bpe(TEXTS, vocabulary=320, objective="causal").to_str()
    assert plain.token_to_id("[MASK]") is None
    assert as_fast_tokenizer(plain).chat_template


def test_words_are_what_is_never_split_and_texts_cannot_spell_the_mask(tmp_path: Path) -> None:
    tokenizer = train_bpe(TEXTS, vocabulary=320, objective="masked")
    index = write_shards(
        tmp_path, "train", [TEXTS, ["otra cosa"]], tokenizer, shard_tokens=20, words=True
    )
    write_index(tmp_path, 320, {"train": index})
    starts = WordStarts(tmp_path, "train")
    split = TokenSplit.open(tmp_path, "train")
    assert len(split.shards) > 1
    assert len(starts) == split.documents == 3
    mask = tokenizer.token_to_id("[MASK]")
    for text, document, begins in zip([*TEXTS, "otra cosa"], split, starts, strict=True):
        assert len(document) == len(begins)
        assert begins[0]
        assert mask not in document
        words = np.split(document, np.flatnonzero(begins))[2:]
        found = [tokenizer.decode(word.tolist(), skip_special_tokens=False) for word in words]
        assert "".join(found) == text
        assert all(len(word.split()) <= 1 for word in found)
    assert " casa" in [tokenizer.decode(w.tolist()) for w in np.split(
        next(iter(split)), np.flatnonzero(starts[0]))[2:]]  # fmt: skip


def test_words_of_sentencepiece_end_with_their_line() -> None:
    """It is given a text whole; the words that are hidden are those of the other kinds."""
    text = "La casa roja.\nNada en metros, 1234.\n\n  Nada más."
    section = TokenizerSection(kind="sentencepiece")
    found = {}
    for kind, tokenizer in {
        "bpe": train_bpe(TEXTS, vocabulary=320),
        "sentencepiece": make_tokenizer(section, lambda: TEXTS, vocabulary=320).tokenizer,
    }.items():
        (begins,), (document,) = encode_words(tokenizer, [text]), encode_texts(tokenizer, [text])
        words = np.split(document, np.flatnonzero(begins))[2:]
        found[kind] = [tokenizer.decode(word.tolist()) for word in words]
    assert found["sentencepiece"] == found["bpe"]
    assert found["bpe"][:6] == ["La", " casa", " roja", ".\n", "Nada", " en"]


def test_masks_and_sentinels_stand_for_a_word_with_its_space(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    for objective, filler in (("masked", "[MASK]"), ("spans", "<extra_id_7>")):
        tokenizer = train_bpe(TEXTS, vocabulary=460, objective=objective)
        as_fast_tokenizer(tokenizer, ["<x>"], objective).save_pretrained(tmp_path / objective)
        loaded = AutoTokenizer.from_pretrained(tmp_path / objective, local_files_only=True)
        whole = loaded("La casa roja").input_ids
        filled = loaded(f"La {filler} roja").input_ids
        word = encode_texts(loaded.backend_tokenizer, [" casa"])[0].tolist()[1:]
        at = filled.index(loaded.convert_tokens_to_ids(filler))
        assert filled[:at] + word + filled[at + 1 :] == whole
        assert loaded.pad_token == "<|pad|>"
        assert loaded.chat_template is None
        assert loaded.convert_tokens_to_ids("<x>") is not None
        if objective == "masked":
            assert (loaded.mask_token, loaded.cls_token, loaded.sep_token) == (
                "[MASK]", "[CLS]", "[SEP]",
            )  # fmt: skip
            assert (whole[0], whole[-1]) == (loaded.cls_token_id, loaded.sep_token_id)
        else:
            assert whole[-1] == loaded.eos_token_id == loaded.convert_tokens_to_ids("<|endoftext|>")
