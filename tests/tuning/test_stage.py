"""The tuned model as other programs find it."""

from __future__ import annotations

from pathlib import Path

from tests.artefacts import make_artefacts


def test_plain_transformers_stops_where_an_answer_ends(tmp_path: Path) -> None:
    from transformers import AutoTokenizer, GenerationConfig

    folder = make_artefacts(tmp_path)["tune"] / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    endings = tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_end|>"])
    assert GenerationConfig.from_pretrained(folder).eos_token_id == endings
