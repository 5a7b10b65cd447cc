"""What belongs together stays together: threads, folds, sources."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialecto.collect.columns import context_of
from dialecto.corpus.extract.context import (
    mail_threads,
    plain_subject,
    record_threads,
    record_year,
)
from dialecto.corpus.folds import fold_texts, read_folds
from dialecto.corpus.split import Item, deal, none_empty
from dialecto.runtime import DialectoError
from tests.corpus.conftest import Refine, documents, lineage
from tests.corpus.test_stage import prose

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def mail(number: int, subject: str, answers: int = 0) -> str:
    reply = f"In-Reply-To: <m{answers}@correo.test>\n" if answers else ""
    return (
        f"From: a{number}@correo.test\nTo: b{number}@correo.test\nSubject: {subject}\n"
        f"Message-ID: <m{number}@correo.test>\n{reply}Date: Tue, 3 Mar 2020 10:00:00 +0100\n\n"
        f"{prose(number)}\n"
    )


def test_a_thread_of_mail_stays_in_one_split(tmp_path: Path, refine: Refine) -> None:
    source = tmp_path / "fuente"
    source.mkdir()
    number = 0
    for thread in range(25):
        for place in range(4):  # each answers the one before, whatever its subject says
            number += 1
            answered = number - 1 if place else 0
            (source / f"{thread:02d}-{place}.eml").write_text(
                mail(number, f"Asunto {number}", answered), encoding="utf-8"
            )
    for thread in range(10):
        lines = [
            json.dumps({"text": prose(1000 + 10 * thread + n), "thread_id": thread})
            for n in range(3)
        ]
        (source / f"foro{thread}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    work, metrics = refine(source, pii={"enabled": False}, split={"folds": 4})
    of_mail: dict[str, set[str]] = {}
    for path, row in lineage(work).items():
        name = path[:2] if path.endswith(".eml") else path.split(":")[0]
        of_mail.setdefault(name, set()).add(row["split"])
    assert len(of_mail) == 35
    assert all(len(splits) == 1 for splits in of_mail.values())
    assert metrics["documents.test"] >= 8
    assert metrics["documents.validation"] >= 8

    rows = documents(work)
    names = {row["id"]: row["path"] for row in rows}
    test = {row["id"] for row in documents(work, "test")}
    folds = read_folds(work)
    assert len(folds) == 4
    assert set().union(*(fold.held_out for fold in folds)) == set(names) - test
    assert sum(len(fold.held_out) for fold in folds) == len(names) - len(test)
    for fold in folds:
        assert not fold.train & fold.held_out
        threads = [
            {p[:2] if p.endswith(".eml") else p.split(":")[0] for p in map(names.get, part) if p}
            for part in (fold.train, fold.held_out)
        ]
        assert not threads[0] & threads[1]
        assert 0.15 < len(fold.held_out) / (len(names) - len(test)) < 0.35
    assert {name for name, _ in fold_texts(work, folds[0].held_out)} == folds[0].held_out


def test_no_folds_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(DialectoError, match=r"corpus\.split\.folds"):
        read_folds(tmp_path)


def test_a_subject_joins_only_when_it_says_something() -> None:
    import email

    def keys(text: str) -> set[str]:
        return set(mail_threads(email.message_from_string(text)))

    first, second = mail(1, "Pedido de almendra marcona"), mail(2, "RV: pedido de Almendra marcona")
    assert keys(first) & keys(second)
    assert not keys(mail(1, "Factura")) & keys(mail(2, "Re: Factura"))
    assert keys(mail(1, "a")) & keys(mail(2, "b", answers=1))
    assert not any("correo" in key or "pedido" in key for key in keys(first))
    # Encoded by two programs in two ways.
    assert plain_subject("=?utf-8?q?Re=3A_A=C3=B1o_nuevo?=") == "año nuevo"
    assert plain_subject("RE: Fwd: [ventas]  Pedido de  almendra") == "pedido de almendra"


def test_records_say_their_thread_and_year() -> None:
    assert record_threads({"text": "a", "conversation_id": 7}) == record_threads(
        {"text": "b", "conversation_id": "7"}
    )
    question, answer = {"id": 1, "parent_id": None}, {"id": 2, "parent_id": 1}
    assert set(record_threads(question)) & set(record_threads(answer))
    assert record_threads({"id": 1, "text": "a"}) == ()  # only its number in the table
    assert record_threads(["thread_id"]) == ()
    assert record_year({"fecha": "12/03/2019"}) == 2019
    assert record_year({"text": "en 2019"}) == 0


def test_columns_beside_the_text_tell_the_thread_of_a_row() -> None:
    question = {"id": 1, "parent_id": None, "created_at": "2021-05-02 10:00", "body": "a"}
    answer = {"id": 2, "parent_id": 1, "created_at": None, "body": "b"}
    records = [context_of(row) | {"text": str(row["body"])} for row in (question, answer)]
    assert set(record_threads(records[0])) & set(record_threads(records[1]))
    assert [record_year(record) for record in records] == [2021, 0]
    assert context_of({"id": 1, "body": "a"}) == {}


@given(st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.lists(st.text())))
def test_any_record_has_threads_or_none(record: dict[str, object]) -> None:
    assert list(record_threads(record)) == sorted(set(record_threads(record)))


@pytest.mark.parametrize(
    ("count", "wanted"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (4, (2, 1, 1)), (5, (3, 1, 1))]
)
def test_a_few_documents_leave_no_measure_empty(count: int, wanted: tuple[int, ...]) -> None:
    items = [Item(f"{n}", 1000) for n in range(count)]
    alone = {item.id: item.id for item in items}
    for seed in range(20):
        dealt = Counter(none_empty(items, alone, deal(items, alone, SHARES, seed)).values())
        assert tuple(dealt[split] for split in SHARES) == wanted
    one = dict.fromkeys(alone, "0")  # a single group is trained on
    assert set(none_empty(items, one, dict.fromkeys(alone, "train")).values()) == {"train"}


def test_sources_are_in_every_split_in_proportion() -> None:
    items = [Item(f"{n:04d}", 1000, f"s{n % 4}") for n in range(1200)]
    dealt = deal(items, {item.id: item.id for item in items}, SHARES, 7)
    total = Counter(dealt.values())
    for split, share in SHARES.items():
        assert abs(total[split] / 1200 - share) < 0.01
        for source in ("s0", "s1", "s2", "s3"):
            there = sum(dealt[i.id] == split for i in items if i.source == source)
            assert abs(there / 300 - share) < 0.02
    assert deal(items[::-1], {item.id: item.id for item in items}, SHARES, 7) == dealt
