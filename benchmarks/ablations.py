"""Which choices of the training engine pay: the default with one thing changed at a time.

    python benchmarks/ablations.py --data FOLDER --out FILE.jsonl [--steps 150] [--seeds 0 1 2]
        [--group NAME ...] [--only WORDS ...] [--corpus es]

FOLDER holds the archives named in CORPORA. Every run has the same rows in the same order, the same
number of tokens and steps; only what its name says differs. Bits per byte are of whole held-out
documents. Runs are appended to FILE and not done again. Prints a Markdown table: the mean over
seeds, the lowest and the highest, and the difference from the default of the group.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from dialecto.models.architecture import build_config, build_model
from dialecto.models.initialise import OUTPUTS
from dialecto.models.shape import default_shape
from dialecto.recipe import PretrainSection
from dialecto.tokenizer.shards import encode_texts
from dialecto.tokenizer.train import END_OF_TEXT, PAD, as_fast_tokenizer, train_bpe
from dialecto.training.attention import use_for_training
from dialecto.training.heldout import token_bits
from dialecto.training.loss import PLAIN, LossTerms
from dialecto.training.muon import Muon
from dialecto.training.optimizer import Optimizers, default_rates, make_optimizers
from dialecto.training.pieces import Examples, RowStream
from dialecto.training.precision import choose_device, choose_precision
from dialecto.training.run import LoopPlan
from dialecto.training.schedule import Schedule, make_schedule
from dialecto.training.step import train_step

CORPORA = {
    "es": "pretrain_es/sqldocs_es_md_30MB.tar.gz",
    "en": "pretrain_en/18f_handbook_md.tar.gz",
}
VOCABULARY, CONTEXT, ROWS = 2048, 256, 8
BYTES = 2_500_000  # of text, at most
HELD_OUT = 20  # every 20th document


@dataclass(frozen=True)
class Setting:
    """A run. `rate` multiplies the optimizer's peak rates of the matrices, `others` the rest."""

    width: int = 128
    layers: int = 2
    architecture: str = "qwen3"
    optimizer: str = "muon"
    rate: float = 1.0
    others: float = 1.0
    weight_decay: float | None = None
    cautious: bool = True
    anneal_decay: bool = False
    betas: tuple[float, float] | None = None
    momentum: tuple[float, float, float] = (0.85, 0.95, 0.95)  # start, plateau, end
    schedule: str = "wsd"
    final_rate: float | None = None
    warmup: float = 0.02
    cooldown: float = 0.65
    clip: float | None = None
    terms: LossTerms = PLAIN
    initialisation: str = "auto"
    random_outputs: bool = False
    dropout: float = 0.0
    share: float = 1.0  # of the training documents: the rest of the run repeats them


@dataclass(frozen=True)
class Group:
    """Variants beside a default of their own."""

    default: Setting = Setting()
    variants: dict[str, Setting] = field(default_factory=dict)


D = Setting()
REPEATED = Setting(share=0.05)
GROUPS = {
    "main": Group(
        D,
        {
            "momentum 0.95 from the start": replace(D, momentum=(0.95, 0.95, 0.95)),
            "momentum cooled to 0.85": replace(D, momentum=(0.85, 0.95, 0.85)),
            "weight decay 0": replace(D, weight_decay=0.0),
            "weight decay 0.3": replace(D, weight_decay=0.3),
            "weight decay not cautious": replace(D, cautious=False),
            "weight decay annealed to 0": replace(D, anneal_decay=True),
            "clip 1.0": replace(D, clip=1.0),
            "clip 0.25": replace(D, clip=0.25),
            "z-loss 1e-4": replace(D, terms=LossTerms(z_loss=1e-4)),
            "label smoothing 0.1": replace(D, terms=LossTerms(label_smoothing=0.1)),
            "output projections not zero": replace(D, random_outputs=True),
            "initialisation scaled": replace(D, initialisation="scaled"),
            "initialisation normal": replace(D, initialisation="normal"),
            "no norm of queries and keys (llama)": replace(D, architecture="llama"),
            "AdamW betas 0.9, 0.95": replace(D, betas=(0.9, 0.95)),
            "AdamW betas 0.8, 0.99": replace(D, betas=(0.8, 0.99)),
            "warm-up 0.1": replace(D, warmup=0.1),
            "cooldown 0.4": replace(D, cooldown=0.4),
            "cooldown 0.9": replace(D, cooldown=0.9),
            "final rate 0": replace(D, final_rate=0.0),
            "cosine": replace(D, schedule="cosine"),
            "linear": replace(D, schedule="linear"),
        },
    ),
    "beginnings": Group(
        D,
        {kind: replace(D, initialisation=kind) for kind in ("scaled", "normal", "xavier", "he")},
    ),
    "optimizers": Group(
        D,
        {
            f"{kind}, rate x {rate:g}": replace(D, optimizer=kind, rate=rate, others=rate)
            for kind in ("adamw", "adamw8bit", "sgd", "adafactor")
            for rate in (0.1, 0.3, 1.0, 3.0)
        },
    ),
    "rates": Group(
        D,
        {
            f"width {width}, matrix rate x {rate:g}": replace(D, width=width, rate=rate)
            for width in (128, 256)
            for rate in (0.5, 1.0, 2.0)
            if (width, rate) != (128, 1.0)
        }
        | {
            f"width {width}, other rates x {rate:g}": replace(D, width=width, others=rate)
            for width in (128, 256)
            for rate in (0.5, 2.0)
        },
    ),
    "repeated": Group(
        REPEATED,
        {
            "dropout 0.1": replace(REPEATED, dropout=0.1),
            "weight decay 0": replace(REPEATED, weight_decay=0.0),
            "weight decay 0.3": replace(REPEATED, weight_decay=0.3),
            "weight decay 1": replace(REPEATED, weight_decay=1.0),
            "dropout 0.1, weight decay 0.3": replace(REPEATED, dropout=0.1, weight_decay=0.3),
            "label smoothing 0.1": replace(REPEATED, terms=LossTerms(label_smoothing=0.1)),
        },
    ),
}


