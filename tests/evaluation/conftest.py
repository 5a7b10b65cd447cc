from __future__ import annotations

from pathlib import Path

import pytest

from tests.artefacts import make_artefacts


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Corpus, tokenizer, pretrain and tune of a tiny company."""
    return make_artefacts(tmp_path_factory.mktemp("artefacts"))
