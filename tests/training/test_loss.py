"""What is added to the loss, against torch's cross-entropy and the papers' formulas."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from dialecto.training.loss import LossTerms, training_loss
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.pieces import IGNORED
from dialecto.training.step import train_step
from tests.training.tiny import tiny_model, tiny_plan, tiny_stream

TERMS = [LossTerms(), LossTerms(0.1), LossTerms(0.0, 0.01), LossTerms(0.2, 0.01)]


@pytest.mark.parametrize("terms", TERMS)
def test_smoothing_and_z_loss_equal_the_formulas(terms: LossTerms) -> None:
    """More positions than a chunk, some of them not counted."""
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(3, 400, 16, generator=generator, dtype=torch.float64, requires_grad=True)
    head = torch.randn(50, 16, generator=generator, dtype=torch.float64, requires_grad=True)
    targets = torch.randint(0, 50, (3, 400), generator=generator)
    targets[0, ::3] = IGNORED
    objective, nats = training_loss(hidden, head, targets, terms)
    objective.backward()
    assert hidden.grad is not None
    assert head.grad is not None
    ours = hidden.grad.clone(), head.grad.clone()
    hidden.grad = head.grad = None
    logits, flat = (hidden @ head.T).reshape(-1, 50), targets.reshape(-1)
    reference = F.cross_entropy(
        logits, flat, reduction="sum", label_smoothing=terms.label_smoothing
    )
    squares = logits.logsumexp(1).square()[flat != IGNORED].sum()
    (reference + terms.z_loss * squares).backward()
    assert objective.item() == pytest.approx((reference + terms.z_loss * squares).item(), rel=1e-12)
    assert nats.item() == pytest.approx(
        F.cross_entropy(logits, flat, reduction="sum").item(), rel=1e-12
    )
    torch.testing.assert_close(ours[0], hidden.grad)
    torch.testing.assert_close(ours[1], head.grad)


def test_the_journal_tells_the_plain_loss() -> None:
    """Terms change what is minimised, not what is reported."""
    told, norms = [], []
    for terms in (LossTerms(), LossTerms(0.3, 0.1)):
        model = tiny_model(random_outputs=True)
        optimizers = make_optimizers(model, "muon", muon_rates(32))
        plan = tiny_plan(terms=terms)
        loss, norm = train_step(model, next(tiny_stream()), optimizers, plan, torch.device("cpu"))
        told.append(loss)
        norms.append(norm)
    assert told[0] == pytest.approx(told[1], rel=1e-6)
    assert norms[0] != norms[1]
