"""What `dialecto plan` tells: the corpus, the machine, the training that a budget allows.

Before the corpus and the tokenizer have been made, tokens are estimated from the files' sizes;
`measured` says which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dialecto.models.accelerators import Accelerator
from dialecto.models.allowance import Allowance
from dialecto.models.candidates import candidates
from dialecto.models.law import TextFacts
from dialecto.models.planner import TrainingPlan, plan_training
from dialecto.models.presets import with_preset
from dialecto.models.speed import MachineSpeed
from dialecto.project.plan import Planned, plan_stages
from dialecto.project.project import Project
from dialecto.project.store import Store
from dialecto.runtime.files import read_json
from dialecto.runtime.walk import walk
from dialecto.tokenizer.shards import TokenSplit
from dialecto.tokenizer.vocabulary import bytes_per_token, vocabulary_size

# Of a file's bytes, what is left as text: measured on real product pages (30.0 MB to 21.1 MB).
TEXT_SHARE = 0.7
# Vocabularies that the tokenizer stage tries, and bytes of text that one of them asks for.
_VOCABULARIES, _ROOM = tuple(512 << power for power in range(8)), 150


@dataclass(frozen=True)
class CorpusSize:
    """The text there is to train on. `tokens` are of the training split."""

    documents: int
    bytes: int
    tokens: int
    vocabulary: int
    conversations: int
    tokenizer: str = ""  # the artefact that it was counted in, where there is one
    longest: int = 0  # bytes of the longest document, while nothing has been counted

    @property
    def measured(self) -> bool:
        return bool(self.tokenizer)

    @property
    def bytes_per_token(self) -> float:
        return self.bytes / self.tokens if self.tokens else bytes_per_token(self.vocabulary)


def corpus_size(project: Project) -> CorpusSize:
    """From the tokenizer's artefact when it is there, else estimated from the source files."""
    planned = {item.stage.name: item for item in plan_stages(
        project.root, project.recipe, project.store)}  # fmt: skip
    store = project.store
    digest = _tokenizer(planned, store)
    if digest:
        tokenizer = store.manifest("tokenizer", digest)["metrics"]
        corpus = store.manifest("corpus", planned["corpus"].digest)["metrics"]
        index = read_json(store.folder("tokenizer", digest) / "shards" / "index.json")
        return CorpusSize(
            documents=int(corpus["documents.train"]),
            bytes=int(index["splits"]["train"]["bytes"]),
            tokens=int(tokenizer["tokens.train"]),
            vocabulary=int(tokenizer["vocabulary"]),
            conversations=int(corpus.get("conversations.train", 0)),
            tokenizer=digest,
        )
    files = list(_files(project))
    share = project.recipe.corpus.split.train * TEXT_SHARE
    sizes = [file.stat().st_size for file in files]
    size = round(sum(sizes) * share)
    vocabulary = project.recipe.tokenizer.vocabulary or vocabulary_size(max(size, 1))
    tokens = round(size / bytes_per_token(vocabulary))
    longest = round(max(sizes, default=0) * TEXT_SHARE)
    return CorpusSize(len(files), size, tokens, vocabulary, _lines(project), longest=longest)


def with_vocabulary(
    project: Project, size: CorpusSize, speed: MachineSpeed, allowance: Allowance
) -> CorpusSize:
    """A corpus that has not been made, with the vocabulary that the tokenizer stage is likely to
    choose for the budget: by the same law, for text of typical difficulty."""
    if size.measured or project.recipe.tokenizer.vocabulary:
        return size
    section = with_preset(project.recipe.pretrain)
    found: dict[CorpusSize, float] = {}
    for vocabulary in _VOCABULARIES:
        if found and vocabulary > size.bytes // _ROOM:
            break
        tokens = round(size.bytes / bytes_per_token(vocabulary))
        one = replace(size, vocabulary=vocabulary, tokens=tokens)
        text = _text(project, one)
        best = candidates(
            section, allowance=allowance, vocabulary=vocabulary, text=text, speed=speed
        )[0]
        found[one] = best.predicted_bpb
    return min(found, key=lambda one: found[one])


def _tokenizer(planned: Mapping[str, Planned], store: Store) -> str | None:
    """The tokenizer of this corpus: the one that the budget asks for, or else the one in use."""
    if planned["tokenizer"].done:
        return planned["tokenizer"].digest
    digest = store.current("tokenizer")
    if digest is None or not planned["corpus"].done:
        return None
    made_from = store.manifest("tokenizer", digest).get("inputs", {}).get("corpus")
    return digest if made_from == planned["corpus"].digest else None


def _files(project: Project) -> list[Path]:
    found: list[Path] = []
    for source in project.recipe.sources:
        if source.kind != "documents" or not source.path:
            continue
        found += _below((project.root / source.path).resolve(), source.exclude)
    return found


def _below(place: Path, exclude: list[str]) -> list[Path]:
    return [place] if place.is_file() else [place / path for path in walk(place, exclude)]


def _lines(project: Project) -> int:
    """Lines of the conversations' files: a conversation each."""
    count = 0
    for source in project.recipe.sources:
        if source.kind == "conversations" and source.path:
            for file in _below((project.root / source.path).resolve(), source.exclude):
                with file.open("rb") as lines:
                    count += sum(1 for line in lines if line.strip())
    return count


def speed_of(count: int, device: Accelerator) -> MachineSpeed:
    """A machine that is not here, as the planner sees it: its peak times what is reached."""
    rate = count * device.teraflops * 1e12 * device.efficiency
    memory = count * device.gigabytes * 1e9
    peak = count * device.teraflops * 1e12
    return MachineSpeed("cuda", "bf16", {64: rate}, peak, memory)


def plan_here(
    project: Project, size: CorpusSize, speed: MachineSpeed, allowance: Allowance
) -> TrainingPlan:
    """The plan that the pretrain stage would make."""
    return plan_training(
        with_preset(project.recipe.pretrain),
        allowance=allowance,
        vocabulary=size.vocabulary,
        text=_text(project, size),
        speed=speed,
    )


def _text(project: Project, size: CorpusSize) -> TextFacts:
    """As the pretrain stage measures it, where the tokenizer's artefact is there."""
    if not size.measured:
        longest = max(round(size.longest / size.bytes_per_token), 1)
        reserved = round(size.bytes * project.recipe.corpus.split.validation)
        return TextFacts(max(size.tokens, 1), max(size.bytes, 1), longest, held_bytes=reserved)
    from dialecto.training.model_folder import load_tokenizer
    from dialecto.training.planning import text_facts, validation_text

    folder = project.store.folder("tokenizer", size.tokenizer)
    tokenizer = load_tokenizer(folder)
    data = TokenSplit.open(folder / "shards", "train")
    held, held_bytes = validation_text(folder / "shards", tokenizer)
    return text_facts(data, list(data), held, held_bytes, len(tokenizer))
