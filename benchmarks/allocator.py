"""A training step with and without what training asks of the allocator: time and page faults.

    python benchmarks/allocator.py [--repeats 3]

Each in a process of its own, in turn, on one thread.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

SHAPES = ((2, 128), (4, 256))


def measure(keep: bool) -> list[dict[str, float]]:
    """Processor milliseconds of a step of 2,048 tokens, faults and megabytes for each shape."""
    import torch

    from dialecto.models.shape import default_shape
    from dialecto.training import measure as machine

    torch.set_num_threads(1)
    machine.time.perf_counter = time.process_time  # type: ignore[assignment]
    if not keep:
        machine.keep_freed_memory = lambda: False
    rows = []
    for layers, width in SHAPES:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        rate = machine._measure(layers, width, torch.device("cpu"), "bf16", 4.0)
        after = resource.getrusage(resource.RUSAGE_SELF)
        flops = 2048 * default_shape(layers, width, 4096, 256).training_flops_per_token
        rows.append(
            {
                "ms": 1000 * flops / rate,
                "faults": after.ru_minflt - before,
                "mb": after.ru_maxrss / 1024,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", choices=["keep", "leave"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one == "keep")))
        return
    runs: dict[str, list[list[dict[str, float]]]] = {"leave": [], "keep": []}
    for _ in range(options.repeats):
        for how, kept in runs.items():
            command = [sys.executable, __file__, "--one", how]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            kept.append(json.loads(done.stdout))
    print("| layers x width | | ms of processor a step | page faults | MB |\n|---|---|---|---|---|")
    for place, (layers, width) in enumerate(SHAPES):
        for how, kept in runs.items():
            times = [run[place]["ms"] for run in kept]
            print(
                f"| {layers} x {width} | {'kept' if how == 'keep' else 'given back'} "
                f"| {statistics.median(times):.0f} ({min(times):.0f}-{max(times):.0f}) "
                f"| {statistics.median(run[place]['faults'] for run in kept):,.0f} "
                f"| {statistics.median(run[place]['mb'] for run in kept):,.0f} |"
            )


if __name__ == "__main__":
    main()
