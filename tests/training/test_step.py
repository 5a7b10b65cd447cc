"""The maths of a step against torch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from dialecto.recipe.architectures import OBJECTIVES
from dialecto.training.attention import segment_positions
from dialecto.training.loss import summed_loss
from dialecto.training.muon import Muon
from dialecto.training.optimizer import make_optimizers, muon_rates, split_parameters
from dialecto.training.pieces import IGNORED, Batch
from dialecto.training.step import balance_loss, train_step
from tests.training.tiny import tiny_model, tiny_plan, tiny_stream

CPU = torch.device("cpu")


class KeepGradients:
    """Stands where the optimizers do, so that a step's gradients can be read."""

    def backward(self, objective: torch.Tensor) -> None:
        objective.backward()

    def step(self, _clip: float | None) -> float:
        return 0.0


def gradients(model: Any, batch: Batch, micro_rows: int) -> tuple[float, list[torch.Tensor]]:
    keep: Any = KeepGradients()
    loss, _ = train_step(model, batch, keep, tiny_plan(micro_rows=micro_rows), CPU)
    found = [p.grad.clone() for p in model.parameters()]
    model.zero_grad(set_to_none=True)
    return loss, found


def test_fused_loss_and_gradients_equal_torchs() -> None:
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(3, 400, 16, generator=generator, requires_grad=True)
    head = torch.randn(50, 16, generator=generator, requires_grad=True)
    targets = torch.randint(0, 50, (3, 400), generator=generator)
    targets[0, ::3] = IGNORED
    summed_loss(hidden, head, targets).backward()
    assert hidden.grad is not None
    assert head.grad is not None
    ours = hidden.grad.clone(), head.grad.clone()
    hidden.grad = head.grad = None
    reference = F.cross_entropy(
        (hidden @ head.T).reshape(-1, 50), targets.reshape(-1), reduction="sum"
    )
    reference.backward()
    assert summed_loss(hidden, head, targets).item() == pytest.approx(reference.item(), rel=1e-6)
    torch.testing.assert_close(ours[0], hidden.grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(ours[1], head.grad, atol=1e-4, rtol=1e-4)


def test_a_mixture_s_router_is_pushed_towards_balance() -> None:
    """The loss is lowest when experts are used alike, and padding is not counted."""
    config = tiny_model(architecture="qwen3_moe").config
    segments = torch.tensor([[1, 1, 1, 1, 0, 0]])
    even = torch.zeros(6, config.num_experts)
    even[torch.arange(6), torch.arange(6) % config.num_experts] = 0.1
    lopsided = torch.zeros(6, config.num_experts)
    lopsided[:, 0] = 9.0
    assert balance_loss((even,), segments, config) < balance_loss((lopsided,), segments, config)
    padded = even.clone()
    padded[4:] = lopsided[4:]
    torch.testing.assert_close(
        balance_loss((padded,), segments, config), balance_loss((even,), segments, config)
    )
    model = tiny_model(random_outputs=True, architecture="qwen3_moe")
    _, found = gradients(model, next(tiny_stream(rows=4)), 4)
    names = [name for name, _ in model.named_parameters()]
    gate = found[names.index("model.layers.0.mlp.gate.weight")]
    assert gate.abs().sum() > 0


def test_positions_begin_anew_with_each_document() -> None:
    segments = torch.tensor([[1, 1, 1, 2, 2, 0, 0], [1, 2, 3, 3, 3, 3, 0]])
    assert segment_positions(segments).tolist() == [[0, 1, 2, 0, 1, 0, 1], [0, 0, 0, 1, 2, 3, 0]]


def test_muon_takes_experts_as_so_many_matrices() -> None:
    generator = torch.Generator().manual_seed(3)
    stacked = torch.nn.Parameter(torch.randn(3, 24, 16, generator=generator))
    apart = [torch.nn.Parameter(m.clone()) for m in stacked.detach()]
    stacked.grad = torch.randn(3, 24, 16, generator=generator)
    for parameter, gradient in zip(apart, stacked.grad, strict=True):
        parameter.grad = gradient.clone()
    for parameters in ([stacked], apart):
        Muon(parameters, lr=0.02, momentum=0.95, weight_decay=0.1).step()
    torch.testing.assert_close(stacked.detach(), torch.stack([p.detach() for p in apart]))


def test_muon_moves_as_torchs_muon() -> None:
    """Same direction and size up to bf16; torch has it without cautious decay."""
    generator = torch.Generator().manual_seed(3)
    shapes = [(24, 16), (16, 40), (24, 16), (32, 32)]
    ours = [torch.nn.Parameter(torch.randn(s, generator=generator)) for s in shapes]
    theirs = [torch.nn.Parameter(p.detach().clone()) for p in ours]
    mine = Muon(ours, lr=0.02, momentum=0.95, weight_decay=0.0)
    reference = torch.optim.Muon(theirs, lr=0.02, momentum=0.95, weight_decay=0.0, nesterov=True)
    for _ in range(3):
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn(a.shape, generator=generator)
            b.grad = a.grad.clone()
        before = [p.detach().clone() for p in ours]
        mine.step()
        reference.step()
        for a, b, old in zip(ours, theirs, before, strict=True):
            moved, expected = a.detach() - old, b.detach() - old
            cosine = F.cosine_similarity(moved.flatten(), expected.flatten(), dim=0)
            assert cosine > 0.99
            assert moved.norm() == pytest.approx(expected.norm().item(), rel=0.05)
            b.data.copy_(a.data)


def test_cautious_decay_never_pulls_against_the_update() -> None:
    parameter = torch.nn.Parameter(torch.tensor([[1.0, -1.0], [2.0, -2.0]]))
    free = torch.nn.Parameter(parameter.detach().clone())
    for p, decay in ((parameter, 0.5), (free, 0.0)):
        p.grad = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
        Muon([p], lr=0.1, weight_decay=decay).step()
    pull = free.detach() - parameter.detach()
    moved = free.detach() - torch.tensor([[1.0, -1.0], [2.0, -2.0]])
    assert ((pull == 0) | (torch.sign(pull) == -torch.sign(moved))).all()
    assert (pull != 0).any()


@pytest.mark.parametrize("architecture", OBJECTIVES)
def test_every_parameter_has_exactly_one_optimizer(architecture: str) -> None:
    model = tiny_model(architecture=architecture)
    groups = split_parameters(model)
    ids = [id(p) for group in groups for p in group]
    assert sorted(ids) == sorted(id(p) for p in model.parameters())
    optimizers = make_optimizers(model, "muon", muon_rates(32))
    held = [id(p) for o in optimizers.parts for g in o.param_groups for p in g["params"]]
    assert sorted(held) == sorted(ids)
