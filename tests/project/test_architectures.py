"""A project whose model reads text, from the folder to what plain transformers loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dialecto import Project
from dialecto.runtime import DialectoError
from dialecto.serving.model import open_model

SENTENCES = [
    "La cooperativa vende queso y aceite en la plaza del pueblo.",
    "El horario de la tienda es de nueve a dos, de lunes a viernes.",
    "Quien quiera aceite puede pedirlo en la tienda de la cooperativa.",
    "Los socios se reúnen en la plaza el primer lunes del mes.",
]
RECIPE = """name: prueba
objective: text
sources:
  - path: docs
corpus:
  workers: 1
  minimum_characters: 10
  dedup: {{enabled: false}}
  quality: {{enabled: false}}
tokenizer: {{vocabulary: 460}}
pretrain:
  architecture: {architecture}
  steps: 30
  context: 64
  batch_tokens: 512
  shape: {{layers: 1, width: 64}}
evaluate: {{samples: 2}}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filling")
    (folder / "docs").mkdir()
    for number in range(40):
        order = [SENTENCES[(number * step + at) % 4] for step, at in ((1, 0), (3, 1), (1, 2))]
        text = " ".join([*order, f"Acta número {number} de la cooperativa."])
        (folder / "docs" / f"{number}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("architecture", "kind"), [("bert", "masked"), ("modernbert", "masked"), ("t5", "span")]
)
def test_a_folder_becomes_a_model_that_transformers_fills_text_in_with(
    root: Path, architecture: str, kind: str
) -> None:
    import transformers

    recipe = RECIPE.format(architecture=architecture)
    (root / "dialecto.yaml").write_text(recipe, encoding="utf-8")
    project = Project.open(root)
    project.run()
    digest = project.artefact("pretrain").name
    metrics = project.store.manifest("pretrain", digest)["metrics"]
    assert metrics[f"{kind}_loss.validation"] > 0
    assert not [name for name in metrics if "bpb" in name]
    folder = project.model_folder()
    lines = (folder.parent / "metrics.jsonl").read_text("utf-8").splitlines()
    facts: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert facts[-1]["loss"] < facts[0]["loss"]
    assert f"validation_{kind}_loss" in facts[-1]
    assert not [name for name in facts[-1] if "bpb" in name]
    scores = json.loads((project.artefact("evaluate") / "scores.json").read_text("utf-8"))
    assert scores[f"{kind}_loss"] < 6.2  # less than all tokens alike: ln 460 is 6.13
    assert 0 < scores[f"{kind}_accuracy"] <= 1
    assert not [name for name in scores if "bpb" in name]
    page = (project.artefact("report") / "report.html").read_text("utf-8")
    assert "Bits por byte" not in page
    assert ("Pseudoperplejidad" in page) == (kind == "masked")

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    text = "La cooperativa vende {} y aceite en la plaza del pueblo."
    if kind == "masked":
        model: Any = transformers.AutoModelForMaskedLM.from_pretrained(
            folder, local_files_only=True
        )
        pipe = transformers.pipeline("fill-mask", model=model, tokenizer=tokenizer)
        found = pipe(text.format("[MASK]"))
        assert len(found) == 5
        assert found[0]["sequence"].startswith("La cooperativa vende")
    else:
        model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder, local_files_only=True)
        asked = tokenizer(text.format("<extra_id_0>"), return_tensors="pt")
        answer = model.generate(**asked, max_new_tokens=4, do_sample=False)
        assert answer[0][0] == tokenizer.pad_token_id
        assert answer[0][1] == tokenizer.convert_tokens_to_ids("<extra_id_0>")
    with pytest.raises(DialectoError, match="train a decoder"):
        open_model(project)
