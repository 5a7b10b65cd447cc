"""The journal of a run: metrics.jsonl always, the trackers that are wanted, a loss plot."""

from __future__ import annotations

import json
from pathlib import Path

from dialecto.runtime.files import write_text
from dialecto.training.trackers import Tracker, Tracking


class Journal:
    """Appends one line of metrics for a step. After a resume it goes on from `step`."""

    def __init__(self, folder: Path, *, step: int, tracking: Tracking) -> None:
        self.folder, self.tracking = folder, tracking
        self.path = folder / "metrics.jsonl"
        self._open(step)

    def _open(self, step: int) -> None:
        kept = [line for line in read_metrics(self.path) if line["step"] <= step]
        text = "".join(json.dumps(line) + "\n" for line in kept)
        write_text(self.path, text)  # a kill here must not cost what was written before
        self.file = self.path.open("a", encoding="utf-8", buffering=1)
        self.trackers: list[Tracker] = self.tracking.open(self.folder, step)

    def rewind(self, step: int) -> None:
        """Drop the lines after `step`, which the run has taken back."""
        self.close()
        self._open(step)

    def write(self, step: int, facts: dict[str, float]) -> None:
        self.file.write(json.dumps({"step": step, **facts}) + "\n")
        for tracker in self.trackers:
            tracker.log(step, facts)

    def close(self) -> None:
        self.file.close()
        for tracker in self.trackers:
            tracker.close()


class SilentJournal:
    """Of a process that leaves the journal to another."""

    def write(self, step: int, facts: dict[str, float]) -> None: ...
    def rewind(self, step: int) -> None: ...
    def close(self) -> None: ...


SILENT = SilentJournal()


def read_metrics(path: Path) -> list[dict[str, float]]:
    """The lines of a metrics file; a half-written last line (a kill) is left out."""
    if not path.is_file():
        return []
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    return lines


def held_out(metrics: list[dict[str, float]]) -> list[tuple[float, float]]:
    """(step, held-out loss) where it was measured, whatever it is called."""
    return [
        (line["step"], value)
        for line in metrics
        for name, value in line.items()
        if name.startswith("validation_")
    ]


def plot_loss(metrics: list[dict[str, float]], path: Path) -> None:
    """Training (smoothed) and held-out loss over the steps: bits per byte where they are known,
    else nats for each token asked for."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    steps = [line["step"] for line in metrics]
    smooth: list[float] = []
    field = "bpb" if metrics and "bpb" in metrics[0] else "loss"
    for line in metrics:
        smooth.append(line[field] if not smooth else 0.9 * smooth[-1] + 0.1 * line[field])
    axes.plot(steps, smooth, label="train", color="#4477aa", linewidth=1.2)
    held = held_out(metrics)
    if held:
        axes.plot(*zip(*held, strict=True), "o-", label="validation", color="#ee6677", markersize=3)
    axes.set(xlabel="step", ylabel="bits per byte" if field == "bpb" else "nats per token")
    if smooth:
        top = sorted(smooth)[int(len(smooth) * 0.97)]
        axes.set_ylim(0, top * 1.1 if top > 0 else None)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110, metadata={"Software": None})
