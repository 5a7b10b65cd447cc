"""litgpt's own pretraining (`litgpt pretrain`), scaled down; run by pretrain.py in litgpt's Python.

    python pretrain_litgpt.py --train T.jsonl --test T.jsonl --tokenizer FOLDER --out FOLDER
        --seconds S --layers L --width W --context C [--rate R]

Pythia's architecture as its guide has it, AdamW with warm-up and cosine, bf16, torch.compile as
litgpt does by itself; with a small tokenizer trained on the same texts. How many steps fit is
measured beforehand and not counted: the peer's favour.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch
from pretrain_score import bits_per_byte, peak_megabytes, read_texts

ROWS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("train", "test", "tokenizer", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    for name in ("layers", "width", "context"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--rate", type=float, default=5e-3)  # of its guide on own texts
    o = parser.parse_args()

    from litgpt.args import EvalArgs, TrainArgs
    from litgpt.config import Config
    from litgpt.data import TextFiles
    from litgpt.model import GPT
    from litgpt.pretrain import setup
    from litgpt.tokenizer import Tokenizer

    tokenizer = Tokenizer(o.tokenizer)
    config = Config.from_name(
        "pythia-14m",
        n_layer=o.layers,
        n_embd=o.width,
        n_head=max(o.width // 64, 1),
        intermediate_size=4 * o.width,
        block_size=o.context,
        vocab_size=tokenizer.vocab_size,
        padded_vocab_size=tokenizer.vocab_size,
    )
    texts = read_texts(o.train)
    folder = o.out / "texts"
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number:06d}.txt").write_text(text, encoding="utf-8")

    def fit(steps: int, name: str) -> list[float]:
        """Runs `litgpt pretrain`; the seconds of each iteration."""
        setup(
            model_name="pythia-14m",
            model_config=config,
            out_dir=o.out / name,
            precision="bf16-mixed",
            data=TextFiles(train_data_path=folder, num_workers=1),
            train=TrainArgs(
                save_interval=None,
                log_interval=1,
                global_batch_size=ROWS,
                micro_batch_size=ROWS,
                max_tokens=steps * ROWS * o.context,
                max_norm=1.0,
                min_lr=o.rate / 10,
                lr_warmup_steps=max(steps // 20, 1),
            ),
            eval=EvalArgs(interval=10**9, max_iters=1, initial_validation=False),
            optimizer={
                "class_path": "torch.optim.AdamW",
                "init_args": {"lr": o.rate, "weight_decay": 0.1, "betas": (0.9, 0.95)},
            },
            devices=1,
            tokenizer_dir=o.tokenizer,
            logger_name="csv",
            seed=0,
        )
        lines = sorted((o.out / name).rglob("metrics.csv"))[-1].read_text().splitlines()
        column = lines[0].split(",").index("iter_time")
        return [float(v) for line in lines[1:] if (v := line.split(",")[column])]

    begun = time.monotonic()
    times = fit(30, "trial")
    typical = statistics.median(times[5:])
    prepared = time.monotonic() - begun - typical * 30  # texts, tokens, compiling
    steps = max(int((o.seconds - prepared) / typical), 10)
    begun = time.monotonic()
    times = fit(steps, "run")
    used = time.monotonic() - begun
    saved: Any = torch.load(o.out / "run/final/lit_model.pth", weights_only=True)
    model = GPT(config)
    model.load_state_dict(saved.get("model", saved))
    model.float().eval()
    rate = ROWS * o.context / statistics.median(times)
    active = o.layers * 12 * o.width**2 + config.padded_vocab_size * o.width
    print(
        json.dumps(
            {
                "bpb": bits_per_byte(
                    model,
                    lambda text: tokenizer.encode(text, bos=False, eos=False).tolist(),
                    read_texts(o.test),
                    start_token=tokenizer.eos_id,
                    context=o.context,
                ),
                "seconds": max(prepared + typical * steps, used),
                "steps": steps,
                "parameters": sum(p.numel() for p in model.parameters()),
                "tokens_per_second": rate,
                "flops_per_second": rate * (6 * active + 6 * o.layers * o.context * o.width),
                "peak_mb": peak_megabytes(),
                "rate": o.rate,
            }
        )
    )


if __name__ == "__main__":
    main()
