"""A student of a ReLU network: nothing but excess in its loss."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from tiny_workloads import crossed, trained

from bench_service.activations import ACTIVATIONS
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS
from bench_service.workloads.teacher_student import (
    BEST_LINEAR_LOSS,
    TEACHER_SCALE,
    taught,
    teacher,
)

STUDENT = WORKLOADS.get("teacher_student")
N = 200_000


def inputs(seed=1):
    return torch.randn(N, 20, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("seed", [0, 7])
def test_a_teachers_directions_are_orthonormal_and_its_seeds_own(seed):
    directions = teacher(seed)
    assert torch.allclose(directions @ directions.T, torch.eye(10), atol=1e-6)
    assert torch.equal(directions, teacher(seed))
    assert not torch.allclose(directions, teacher(seed + 1), atol=0.1)


def test_what_is_taught_has_mean_0_and_variance_1():
    """To four standard errors; a rectified normal number has the variance 1/2 - 1/(2 pi)."""
    y = taught(inputs(), teacher(3)).double()
    assert y.shape == (N, 1)
    assert y.mean().item() == pytest.approx(0, abs=4 / math.sqrt(N))
    assert y.var().item() == pytest.approx(1, abs=4 * 1.6 / math.sqrt(N))
    assert STUDENT.chance == 1.0


def test_what_is_taught_is_half_the_rectified_projections_less_the_other_half():
    x, directions = inputs()[:50].double(), teacher(3).double()
    expected = np.zeros(50)
    for number, direction in enumerate(directions.numpy()):
        expected += (-1) ** number * np.maximum(0, x.numpy() @ direction)
    found = taught(x.float(), directions.float())[:, 0].numpy()
    assert found == pytest.approx(TEACHER_SCALE * expected, abs=1e-5)


def test_the_best_linear_loss_is_that_of_least_squares():
    """0.26653 by the formula; four standard errors of what is left of 200,000 points."""
    x = inputs().double().numpy()
    y = taught(inputs(), teacher(3)).double().numpy()
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    assert pytest.approx(np.square(left).mean(), abs=4 * 0.4 / math.sqrt(N)) == BEST_LINEAR_LOSS
    assert pytest.approx(0.266529, abs=1e-6) == BEST_LINEAR_LOSS
    assert STUDENT.facts["best_linear"] == BEST_LINEAR_LOSS


def test_a_student_that_holds_the_teacher_has_no_loss_left():
    student = build(STUDENT, ACTIVATIONS.get("relu"), torch.zeros(2, 20)).model
    assert sum(p.numel() for p in student.parameters()) == 40 * (20 + 1) + 40 + 1
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.zero_()
        student.linear1.weight[:10] = teacher(5)
        student.head.weight[0, :10] = TEACHER_SCALE * torch.tensor([1.0, -1.0] * 5)
        batch = STUDENT.data((5,)).held_out("test", 0)
        assert STUDENT.task.loss(student(batch.x[0]), batch.y[0]).item() < 1e-12


def test_every_step_and_split_has_inputs_of_its_own_for_each_seed():
    stream = STUDENT.data((0, 1))
    drawn = [
        stream.batch(0).x[:, :5], stream.batch(1).x[:, :5], stream.held_out("val", 0).x[:, :5],
        stream.held_out("test", 0).x[:, :5], stream.probe(10).view(2, 5, 20),
    ]  # fmt: skip
    rows = torch.cat(drawn).flatten(0, 1)
    assert len(rows.unique(dim=0)) == len(rows)
    assert torch.equal(stream.batch(1).x[1], STUDENT.data((1,)).batch(1).x[0])
    assert stream.probe(7).shape == (7, 20)


def test_a_student_without_non_linearity_stays_at_the_best_line_and_one_of_relu_gets_below():
    workload = replace(STUDENT, n_steps=500, n_evaluations=5)
    cases = crossed([1e-2], [0, 1, 2])
    for outcome in trained(workload, cases, "identity").values():
        assert outcome.val_loss == pytest.approx(BEST_LINEAR_LOSS, abs=4 * 0.4 / math.sqrt(500))
    for outcome in trained(workload, cases, "relu").values():
        assert outcome.val_loss < 0.05


def test_a_stack_trains_it_as_a_plain_loop_does():
    assert_trains_as_a_plain_loop(STUDENT, (1e-3, 1e-2))