@dataclass(frozen=True)
class Shaped(Schedule):
    """The product's schedule with another course of Muon's momentum."""

    course: tuple[float, float, float] = (0.85, 0.95, 0.95)

    def momentum(self, step: int) -> float:
        start, plateau, end = self.course
        rising = start + (plateau - start) * min(step / max(self.steps // 10, 1), 1.0)
        return end + (rising - end) * self.left_at(step) if end != plateau else rising


class PlainDecay(Muon):
    """Decay whichever way the update goes."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.mul_(1.0 - group["lr"] * group["plain"])
        return super().step(closure)


@dataclass(frozen=True)
class Data:
    """Documents as tokens, each beginning with end-of-text."""

    train: list[Any]
    held: list[Any]
    held_bytes: int
    vocabulary: int
    end: int
    pad: int


def read_corpus(folder: Path, name: str) -> list[str]:
    """Texts of the archive's Markdown, every so many files, up to BYTES."""
    with tarfile.open(folder / CORPORA[name]) as archive:
        members = [m for m in archive.getmembers() if m.isfile() and m.name.endswith(".md")]
        size = sum(m.size for m in members)
        texts = []
        for member in members[:: max(size // BYTES, 1)]:
            file = archive.extractfile(member)
            assert file is not None
            texts.append(file.read().decode(errors="replace"))
    return [text for text in texts if len(text) > 200]


def prepare(folder: Path, name: str) -> Data:
    texts = read_corpus(folder, name)
    train = [text for i, text in enumerate(texts) if i % HELD_OUT]
    held = [text for i, text in enumerate(texts) if i % HELD_OUT == 0]
    bpe = train_bpe(train, vocabulary=VOCABULARY)
    fast = as_fast_tokenizer(bpe)
    end, pad = (fast.convert_tokens_to_ids(token) for token in (END_OF_TEXT, PAD))
    size = sum(len(text.encode()) for text in held)
    return Data(encode_texts(bpe, train), encode_texts(bpe, held), size, len(fast), end, pad)


def optimizers_of(model: Any, setting: Setting) -> Optimizers:
    rates = default_rates(setting.optimizer, setting.width)
    decay = rates.weight_decay if setting.weight_decay is None else setting.weight_decay
    made = make_optimizers(
        model,
        setting.optimizer,
        replace(
            rates,
            matrix=rates.matrix * setting.rate,
            embedding=rates.embedding * setting.others,
            head=rates.head * setting.others,
            gain=rates.gain * setting.others,
            weight_decay=decay,
        ),
    )
    if not setting.cautious:
        (group,) = made.parts[0].param_groups
        made.parts[0] = PlainDecay(group["params"], lr=group["lr"], weight_decay=0.0)
        made.parts[0].param_groups[0]["plain"] = decay
    if setting.betas:
        for group in made.parts[-1].param_groups:
            group["betas"] = setting.betas
    return made


def build(setting: Setting, data: Data, seed: int) -> Any:
    shape = default_shape(
        setting.layers, setting.width, data.vocabulary, CONTEXT, setting.architecture
    )
    config = build_config(shape, end_of_text=data.end, pad=data.pad, dropout=setting.dropout)
    section = PretrainSection.model_validate(
        {"optimizer": setting.optimizer, "initialisation": setting.initialisation}
    )
    model = build_model(config, seed, section.beginning)
    if setting.random_outputs:
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if name.endswith(OUTPUTS):
                    bound = math.sqrt(3.0 / parameter.shape[1] / (2 * setting.layers))
                    parameter.uniform_(-bound, bound, generator=generator)
    return model


def run(setting: Setting, data: Data, steps: int, seed: int) -> dict[str, float]:
    """Train once; returns bits per byte held out, the last losses' mean, and processor seconds."""
    device = choose_device()
    precision = choose_precision("auto", device)
    model = build(setting, data, seed).to(device)
    use_for_training(model, device, CONTEXT)
    model.train()
    kept = data.train[: max(int(len(data.train) * setting.share), 1)]
    stream = RowStream(
        Examples(kept, data.end), context=CONTEXT, rows=ROWS, pad=data.pad, seed=seed
    )
    optimizers = optimizers_of(model, setting)
    base = make_schedule(
        steps, setting.warmup, setting.cooldown, setting.schedule, setting.final_rate
    )
    schedule = Shaped(**base.__dict__, course=setting.momentum)
    plan = LoopPlan(
        steps, ROWS, 0.0, 0.0, precision, None, 0.0, 0, 1.0, clip=setting.clip, terms=setting.terms
    )
    decays = [[g["weight_decay"] for g in o.param_groups] for o in optimizers.parts]
    losses: list[float] = []
    started = time.process_time()
    for step in range(steps):
        optimizers.set(schedule, step)
        if setting.anneal_decay:
            for part, decay in zip(optimizers.parts, decays, strict=True):
                for group, value in zip(part.param_groups, decay, strict=True):
                    group["weight_decay"] = value * (1.0 - step / steps)
        torch.manual_seed(step)
        losses.append(train_step(model, next(stream), optimizers, plan, device)[0])
    seconds = time.process_time() - started
    bits = token_bits(model, data.held, context=CONTEXT, precision=precision)
    return {
        "bpb": bits / data.held_bytes,
        "loss": statistics.fmean(losses[-10:]),
        "epochs": stream.position.epoch + stream.position.row / max(len(stream._order), 1),
        "seconds": seconds,
    }


def named(groups: list[str]) -> Iterator[tuple[str, str, Setting]]:
    """(group, variant, setting), the defaults first."""
    for group in groups:
        yield group, "default", GROUPS[group].default
    for group in groups:
        for name, setting in GROUPS[group].variants.items():
            yield group, name, setting


def table(lines: list[dict[str, Any]], groups: list[str]) -> str:
    rows = ["| | seeds | bpb | lowest to highest | against the default |", "|---|---|---|---|---|"]
    found: dict[tuple[str, str], dict[int, float]] = {}
    for line in lines:
        found.setdefault((line["group"], line["variant"]), {})[line["seed"]] = line["bpb"]
    for group, variant, _ in sorted(named(groups), key=lambda n: groups.index(n[0])):
        scores = found.get((group, variant))
        if not scores:
            continue
        default = found[group, "default"]
        both = [scores[s] - default[s] for s in scores if s in default]
        change = f"{statistics.fmean(both):+.4f}" if both and variant != "default" else ""
        title = f"**{group}: default**" if variant == "default" else variant
        low, high = min(scores.values()), max(scores.values())
        rows.append(
            f"| {title} | {len(scores)} | {statistics.fmean(scores.values()):.4f} "
            f"| {low:.4f} to {high:.4f} | {change} |"
        )
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--group", nargs="+", choices=list(GROUPS), default=list(GROUPS))
    parser.add_argument("--only", nargs="+", default=[""], help="variants whose name holds one")
    parser.add_argument("--corpus", choices=list(CORPORA), default="es")
    options = parser.parse_args()
    lines = []
    if options.out.is_file():
        lines = [json.loads(line) for line in options.out.read_text().splitlines()]
    key = {"steps": options.steps, "corpus": options.corpus}
    lines = [line for line in lines if line.items() >= key.items()]
    done = {(line["group"], line["variant"], line["seed"]) for line in lines}
    data = prepare(options.data, options.corpus)
    same: dict[tuple[Setting, int], dict[str, float]] = {}  # groups share their default
    for seed in options.seeds:
        for group, name, setting in named(options.group):
            wanted = name == "default" or any(words in name for words in options.only)
            if (group, name, seed) in done or not wanted:
                continue
            facts = same.get((setting, seed)) or run(setting, data, options.steps, seed)
            same[setting, seed] = facts
            line = {**key, "group": group, "variant": name, "seed": seed, **facts}
            lines.append(line)
            with options.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(f"{group}: {name}, seed {seed}: {facts['bpb']:.4f}", file=sys.stderr)
    print(table(lines, options.group))


if __name__ == "__main__":
    main()
