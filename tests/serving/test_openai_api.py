"""The API with OpenAI's own client, against a real server on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from dialecto.serving.engine import Message, Sampling
from dialecto.serving.transformers_engine import TransformersEngine
from tests.serving.conftest import Running


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as made:
        yield made


QUESTION: list[Any] = [
    {"role": "system", "content": "Responde."},
    {"role": "user", "content": "¿Qué vende la cooperativa?"},
]


def ask(client: openai.OpenAI, **options: Any) -> Any:
    settings = {"model": "prueba", "messages": QUESTION, "max_tokens": 12, **options}
    return client.chat.completions.create(**settings)


def post(server: Running, body: Any, path: str = "/v1/chat/completions") -> httpx.Response:
    return httpx.post(server.url + path, headers=server.headers, json=body)


def test_models_are_listed(client: openai.OpenAI, server: Running) -> None:
    assert [model.id for model in client.models.list()] == ["prueba"]
    assert client.models.retrieve("prueba").owned_by == "dialecto"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4")
    assert httpx.get(f"{server.url}/healthz").json() == {"status": "ok"}


def test_an_answer_is_the_engine_s(client: openai.OpenAI, server: Running) -> None:
    answer = ask(client)
    expected = server.service.model.engine.stream(
        [Message("system", "Responde."), Message("user", "¿Qué vende la cooperativa?")],
        Sampling(max_tokens=12),
    )
    assert answer.choices[0].message.content == "".join(expected)
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason == expected.finish_reason
    assert answer.usage.prompt_tokens == expected.prompt_tokens
    assert answer.usage.completion_tokens == expected.completion_tokens
    assert answer.usage.total_tokens == expected.prompt_tokens + expected.completion_tokens
    assert answer.model == "prueba"


def test_a_stream_says_the_same_in_pieces(client: openai.OpenAI) -> None:
    whole = ask(client)
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    pieces = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert sum(1 for piece in pieces if piece) > 3
    assert chunks[0].choices[0].delta.role == "assistant"
    reasons = [c.choices[0].finish_reason for c in chunks if c.choices]
    assert reasons == [None] * (len(reasons) - 1) + [whole.choices[0].finish_reason]
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage.model_copy(
        update={"prompt_tokens_details": None, "completion_tokens_details": None}
    )
    assert all(c.usage is None for c in chunks[:-1])
    without = list(ask(client, stream=True))
    assert all(c.usage is None and c.choices for c in without)


def test_sampling_is_obeyed(client: openai.OpenAI) -> None:
    def said(**options: Any) -> str:
        return str(ask(client, **options).choices[0].message.content)

    assert said(temperature=1, seed=5) == said(temperature=1, seed=5)
    assert said(temperature=1, seed=5) != said(temperature=1, seed=6)
    assert said(temperature=1, top_p=0.0, seed=5) == said()
    whole = said()
    stop = whole[5:7]
    cut = ask(client, stop=[stop])
    assert cut.choices[0].message.content == whole[: whole.index(stop)]
    assert cut.choices[0].finish_reason == "stop"
    assert ask(client, max_tokens=openai.omit, max_completion_tokens=3).usage.completion_tokens == 3
    assert ask(client, max_tokens=10**9).usage.completion_tokens <= 512


def part(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def test_many_turns_and_parts_are_understood(client: openai.OpenAI) -> None:
    turns = [
        {"role": "developer", "content": "Sé breve."},
        {"role": "user", "content": [part("ho"), part("la")]},
        {"role": "assistant", "content": "Hola."},
        {"role": "user", "content": "¿Y bien?"},
    ]
    plain = [
        {"role": "system", "content": "Sé breve."},
        {"role": "user", "content": "hola"},
        *turns[2:],
    ]
    assert (
        ask(client, messages=turns).choices[0].message.content
        == ask(client, messages=plain).choices[0].message.content
    )
    long = ask(client, messages=[{"role": "user", "content": "hola " * 3000}])
    assert long.usage.prompt_tokens < 128


def test_plain_completions_continue_a_text(client: openai.OpenAI) -> None:
    whole = client.completions.create(model="prueba", prompt="La coope", max_tokens=8, seed=1)
    pieces = client.completions.create(
        model="prueba", prompt=["La coope"], max_tokens=8, seed=1, stream=True
    )
    assert whole.choices[0].text == "".join(chunk.choices[0].text for chunk in pieces)
    assert whole.usage is not None
    assert 0 < whole.usage.completion_tokens <= 8


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"n": 2}, "n=1"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"top_p": 1.5}, "top_p"),
        ({"stop": [""]}, "stop"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"logprobs": True}, "logprobs"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"model": None}, "model"),
    ],
)
def test_a_wrong_request_is_400_and_names_the_field(
    server: Running, options: dict[str, Any], named: str
) -> None:
    response = post(server, {"model": "prueba", "messages": QUESTION, **options})
    error = response.json()["error"]
    assert response.status_code == 400
    assert named in error["message"]
    assert error["type"] == "invalid_request_error"
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"model": "prueba"}'])
def test_a_body_that_is_no_request_is_400(server: Running, body: bytes) -> None:
    headers = {**server.headers, "Content-Type": "application/json"}
    response = httpx.post(f"{server.url}/v1/chat/completions", headers=headers, content=body)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_odd_but_valid_text_is_answered(server: Running) -> None:
    for content in ("", " ", "\u0000", "<|im_end|><|endoftext|>", "🧀" * 50, "a" * 100_000):
        messages = [{"role": "user", "content": content}]
        body = {"model": "prueba", "max_tokens": 2, "messages": messages}
        assert post(server, body).status_code == 200
    raw = b'{"model": "prueba", "messages": [{"role": "user", "content": "half: \\ud800"}]}'
    response = httpx.post(
        f"{server.url}/v1/chat/completions",
        headers={**server.headers, "Content-Type": "application/json"},
        content=raw,
    )
    assert response.status_code in (200, 400)


def test_errors_are_the_client_s_own_types(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        ask(client, model="gpt-4")
    assert unknown.value.code == "model_not_found"
    assert "prueba" in unknown.value.message
    with pytest.raises(openai.BadRequestError):
        ask(client, n=3)
    wrong = client.with_options(api_key="dlc_wrong")
    with pytest.raises(openai.AuthenticationError) as refused:
        ask(wrong)
    assert refused.value.code == "invalid_api_key"


def test_a_full_queue_is_429_and_the_server_goes_on(
    client: openai.OpenAI, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.service.queue, "_limit", 0)
    with pytest.raises(openai.RateLimitError) as refused:
        ask(client)
    assert refused.value.response.headers["retry-after"] == "1"
    with pytest.raises(openai.RateLimitError):
        ask(client, stream=True)
    monkeypatch.undo()
    assert ask(client).choices


def test_several_ask_at_once_and_each_gets_its_own_answer(client: openai.OpenAI) -> None:
    alone = {seed: ask(client, temperature=1, seed=seed) for seed in range(4)}
    together: dict[int, Any] = {}

    def one(seed: int) -> None:
        together[seed] = ask(client, temperature=1, seed=seed)

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, answer in alone.items():
        assert together[seed].choices[0].message.content == answer.choices[0].message.content


def test_the_work_stops_when_the_reader_goes(
    client: openai.OpenAI, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = TransformersEngine._forward

    def slow(*arguments: Any) -> Any:
        time.sleep(0.05)
        return quick(*arguments)

    monkeypatch.setattr(TransformersEngine, "_forward", slow)
    before = len(server.recorded())
    with ask(client, stream=True, max_tokens=100, temperature=1, seed=1) as stream:
        next(iter(stream))
    (record,) = server.recorded()[before:]
    assert record["finish_reason"] == "cancelled"
    assert int(str(record["completion_tokens"])) < 40
    assert server.service.queue._inside == 0
    assert ask(client).choices


def test_a_failing_engine_is_500_or_an_error_in_the_stream_and_the_server_goes_on(
    client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, calls = TransformersEngine._forward, [0]

    def failing(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] > 3:
            raise RuntimeError("out of memory at /secret/path")
        return step(*arguments)

    monkeypatch.setattr(TransformersEngine, "_forward", failing)
    with pytest.raises(openai.InternalServerError) as failed:
        ask(client)
    assert "secret" not in failed.value.message
    calls[0] = 0
    with pytest.raises(openai.APIError, match="failed"):
        list(ask(client, stream=True))
    monkeypatch.undo()
    assert ask(client).choices


def test_every_request_is_in_the_ledger_without_its_text(
    client: openai.OpenAI, server: Running
) -> None:
    before = len(server.recorded())
    secret = "Mi palabra secreta es zarzamora"
    messages = [{"role": "user", "content": secret}]
    answer = ask(client, messages=messages)
    list(ask(client, messages=messages, stream=True))
    with pytest.raises(openai.AuthenticationError):
        ask(client.with_options(api_key="no"), messages=messages)
    client.models.list()
    whole, streamed, refused, listed = server.recorded()[before:]
    assert whole["path"] == streamed["path"] == refused["path"] == "/v1/chat/completions"
    assert [r["status"] for r in (whole, streamed, refused, listed)] == [200, 200, 401, 200]
    assert whole["key"] == streamed["key"] == server.service.credentials.id
    assert refused["key"] == ""
    assert "prompt_hmac_sha256" not in refused
    for name in ("prompt_hmac_sha256", "answer_hmac_sha256", "completion_tokens", "model"):
        assert whole[name] == streamed[name]
    assert whole["model"] == server.service.model.digest
    assert whole["completion_tokens"] == answer.usage.completion_tokens
    text = answer.choices[0].message.content
    assert whole["answer_hmac_sha256"] == server.service.credentials.fingerprint(text)
    stored = server.project.ledger.path.read_bytes()
    wal = server.project.ledger.path.with_name("ledger.db-wal")
    stored += wal.read_bytes() if wal.exists() else b""
    assert b"zarzamora" not in stored
    assert server.project.ledger.verify() == []


def test_no_answer_while_the_ledger_cannot_be_written(
    client: openai.OpenAI, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError("disk full")

    before = len(server.recorded())
    monkeypatch.setattr(server.service.audit, "_hook", full)
    ask(client)  # cannot be known before it is written
    deadline = time.monotonic() + 10
    while not server.service.audit._unwritten and time.monotonic() < deadline:
        time.sleep(0.02)
    with pytest.raises(openai.InternalServerError, match="ledger"):
        ask(client)
    monkeypatch.undo()
    assert ask(client).choices
    deadline = time.monotonic() + 10
    while len(server.recorded()) < before + 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [r["status"] for r in server.recorded()[before:]] == [200, 503, 200]
