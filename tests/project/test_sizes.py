"""How large a corpus is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto import Project
from dialecto.project.corpora import corpus_folder
from dialecto.project.sizes import corpus_size
from dialecto.runtime.files import read_json
from dialecto.tokenizer.stage import read_texts
from tests.corpus.conftest import refine_into
from tests.corpus.test_stage import prose


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("fuente")
    for number in range(40):
        (source / f"{number}.txt").write_text(prose(number), encoding="utf-8")
    work = tmp_path_factory.mktemp("corpus")
    refine_into(work, source, pii={"enabled": False})
    return work


def test_bytes_words_and_tokens_are_those_of_the_texts(corpus: Path) -> None:
    texts = [
        text
        for split in ("train", "validation", "test")
        for batch in read_texts(corpus, split)
        for text in batch
    ]
    size = corpus_size(corpus)
    assert size["documents"] == size["rows"] == len(texts) == 40
    assert size["bytes"] == sum(len(text.encode()) for text in texts)
    assert size["words"] == sum(len(text.split()) for text in texts)
    assert size["characters"] == sum(map(len, texts))
    assert sum(split["bytes"] for split in size["splits"].values()) == size["bytes"]
    assert size["languages"]["es"]["bytes"] == size["bytes"]
    assert size["bytes_read_in_an_epoch"] == size["splits"]["train"]["bytes"]
    assert size["rule"]["tokens"] == round(size["bytes"] / 4)
    own = size["own"]
    assert own["method"] == "estimated"
    assert own["tokens"] * own["bytes_per_token"] == pytest.approx(size["bytes"], rel=1e-3)
    assert 1.5 < own["bytes_per_token"] < 8
    assert own["size_band"] == "under_1b"
    assert corpus_size(corpus) == size


def test_the_ratio_is_measured_when_there_is_a_tokenizer(trained_project: Project) -> None:
    folder = corpus_folder(trained_project.root)
    size = corpus_size(folder)
    assert size["own"]["method"] == "measured"
    metrics = trained_project.status()["stages"]["tokenizer"]["metrics"]
    assert size["own"]["bytes_per_token"] == pytest.approx(metrics["bytes_per_token"], abs=1e-4)
    assert size["documents"] == read_json(folder / "removed.json")["kept"]
    # The same corpus somewhere else has no tokenizer beside it; a quick one is not far off.
    copy = folder.parent.parent.parent / "solo" / "corpus" / "x"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.symlink_to(folder)
    quick = corpus_size(copy)["own"]
    copy.unlink()
    assert quick["method"] == "estimated"
    assert quick["bytes_per_token"] == pytest.approx(size["own"]["bytes_per_token"], rel=0.25)
