"""The peer that every tutorial shows: transformers' `Trainer` and a GPT-2; run by pretrain.py.

    python pretrain_trainer.py tutorial|tuned --train T.jsonl --test T.jsonl --gpt2 FOLDER
        --out FOLDER --seconds S --layers L --width W --context C [--rate R]

tutorial: GPT-2's own tokenizer of 50,257 tokens, documents joined and cut into rows, AdamW at
5e-4 with cosine, float32. tuned: a byte-level BPE trained on these texts, bf16 and a rate tried
out before. How many steps fit is measured beforehand and not counted: the peer's favour.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import torch
from pretrain_score import peak_megabytes, read_texts, score_folder

END = "<|endoftext|>"
ROWS = 8
TUNED_VOCABULARY = 4096


def own_tokenizer(texts: list[str]) -> Any:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    made = ByteLevelBPETokenizer()
    made.train_from_iterator(texts, TUNED_VOCABULARY, special_tokens=[END], show_progress=False)
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token=END, eos_token=END)


def gpt2_tokenizer(folder: Path) -> Any:
    """GPT-2's own, from the two files that OpenAI published."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    files = str(folder / "encoder.json"), str(folder / "vocab.bpe")
    made = ByteLevelBPETokenizer.from_file(*files)
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token=END, eos_token=END)


def rows_of(texts: list[str], tokenizer: Any, context: int) -> Any:
    """Documents joined by the end token and cut, with datasets.map, as the course has it."""
    from datasets import Dataset

    def encode(batch: dict[str, list[str]]) -> dict[str, list[list[int]]]:
        joined: list[int] = []
        for ids in tokenizer(batch["text"], add_special_tokens=False)["input_ids"]:
            joined += [*ids, tokenizer.eos_token_id]
        whole = len(joined) // context * context
        return {"input_ids": [joined[i : i + context] for i in range(0, whole, context)]}

    return Dataset.from_dict({"text": texts}).map(
        encode, batched=True, remove_columns=["text"], load_from_cache_file=False
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["tutorial", "tuned"])
    for name in ("train", "test", "gpt2", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    for name in ("layers", "width", "context"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--rate", type=float)
    o = parser.parse_args()
    began = time.monotonic()
    from transformers import (
        DataCollatorForLanguageModeling,
        GPT2Config,
        GPT2LMHeadModel,
        Trainer,
        TrainerCallback,
        TrainingArguments,
    )

    texts = read_texts(o.train)
    tutorial = o.kind == "tutorial"
    tokenizer = gpt2_tokenizer(o.gpt2) if tutorial else own_tokenizer(texts)
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.model_max_length = 10**9
    rows = rows_of(texts, tokenizer, o.context)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=o.context,
        n_embd=o.width,
        n_layer=o.layers,
        n_head=max(o.width // 64, 1),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    rate = o.rate or (5e-4 if tutorial else 3e-3)

    class Clock(TrainerCallback):
        """Notes when each step ended."""

        def __init__(self) -> None:
            self.ends: list[float] = []

        def on_step_end(self, *_a: Any, **_k: Any) -> None:
            self.ends.append(time.monotonic())

    def fit(steps: int) -> tuple[Any, Clock]:
        torch.manual_seed(0)
        clock = Clock()
        trainer = Trainer(
            model=GPT2LMHeadModel(config),
            args=TrainingArguments(
                output_dir=str(o.out / "trainer"),
                per_device_train_batch_size=ROWS,
                max_steps=steps,
                learning_rate=rate,
                weight_decay=0.1,
                warmup_steps=math.ceil(0.05 * steps),
                lr_scheduler_type="cosine",
                bf16=not tutorial,
                use_cpu=not torch.cuda.is_available(),
                logging_steps=50,
                save_strategy="no",
                report_to=[],
                seed=0,
                disable_tqdm=True,
            ),
            train_dataset=rows,
            data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
            callbacks=[clock],
        )
        trainer.train()
        return trainer.model, clock

    prepared = time.monotonic() - began
    _, trial = fit(30)
    spans = sorted(b - a for a, b in pairwise(trial.ends))
    step_seconds = spans[len(spans) // 2]
    steps = max(int((o.seconds - prepared) / step_seconds), 10)
    begun = time.monotonic()
    model, clock = fit(steps)
    used = time.monotonic() - begun
    model.save_pretrained(o.out / "model")
    tokenizer.save_pretrained(o.out / "model")
    peak = peak_megabytes()
    seconds = clock.ends[-1] - clock.ends[0]
    block = o.layers * 12 * o.width**2
    active = block + config.vocab_size * o.width
    rate_of_tokens = (steps - 1) * ROWS * o.context / seconds
    print(
        json.dumps(
            {
                "bpb": score_folder(o.out / "model", read_texts(o.test), o.context),
                "seconds": prepared + used,
                "steps": steps,
                "parameters": sum(p.numel() for p in model.parameters()),
                "tokens_per_second": rate_of_tokens,
                "flops_per_second": rate_of_tokens
                * (6 * active + 6 * o.layers * o.context * o.width),
                "peak_mb": peak,
                "rate": rate,
            }
        )
    )


if __name__ == "__main__":
    main()
