"""What the data of every registered workload keep to: sizes, seeds, and what is held out."""

from __future__ import annotations

import pytest
import torch
from any_workload import SEEDS, available, skeleton_of, workloads


def tensors_of(stream):
    found = {f"batch {step}": stream.batch(step) for step in (0, 1, 2)}
    found |= {split: stream.held_out(split, 1) for split in ("val", "test")}
    return {f"{at} {name}": t for at, b in found.items() for name, t in b._asdict().items()}


@workloads
def test_its_batches_have_the_size_that_it_says_and_hold_numbers_alone(name):
    workload = available(name)
    stream = workload.data(SEEDS)
    for batch in (stream.batch(0), stream.batch(1)):
        assert batch.x.shape[:2] == batch.y.shape[:2] == (2, workload.batch_size)
    held = [stream.held_out(split, workload.n_steps) for split in ("val", "test")]
    for batch in (stream.batch(0), *held):
        assert batch.x.shape[0] == batch.y.shape[0] == 2
        assert batch.x.shape[1] == batch.y.shape[1] > 1
        assert batch.x.shape[2:] == stream.batch(0).x.shape[2:]
        for tensor in batch:
            assert tensor.device.type == "cpu"
            assert tensor.dtype in (torch.float32, torch.int64)
            assert tensor.isfinite().all()
    probe = stream.probe(workload.n_probe)
    assert 1 < len(probe) <= workload.n_probe
    assert probe.shape[1:] == stream.batch(0).x.shape[2:]
    assert probe.dtype == stream.batch(0).x.dtype


@workloads
def test_its_data_are_those_of_the_seed_whatever_was_drawn_before_and_who_else_is_there(name):
    workload = available(name)
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    together = tensors_of(workload.data(SEEDS))
    assert torch.equal(torch.random.get_rng_state(), state)
    again = tensors_of(workload.data(SEEDS))
    torch.manual_seed(2)
    alone = tensors_of(workload.data(SEEDS[1:]))
    probes = [workload.data(seeds).probe(workload.n_probe) for seeds in (SEEDS, (9,))]
    for at, tensor in together.items():
        assert torch.equal(tensor, again[at]), at
        assert torch.equal(tensor[1:], alone[at]), at
    assert torch.equal(*probes)


@workloads
def test_seeds_train_on_batches_of_their_own_and_steps_too(name):
    workload = available(name)
    if workload.n_steps == 0:
        pytest.skip(f"{name} trains nothing.")
    stream = workload.data(SEEDS)
    first, second = stream.batch(0), stream.batch(1)
    assert not torch.equal(first.x[0], first.x[1])
    assert not torch.equal(first.x[0], second.x[0])


@workloads
def test_nobody_is_tested_on_what_was_trained_or_validated_on(name):
    """As pairs of input and target. Where there are few to draw from, some are alike by chance."""
    workload = available(name)
    if workload.n_steps == 0 or workload.play is not None:
        pytest.skip(f"{name} has no data to split.")
    stream = workload.data((0,))
    n_epoch = min(40, workload.n_steps)
    rows = [set(), set(), set()]
    batches = [
        [stream.batch(step) for step in range(n_epoch)],
        [stream.held_out("val", n_epoch)],
        [stream.held_out("test", n_epoch)],
    ]
    for found, several in zip(rows, batches, strict=True):
        for batch in several:
            pairs = zip(batch.x[0], batch.y[0], strict=True)
            found |= {x.numpy().tobytes() + y.numpy().tobytes() for x, y in pairs}
    trained_on, validated_on, tested_on = rows
    for seen in (trained_on, validated_on):
        assert len(seen & tested_on) <= 0.02 * len(tested_on)


@workloads
def test_chance_is_what_the_best_constant_answer_gets(name):
    """Zeros for logits, the mean of the training targets for numbers; on validation data."""
    workload = available(name)
    if workload.chance is None or workload.play is not None:
        pytest.skip(f"{name} has no chance level that a constant answer would get.")
    stream = workload.data(tuple(range(8)))
    held = stream.held_out("val", 0)
    with torch.no_grad():
        like = skeleton_of(workload).model.eval()(held.x[0])
    losses = []
    for place in range(8):
        answers = [torch.zeros_like(like)]
        y = held.y[place]
        if y.dtype.is_floating_point:
            rows = torch.cat([stream.batch(step).y[place] for step in range(8)])
            answers.append(rows.mean(0).expand_as(y))
        losses.append(min(workload.task.loss(answer, y).item() for answer in answers))
    assert sum(losses) / 8 == pytest.approx(workload.chance, rel=0.1)
