"""Checkpoints are whole or absent, and whatever befalls one, the one before it is there."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import SafetensorError

from dialecto.runtime import DialectoError, Interrupted
from dialecto.training import checkpoint, loop, saving
from dialecto.training.checkpoint import RunState, load_checkpoint, take_snapshot, write_checkpoint
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.pieces import Examples, RowStream
from dialecto.training.saving import Saver
from tests.training.running import Told, run, same_weights
from tests.training.tiny import CONTEXT, END, PAD, tiny_documents, tiny_model, tiny_plan


def state(step: int) -> RunState:
    return RunState(step, 0, 0, 0, 0.0, None, {})


@pytest.fixture
def trained() -> tuple[Any, list[Any]]:
    """A model and optimizers after a step."""
    model = tiny_model()
    optimizers = make_optimizers(model, "muon", muon_rates(32))
    for parameter in optimizers.parameters():
        parameter.grad = parameter.detach() + 0.1
    optimizers.step()
    return model, optimizers.parts


def test_a_thread_writes_the_same_bytes(tmp_path: Path, trained: Any) -> None:
    write_checkpoint(tmp_path / "plain", take_snapshot(state(3), *trained))
    with Saver(tmp_path / "thread", *trained) as saver:
        path = saver.save(state(3))
        for parameter in trained[0].parameters():
            parameter.data.zero_()  # training goes on meanwhile
    files = sorted(p.name for p in path.iterdir())
    assert files == ["model.safetensors", "optimizer.safetensors", "state.json"]
    for name in files:
        assert (path / name).read_bytes() == (tmp_path / "plain" / path.name / name).read_bytes()


def test_one_is_written_at_a_time(
    tmp_path: Path, trained: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, most, gate = [0], [0], threading.Event()
    write = saving.write_checkpoint

    def counted(*args: Any) -> Path:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        gate.wait(10)
        path = write(*args)
        at_work[0] -= 1
        return path

    monkeypatch.setattr(saving, "write_checkpoint", counted)
    with Saver(tmp_path, *trained) as saver:
        saver.save(state(1))
        assert not list(tmp_path.glob("[0-9]*"))  # save came back before it was written
        threading.Timer(0.05, gate.set).start()
        saver.save(state(2))
        assert (tmp_path / "00000001").is_dir()
    assert (tmp_path / "00000002").is_dir()
    assert most == [1]


def test_the_newest_are_kept(tmp_path: Path, trained: Any) -> None:
    with Saver(tmp_path, *trained, keep=3) as saver:
        for step in range(1, 6):
            saver.save(state(step), anchor=step % 2 == 0)
    assert [p.name[-1] for p in sorted(tmp_path.glob("[0-9]*"))] == ["3", "4", "5"]
    assert [p.name[-1] for p in sorted((tmp_path / "anchors").glob("[0-9]*"))] == ["2", "4"]


@pytest.mark.parametrize("error", [
    OSError(errno.ENOSPC, "No space left on device"),
    SafetensorError("Error while serializing: I/O error: x (os error 28)"),
])  # fmt: skip
def test_a_full_disk_is_said_and_costs_one_checkpoint(
    tmp_path: Path, trained: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(_tensors: Any, path: Path) -> None:
        path.write_bytes(b"half")
        raise error

    saver = Saver(tmp_path, *trained)
    saver.save(state(5))
    saver.wait()
    monkeypatch.setattr(checkpoint, "save_file", full)
    saver.save(state(9))
    with pytest.raises(DialectoError, match=r"disk is full: .* step 9 .* step 5 is kept. Free"):
        saver.save(state(10))
    assert [p.name for p in tmp_path.iterdir()] == ["00000005"]  # and its room is free again
    monkeypatch.undo()
    saver.save(state(10))
    saver.wait()
    assert load_checkpoint(tmp_path, *trained).step == 10  # type: ignore[union-attr]


def test_training_ends_when_it_cannot_save_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tiny_plan(30)
    _, whole = run(tmp_path / "whole", plan)
    write = saving.write_checkpoint

    def full(folder: Path, snapshot: Any, keep: int) -> Path:
        if snapshot.state.step == 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(folder, snapshot, keep)

    monkeypatch.setattr(saving, "write_checkpoint", full)
    with pytest.raises(DialectoError, match=r"step 20 .* that of step 10 is kept"):
        run(tmp_path / "parts", plan)
    monkeypatch.undo()
    told = Told()
    _, again = run(tmp_path / "parts", plan, told)
    assert told.notes == ["test: going on from step 10"]
    assert same_weights(whole, again)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 kB, where one may be mounted."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path, trained: Any) -> None:
    """The tiny model's checkpoint takes some 200 kB: one has room, two have not."""
    saver = Saver(small_disk / "checkpoints", *trained)
    saver.save(state(1))
    saver.wait()
    saver.save(state(2))
    with pytest.raises(DialectoError, match=r"disk is full: .* that of step 1 is kept"):
        saver.wait()
    model = tiny_model(seed=5)
    found = load_checkpoint(
        small_disk / "checkpoints", model, make_optimizers(model, "muon", muon_rates(32)).parts
    )
    assert found == state(1)
    assert same_weights(model, trained[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_before_the_run_ends(tmp_path: Path, number: int) -> None:
    with pytest.raises(Interrupted) as stopped:
        run(tmp_path, tiny_plan(), Told(4, number))
    assert stopped.value.saved == tmp_path / "checkpoints" / "00000004"
    assert (stopped.value.saved / "state.json").is_file()


@pytest.mark.parametrize("harm", ["flipped", "cut off", "lost", "another number"])
def test_a_damaged_checkpoint_is_passed_over_with_a_warning(tmp_path: Path, harm: str) -> None:
    plan = tiny_plan(12, checkpoint_seconds=0.0)
    _, whole = run(tmp_path / "whole", plan)
    with pytest.raises(Interrupted):
        run(tmp_path / "parts", plan, Told(6))
    newest = tmp_path / "parts" / "checkpoints" / "00000006"
    weights = newest / "model.safetensors"
    data = bytearray(weights.read_bytes())
    if harm == "flipped":
        data[-5] ^= 0xFF
        weights.write_bytes(bytes(data))
    elif harm == "cut off":
        os.truncate(weights, len(data) // 2)
    elif harm == "another number":
        facts = newest / "state.json"
        facts.write_text(facts.read_text("utf-8").replace('"row": ', '"row": 1'), "utf-8")
    else:
        (newest / "state.json").unlink()
    told = Told()
    _, again = run(tmp_path / "parts", plan, told)
    assert (
        told.notes[0] == f"warning: the checkpoint {newest} is damaged; the one before it is used"
    )
    assert told.notes[1] == "test: going on from step 5"
    assert same_weights(whole, again)


@pytest.mark.parametrize("harm", ["flipped", "cut off", "lost"])
def test_damaged_best_weights_are_not_kept(
    tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    measures = [3.0, 1.0, 2.0, 2.0]  # at steps 3, 6, 9 and 12
    plan = tiny_plan(12)
    _, last = run(tmp_path / "last", plan)
    load = loop.load_best

    def damaged(folder: Path, model: Any) -> bool:
        path = folder / "best.safetensors"
        data = bytearray(path.read_bytes())
        data[-5] ^= 0xFF
        path.write_bytes(bytes(data if harm == "flipped" else data[: len(data) // 2]))
        if harm == "lost":
            path.unlink()
        return load(folder, model)

    monkeypatch.setattr(loop, "load_best", damaged)
    told, found = Told(), iter(measures)
    result, model = run(tmp_path / harm, plan, told, validate=lambda _model: next(found))
    assert result.validation == 2.0
    assert told.notes[-1].startswith("test: warning: those weights are damaged")
    assert same_weights(model, last)


def test_a_kill_while_the_journal_is_cut_keeps_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Interrupted):
        run(tmp_path, tiny_plan(12), Told(6))
    lines = (tmp_path / "metrics.jsonl").read_bytes()

    def full(_file: int) -> None:
        raise OSError("full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        run(tmp_path, tiny_plan(12))
    assert (tmp_path / "metrics.jsonl").read_bytes() == lines


def stream_of(documents: list[Any], seed: int = 7) -> RowStream:
    return RowStream(Examples(documents, END), context=CONTEXT, rows=4, pad=PAD, seed=seed)


def test_other_data_is_named_and_refused(tmp_path: Path) -> None:
    documents = tiny_documents()
    with pytest.raises(Interrupted):
        run(tmp_path, tiny_plan(), Told(4), stream=stream_of(documents))
    with pytest.raises(DialectoError, match=r"other data \(documents was 30, is 29; text.* began"):
        run(tmp_path, tiny_plan(), stream=stream_of(documents[:-1]))
    with pytest.raises(DialectoError, match=r"other data \(seed was 7, is 8\)"):
        run(tmp_path, tiny_plan(), stream=stream_of(documents, seed=8))
    other = [*documents[:-1], np.where(documents[-1] == 5, 6, documents[-1] + 1)]
    with pytest.raises(DialectoError, match=r"other data \(text was"):
        run(tmp_path, tiny_plan(), stream=stream_of(other))
    assert run(tmp_path, tiny_plan(), stream=stream_of(documents))[0].steps == 8
