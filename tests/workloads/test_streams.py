"""Streams over arrays: who is trained on, who is held out, and in which order."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_service.errors import WorkloadError
from bench_service.workloads.streams import Arrays, ArrayStream


def numbered(n, n_classes=3):
    """Rows that carry their number, so that a test sees which ones it got."""
    rows = torch.arange(n)
    return Arrays(rows[:, None].float(), rows % n_classes, n_classes)


def rows_of(batch, place):
    return batch.x[place, :, 0].int().tolist()


@settings(max_examples=40, deadline=None)
@given(n=st.integers(10, 120), batch_size=st.integers(1, 6), seed=st.integers(0, 2000))
def test_splits_are_disjoint_and_together_everything(n, batch_size, seed):
    stream = ArrayStream(numbered(n), (seed,), batch_size)
    test, val = (rows_of(stream.held_out(split, 0), 0) for split in ("test", "val"))
    epoch = [rows_of(stream.batch(step), 0) for step in range(stream.n_batches)]
    trained = [row for rows in epoch for row in rows]
    assert len(test) == len(val) == round(0.2 * n)
    assert not set(test) & set(val)
    assert not set(trained) & (set(test) | set(val))
    n_train = n - len(test) - len(val)
    assert len(trained) == len(set(trained)) == n_train - n_train % batch_size
    assert all(len(rows) == batch_size for rows in epoch)


def test_every_training_row_comes_once_an_epoch_and_epochs_are_ordered_anew():
    """60 rows in batches of 12: none is left over."""
    stream = ArrayStream(numbered(100), (0,), 12)
    epochs = [
        [row for step in range(5 * k, 5 * k + 5) for row in rows_of(stream.batch(step), 0)]
        for k in range(3)
    ]
    held = set(rows_of(stream.held_out("val", 0), 0)) | set(rows_of(stream.held_out("test", 0), 0))
    for epoch in epochs:
        assert sorted(epoch) == sorted(set(range(100)) - held)
    assert epochs[0] != epochs[1] != epochs[2]


def test_what_fills_no_batch_is_left_out_of_an_epoch_and_is_another_rest_in_the_next():
    stream = ArrayStream(numbered(100), (0,), 40)  # 60 rows: one batch, and 20 left
    firsts = [set(rows_of(stream.batch(step), 0)) for step in range(8)]
    assert all(len(rows) == 40 for rows in firsts)
    assert len({frozenset(rows) for rows in firsts}) == 8
    assert len(set.union(*firsts)) == 60


def test_labels_go_with_their_rows():
    stream = ArrayStream(numbered(50, n_classes=7), (0, 3), 5)
    for batch in (stream.batch(0), stream.batch(9), stream.held_out("val", 3)):
        assert torch.equal(batch.x[..., 0].long() % 7, batch.y)


def test_seeds_have_splits_and_orders_of_their_own_and_the_same_in_any_company():
    together, alone = ArrayStream(numbered(60), (5, 8, 2), 6), ArrayStream(numbered(60), (8,), 6)
    for step in (0, 3, 40, 1):  # back and forth
        batch = together.batch(step)
        assert rows_of(batch, 1) == rows_of(alone.batch(step), 0)
        assert rows_of(batch, 0) != rows_of(batch, 1) != rows_of(batch, 2)
    tests = [sorted(rows_of(together.held_out("test", 0), place)) for place in range(3)]
    assert tests[0] != tests[1] != tests[2]
    assert tests[1] == sorted(rows_of(alone.held_out("test", 0), 0))


def test_validation_data_stay_the_same_in_the_course_of_training():
    stream = ArrayStream(numbered(60), (0, 1), 6)
    before = stream.held_out("val", 0)
    stream.batch(17)
    after = stream.held_out("val", 100)
    assert torch.equal(before.x, after.x)
    assert torch.equal(before.y, after.y)


def test_the_probe_is_the_same_for_all_seeds_and_no_row_is_in_it_twice():
    probes = [ArrayStream(numbered(60), seeds, 6).probe(25) for seeds in ((0,), (1, 2))]
    assert torch.equal(*probes)
    assert probes[0].shape == (25, 1)
    assert len(probes[0].unique()) == 25
    assert len(ArrayStream(numbered(60), (0,), 6).probe(1000)) == 60


def test_inputs_and_targets_keep_shape_and_dtype():
    arrays = Arrays(torch.zeros(40, 2, 3, 3), torch.zeros(40, 4, dtype=torch.float64))
    stream = ArrayStream(arrays, (0, 1, 2), 5)
    batch = stream.batch(0)
    assert (batch.x.shape, batch.y.shape) == ((3, 5, 2, 3, 3), (3, 5, 4))
    assert (batch.x.dtype, batch.y.dtype) == (torch.float32, torch.float64)


def test_a_batch_larger_than_the_training_data_is_refused():
    ArrayStream(numbered(100), (0,), 60)
    with pytest.raises(WorkloadError, match="larger than the training data") as caught:
        ArrayStream(numbered(100), (0,), 61)
    assert caught.value.got == "61 of 60"


@pytest.mark.parametrize(
    ("labels", "got"), [([0, 1, 3], "labels from 0 to 3"), ([-1, 0, 1], "labels from -1 to 1")]
)
def test_labels_out_of_range_are_refused(labels, got):
    """Cross-entropy would take -100 for a row to be left out, and say nothing."""
    with pytest.raises(WorkloadError, match="outside the range") as caught:
        Arrays(torch.zeros(3, 1), torch.tensor(labels), 3)
    assert caught.value.got == got
    assert caught.value.allowed == "0 to 2"


def test_inputs_and_targets_of_different_number_are_refused():
    with pytest.raises(WorkloadError, match="differ in number") as caught:
        Arrays(torch.zeros(3, 1), torch.zeros(4))
    assert caught.value.got == "3 and 4"
