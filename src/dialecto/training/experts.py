"""How evenly the experts of a mixture are used: a file of shares, two numbers, a picture.

    experts.jsonl   a line for each step with a held-out measure: step, shares (layers x experts)
    experts.png     the last line as colours, and how the fullest expert fared over the run

An expert that takes all tokens, or none, has been lost to the model; the load-balance loss is
there to prevent it [arXiv 2101.03961].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from dialecto.runtime.files import write_lines
from dialecto.training.attention import training_mask
from dialecto.training.journal import read_metrics
from dialecto.training.pieces import Batch
from dialecto.training.precision import DTYPES, autocast

FILE = "experts.jsonl"
Shares = list[list[float]]


@torch.no_grad()
def expert_counts(
    router_logits: Sequence[torch.Tensor], segments: torch.Tensor, used: int
) -> torch.Tensor:
    """(layers, experts): tokens that each expert took; padding (segment 0) is not counted.

    router_logits: for each layer (rows * context, experts); used: experts for each token.
    """
    real = (segments != 0).reshape(-1)
    counts = []
    for logits in router_logits:
        chosen = logits[real].topk(used, dim=1).indices
        counts.append(torch.bincount(chosen.reshape(-1), minlength=logits.shape[1]))
    return torch.stack(counts)


@torch.no_grad()
def expert_shares(model: Any, batch: Batch, precision: str, rows: int = 32) -> Shares:
    """The shares of a batch's tokens, as the model would route them now. rows: read at once."""
    was_training = model.training
    model.eval()
    device = model.get_input_embeddings().weight.device
    used = int(model.config.num_experts_per_tok)
    counts: list[torch.Tensor] = []
    for start in range(0, len(batch.inputs), rows):
        some = batch.arrays(slice(start, start + rows))
        segments = torch.from_numpy(some["segments"]).to(device)
        with autocast(device, precision):
            found = model.base_model(
                input_ids=torch.from_numpy(some["inputs"]).to(device),
                attention_mask=training_mask(model, segments, DTYPES[precision]),
                use_cache=False,
                output_router_logits=True,
            )
        counts.append(expert_counts(found.router_logits, segments, used))
    model.train(was_training)
    return shares_of(torch.stack(counts).sum(0))


def shares_of(counts: torch.Tensor) -> Shares:
    """Each expert's share of its layer's tokens: rows sum to 1."""
    shares: Shares = (counts / counts.sum(1, keepdim=True).clamp(min=1)).tolist()
    return shares


def evenness(shares: Shares) -> dict[str, float]:
    """`experts.fullest`: the largest share over an even one, of all layers; `experts.entropy`: of
    the shares, over that of even ones, the mean of the layers (1: all alike, 0: one takes all)."""
    number = len(shares[0])
    entropies = [-sum(s * math.log(s) for s in layer if s > 0) for layer in shares]
    return {
        "experts.fullest": max(max(layer) for layer in shares) * number,
        "experts.entropy": sum(entropies) / len(entropies) / math.log(number),
    }


def record_shares(work: Path, step: int, shares: Shares) -> None:
    """Append a line; lines of a later step, from before a resume, are dropped."""
    kept = [line for line in read_shares(work) if line["step"] < step]
    lines = [*kept, {"step": step, "shares": [[round(s, 5) for s in row] for row in shares]}]
    write_lines(work / FILE, lines)


def read_shares(folder: Path) -> list[dict[str, Any]]:
    """The lines of experts.jsonl; none when there is no such file."""
    lines: Any = read_metrics(folder / FILE)
    return list(lines)


def plot_experts(work: Path) -> None:
    """Draw experts.png, if there is anything to draw."""
    from matplotlib.figure import Figure

    lines = read_shares(work)
    if not lines:
        return
    shares = lines[-1]["shares"]
    number = len(shares[0])
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    table, curve = figure.subplots(1, 2, width_ratios=(3, 2))
    shown = table.imshow(shares, vmin=0, vmax=2 / number, cmap="viridis", aspect="auto")
    table.set(xlabel="expert", ylabel="layer", title=f"share of tokens, step {lines[-1]['step']}")
    figure.colorbar(shown, ax=table)
    fullest = [evenness(line["shares"])["experts.fullest"] for line in lines]
    curve.plot([line["step"] for line in lines], fullest, "o-", color="#4477aa", markersize=3)
    curve.axhline(1.0, color="#999999", linewidth=0.8)
    curve.set(xlabel="step", title="fullest expert, times an even share", ylim=(0, None))
    curve.grid(alpha=0.3)
    figure.savefig(work / "experts.png", dpi=110, metadata={"Software": None})
