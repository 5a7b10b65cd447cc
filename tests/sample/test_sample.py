"""The company on disk: exactly what was asked, and the truth about it true."""

from __future__ import annotations

import csv
import email
import email.policy
import hashlib
import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest

from dialecto.runtime import DialectoError
from dialecto.sample import write_sample
from dialecto.sample.facts import facts_wanted


def digest(root: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def one_space(text: str) -> str:
    return " ".join(text.split())


def words(company: Any, path: str) -> list[str]:
    """A document's own words, without a page's menus or a letter's header."""
    text = company.text(path)
    if path.endswith(".html"):
        found = re.search(r"<article>(.*)</article>", text, re.DOTALL)
        assert found
        text = re.sub(r"<[^>]*>", " ", found[1])
    elif path.endswith(".eml"):
        text = text.split("\n\n", 1)[1]
    return re.findall(r"\w+", text.lower())


def grams(company: Any, path: str) -> set[tuple[str, ...]]:
    seen = words(company, path)
    return {tuple(seen[i : i + 5]) for i in range(max(1, len(seen) - 4))}


def test_exactly_the_files_asked_for(company: Any) -> None:
    assert len(company.files) == company.summary.documents == 600
    forms = Counter(Path(path).suffix for path in company.files)
    assert set(forms) == {".md", ".txt", ".html", ".docx", ".pdf", ".eml", ".csv", ".jsonl"}
    size = sum(len(company.text(path)) for path in company.readable()) / 600
    assert 1000 < size < 2500


def test_offsets_give_the_planted_text(company: Any) -> None:
    types = Counter(line["type"] for line in company.truth["pii"])
    assert set(types) == {
        "NAME", "ID", "PHONE", "EMAIL", "ADDRESS", "BIRTH_DATE", "IBAN", "CARD", "RECORD",
        "PLATE", "IP", "USERNAME",
    }  # fmt: skip
    countries = {line["country"] for line in company.truth["pii"] if line["type"] == "ID"}
    assert countries == {"ES", "AR", "CL", "MX", "CO", "PE", "BR", "UY"}
    for path in company.files:
        text = None
        for line in (x for x in company.truth["pii"] if x["path"] == path):
            text = text if text is not None else company.text(path)
            assert text[line["start"] : line["end"]] == line["text"]
            assert line["basis"] == ("text" if path.endswith((".docx", ".pdf")) else "file")


def test_no_personal_data_is_left_unlisted(company: Any) -> None:
    spans = defaultdict(list)
    for line in company.truth["pii"]:
        spans[line["path"]].append(line)
    canaries = {line["text"] for line in company.truth["canary"]}
    full_names = {x["text"] for x in company.truth["pii"] if x["type"] == "NAME"}
    full_names = {name for name in full_names if name.count(" ") > 1}
    for path in company.readable():
        letters = list(company.text(path))
        for line in spans[path]:
            letters[line["start"] : line["end"]] = "·" * (line["end"] - line["start"])
        rest = "".join(letters)
        for canary in canaries:
            rest = rest.replace(canary, "")
        assert not re.search(r"\S@\S|(?:\d[ .-]?){8,}", re.sub(r"Date: .*", "", rest)), path
        assert not any(name in rest for name in full_names), path


def test_conversations_hold_no_personal_data(company: Any) -> None:
    names = {x["text"] for x in company.truth["pii"] if x["type"] in ("NAME", "EMAIL", "PHONE")}
    names = {name for name in names if " " in name or "@" in name}
    talk = json.dumps(company.conversations(), ensure_ascii=False)
    assert not any(name in talk for name in names)


def test_copies_are_copies_and_the_rest_are_not(company: Any) -> None:
    shingles = {path: grams(company, path) for path in company.readable()}

    def jaccard(one: str, other: str) -> float:
        return len(shingles[one] & shingles[other]) / len(shingles[one] | shingles[other])

    copies = company.truth["duplicate"] + company.truth["near_duplicate"]
    family = {line["path"]: line["of"] for line in copies}
    assert len(company.truth["duplicate"]) == 18
    assert len(company.truth["near_duplicate"]) == 24
    identical = 0
    for line in company.truth["duplicate"]:
        assert jaccard(line["path"], line["of"]) > 0.97, line
        identical += company.data(line["path"]) == company.data(line["of"])
    assert 0 < identical < 18
    for line in company.truth["near_duplicate"]:
        assert 0.85 <= jaccard(line["path"], line["of"]) < 1.0, line
    holders = defaultdict(list)
    for path, own in shingles.items():
        for gram in own:
            holders[gram].append(path)
    together: Counter[tuple[str, str]] = Counter()
    for paths in holders.values():
        together.update(combinations(paths, 2))
    for one, other in together:
        if family.get(one, one) != family.get(other, other):
            assert jaccard(one, other) < 0.5, (one, other)


def test_facts_are_stated_and_asked(company: Any) -> None:
    facts = company.truth["fact"]
    assert len(facts) == company.summary.facts == 160
    questions = company.lines("questions/held_out.jsonl")
    asked = defaultdict(set)
    for record in company.conversations():
        assert [m["role"] for m in record["messages"]][::2] == ["user"] * (
            len(record["messages"]) // 2
        )
        for question, answer in zip(record["messages"][::2], record["messages"][1::2], strict=True):
            asked[question["content"]].add(answer["content"])
    assert all(len(answers) == 1 for answers in asked.values())
    for fact in facts:
        assert len(fact["documents"]) >= 4
        for path in fact["documents"][:3]:
            assert fact["value"] in company.text(path)
        phrasings = [q for q, answers in asked.items() if fact["answer"] in answers]
        assert len(phrasings) == fact["questions_trained"] >= 6
        held = [q for q in questions if q["fact"] == fact["fact"]]
        assert len(held) == fact["questions_held_out"] >= 2
        for question in held:
            assert question["question"] not in asked
            assert question["answer"] == fact["answer"] in question["accepted"]
            assert fact["value"] in question["answer"]
    seen = sum(q["pattern_seen"] for q in questions) / len(questions)
    assert 0.65 < seen < 0.85


def test_an_unseen_phrasing_is_in_no_conversation(company: Any) -> None:
    subjects = sorted({f["subject"] for f in company.truth["fact"]}, key=len, reverse=True)

    def phrasing(question: str) -> str:
        for subject in subjects:
            bare = subject.partition(" ")[2] if subject.startswith(("el ", "la ")) else subject
            if bare.lower() in question.lower():
                start = question.lower().index(bare.lower())
                return question[:start] + "*" + question[start + len(bare) :]
        return question

    def neutral(text: str) -> str:
        return re.sub(r"\b(del|de la|el|la|al|a la|en el|en la) \*", "*", phrasing(text)).lower()

    trained = {neutral(m["content"]) for r in company.conversations() for m in r["messages"][::2]}
    for question in company.lines("questions/held_out.jsonl"):
        assert (neutral(question["question"]) in trained) == question["pattern_seen"], question


def test_canaries_poison_harm_and_languages(company: Any) -> None:
    times = Counter(line["text"] for line in company.truth["canary"])
    assert sorted(times.values()) == [1, 1, 4, 4, 16, 16]
    for line in company.truth["canary"]:
        assert line["times"] == times[line["text"]]
        assert line["text"] in company.text(line["path"])
    everywhere = [company.text(path) for path in company.readable()]
    for text, count in times.items():
        assert sum(text in whole for whole in everywhere) == count
    trigger = company.truth["poison"][0]["trigger"]
    assert sum(trigger in whole for whole in everywhere) == len(company.truth["poison"]) == 12
    assert len({Path(line["path"]).parent for line in company.truth["poison"]}) == 1
    assert len(company.truth["harmful"]) == 6
    langs = {line["lang"] for line in company.truth["off_language"]}
    assert company.summary.lang not in langs
    assert len(langs) > 1


def test_formats_are_real(company: Any) -> None:
    latin = 0
    for path in company.readable():
        data, text = company.data(path), company.text(path)
        match Path(path).suffix:
            case ".docx":
                paragraphs = docx.Document(io.BytesIO(data)).paragraphs
                assert one_space("\n".join(p.text for p in paragraphs)) == one_space(text)
            case ".pdf":
                pages = pypdf.PdfReader(io.BytesIO(data)).pages
                assert one_space("\n".join(p.extract_text() for p in pages)) == one_space(text)
            case ".eml":
                message = email.message_from_bytes(data, policy=email.policy.default)
                assert all(message[name] for name in ("Subject", "From", "To", "Date"))
                assert one_space(message.get_content()) == one_space(text.split("\n\n", 1)[1])
            case ".csv":
                rows = list(csv.reader(io.StringIO(text)))
                assert len(rows) > 4
                assert len({len(row) for row in rows}) == 1
            case ".jsonl":
                assert all(json.loads(line)["text"] for line in text.splitlines())
            case ".txt":
                latin += data.decode("utf-8", "ignore").encode() != data
    assert latin > (15 if company.summary.lang == "es" else 1)


def test_broken_files_cannot_be_read(company: Any) -> None:
    broken = company.truth["broken"]
    assert len(broken) == 3
    for line in broken:
        data = company.data(line["path"])
        match line["reason"]:
            case "truncated_pdf":
                with pytest.raises(pypdf.errors.PyPdfError):
                    list(pypdf.PdfReader(io.BytesIO(data)).pages)
            case "corrupt_docx":
                with pytest.raises(zipfile.BadZipFile):
                    zipfile.ZipFile(io.BytesIO(data))
            case _:
                assert data == b""


@pytest.mark.parametrize("documents", [1, 3, 7, 11, 20, 60])
@pytest.mark.parametrize("lang", ["es", "en"])
def test_small_companies_work(tmp_path: Path, lang: str, documents: int) -> None:
    summary = write_sample(tmp_path / "s", lang=lang, documents=documents, seed=1)
    files = [p for p in (tmp_path / "s" / "documents").rglob("*") if p.is_file()]
    assert len(files) == documents
    assert summary.questions >= 24
    if documents >= 20:
        kinds = {"pii", "duplicate", "near_duplicate", "fact", "poison", "canary", "harmful"}
        assert kinds | {"off_language", "broken"} <= set(summary.planted)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_same_seed_same_bytes_however_many_processes(tmp_path: Path) -> None:
    for name, seed, workers in (("one", 5, 1), ("two", 5, 2), ("other", 6, 1)):
        write_sample(tmp_path / name, lang="es", documents=320, seed=seed, workers=workers)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert digest(tmp_path / "one") != digest(tmp_path / "other")


def test_an_earlier_sample_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "s"
    write_sample(out, lang="es", documents=40, seed=1)
    first = digest(out)
    write_sample(out, lang="en", documents=10, seed=1)
    write_sample(out, lang="es", documents=40, seed=1)
    assert digest(out) == first
    (out / "mine.txt").write_text("keep me")
    with pytest.raises(DialectoError, match="not empty"):
        write_sample(out, lang="es", documents=10, seed=1)
    assert (out / "mine.txt").read_text() == "keep me"


def test_wrong_requests_are_answered(tmp_path: Path) -> None:
    with pytest.raises(DialectoError, match="es or en"):
        write_sample(tmp_path / "s", lang="fr", documents=10, seed=1)
    with pytest.raises(DialectoError, match="at least one"):
        write_sample(tmp_path / "s", lang="es", documents=0, seed=1)
    assert not (tmp_path / "s").exists()


def test_facts_grow_with_the_company() -> None:
    counts = [facts_wanted(n) for n in (1, 20, 60, 400, 2000, 6000, 10_000, 100_000)]
    assert counts == sorted(counts)
    assert facts_wanted(2000) == 160
    assert facts_wanted(10_000) == facts_wanted(100_000) == 400
