"""Freed memory is kept: taking it again costs no page faults."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
import torch
from dialecto.training.allocator import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()


def step():
    tensors = [torch.empty(1_000_000).fill_(1.0) for _ in range(40)]
    del tensors


for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    command = [sys.executable, "-c", SCRIPT, how]
    # Left to itself glibc raises this threshold as it sees fit, and then may keep memory, too.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "1000000"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's allocator")
def test_memory_taken_again_is_not_asked_of_the_system() -> None:
    assert faults("keep") < faults("leave") / 5
