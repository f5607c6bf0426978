"""Statistics of units: hand calculations, chunks, merging, positions, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_service.errors import InputError
from bench_service.training.neurons.statistics import UnitStatistics

COUNTED = ("highs", "counts", "n", "n_near", "derivative_supremum")


def draws(*shape, seed=0, dtype=torch.float32):
    """ReLU on standard normal numbers: z, h and g."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
    return z, z.clamp(min=0), (z > 0).to(dtype)


def taken_in(parts, n_slices, n_units, **keywords):
    statistics = UnitStatistics.empty(n_slices, n_units)
    for z, h, g in parts:
        statistics.update(z, h, g, derivative_supremum=1.0, **keywords)
    return statistics


def assert_same(one, other, relative=1e-5):
    """Counts, maxima and minima are equal; moments are up to the rounding of float32."""
    for name in COUNTED:
        left, right = getattr(one, name), getattr(other, name)
        assert torch.equal(left, right) if isinstance(left, torch.Tensor) else left == right
    torch.testing.assert_close(one.moments, other.moments, rtol=relative, atol=1e-4)


def test_what_a_unit_did_is_what_a_hand_calculation_says():
    """One slice, three inputs, two units: every number was written down by hand."""
    z = torch.tensor([[[-1.0, 2.0], [0.0, 4.0], [3.0, 6.0]]])
    near = torch.tensor([2.0])
    statistics = taken_in([(z, z.clamp(min=0), (z > 0).float())], 1, 2, near_zero_below=near)
    assert statistics.n == statistics.n_near == 3
    assert statistics.highs[:, 0].tolist() == [[3, 6], [3, 6], [1, 1], [1, -2], [0, -2]]
    assert statistics.counts[:, 0].tolist() == [[1, 3], [2, 0], [2, 0], [2, 1]]
    assert statistics.moments[:, 0].tolist() == [[1, 4], [3, 12], [6, 8]]


@pytest.mark.parametrize("shape", [(5, 300, 100), (3, 2500, 7), (2, 6, 70000), (1, 1, 1)])
def test_numbers_are_those_of_numpy_whatever_the_shape(shape):
    """Many slices to a block, many inputs to a chunk, and layers too wide for a block."""
    z, h, g = draws(*shape)
    statistics = taken_in([(z, h, g)], shape[0], shape[2])
    exact_z, exact_h = z.double().numpy(), h.double().numpy()
    low_z, low_h = -exact_z.min(1), -exact_h.min(1)
    highs = [exact_z.max(1), exact_h.max(1), g.double().numpy().max(1), low_z, low_h]
    assert np.array_equal(statistics.highs.numpy(), np.stack(highs))
    counts = [(exact_z > 0).sum(1), (exact_h == 0).sum(1), (g.numpy() < 0.05).sum(1), 0 * low_z]
    assert np.array_equal(statistics.counts.numpy(), np.stack(counts))
    moments = [exact_h.mean(1), np.abs(exact_h).sum(1), shape[1] * exact_h.var(1)]
    np.testing.assert_allclose(statistics.moments.numpy(), np.stack(moments), rtol=1e-5, atol=1e-6)


def test_one_batch_seven_uneven_batches_and_merged_halves_say_the_same():
    z, h, g = draws(3, 1100, 6)
    whole = taken_in([(z, h, g)], 3, 6)
    sizes = [1, 499, 2, 128, 300, 169, 1]
    uneven = taken_in(zip(*(torch.split(x, sizes, 1) for x in (z, h, g)), strict=True), 3, 6)
    halves = [taken_in([[x[:, rows] for x in (z, h, g)]], 3, 6)
              for rows in (slice(0, 550), slice(550, None))]  # fmt: skip
    assert_same(uneven, whole)
    assert_same(halves[0].merge(halves[1]), whole)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(0, 2**31), st.data())
def test_no_order_of_chunks_and_no_tree_of_merges_changes_anything(sizes, seed, data):
    """Any order, any chunks, any way to put them together."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randint(-5, 6, (2, sum(sizes), 3), generator=generator).float()
    parts = list(zip(*(torch.split(x, sizes, 1) for x in (z, z.abs(), z.sign())), strict=True))
    whole = taken_in([(z, z.abs(), z.sign())], 2, 3)
    shuffled = data.draw(st.permutations(parts))
    assert_same(taken_in(shuffled, 2, 3), whole)
    single = [taken_in([part], 2, 3) for part in shuffled]
    while len(single) > 1:
        place = data.draw(st.integers(0, len(single) - 2))
        single[place : place + 2] = [single[place].merge(single[place + 1])]
    assert_same(single[0], whole)


def test_merging_changes_neither_part_and_nothing_merged_is_the_part_itself():
    one, other = taken_in([draws(2, 8, 3)], 2, 3), taken_in([draws(2, 5, 3, seed=1)], 2, 3)
    before = one.moments.clone()
    assert one.merge(other).n == 13
    assert one.n == 8
    assert torch.equal(one.moments, before)
    for merged in (one.merge(UnitStatistics.empty(2, 3)), UnitStatistics.empty(2, 3).merge(one)):
        assert_same(merged, one, relative=0)


def test_a_unit_that_never_varies_has_exactly_no_deviation():
    """0.1 isn't a float32, and its sums are rounded; sums about the first input aren't."""
    h = torch.full((1, 1000, 1), 0.1)
    assert taken_in([(h, h, h)] * 3, 1, 1).moments[2].item() == 0


def test_a_small_spread_about_a_large_mean_keeps_its_digits():
    """The mean of squares less the square of the mean would be 0 here, or below."""
    _, h, _ = draws(1, 900, 4)
    far = 1000 + 0.01 * h.double()
    statistics = taken_in([(far.float(),) * 3], 1, 4)
    exact = far.float().double()
    expected = (exact - exact.mean(1, keepdim=True)).square().sum(1)
    torch.testing.assert_close(statistics.moments[2], expected, rtol=1e-4, atol=0)


def test_a_channel_takes_inputs_and_positions_together():
    """A convolution's channel is a unit: the same as a neuron that saw every position."""
    z, h, g = draws(2, 30, 4, 5, 3)
    by_channel = taken_in([(z, h, g)], 2, 4)
    as_rows = [x.movedim(2, -1).reshape(2, 30 * 15, 4) for x in (z, h, g)]
    assert_same(by_channel, taken_in([as_rows], 2, 4))
    assert by_channel.n == 450


def test_elements_can_be_kept_apart_and_put_together_later():
    z, h, g = draws(2, 30, 4, 5, 3)
    elements = taken_in([(z, h, g)], 2, 4 * 15)
    assert_same(elements, taken_in([[x.flatten(2) for x in (z, h, g)]], 2, 60), relative=0)
    assert_same(elements.by_channel(4), taken_in([(z, h, g)], 2, 4))


def test_the_layout_in_memory_is_no_matter():
    """Stacked convolutions come with the inputs outermost."""
    chunk = draws(3, 40, 8, 2, 2)
    inputs_outermost = [x.transpose(0, 1).contiguous().transpose(0, 1) for x in chunk]
    assert not inputs_outermost[0].is_contiguous()
    assert_same(taken_in([inputs_outermost], 3, 8), taken_in([chunk], 3, 8), relative=0)


def test_accumulators_are_as_large_as_the_layer_and_no_larger():
    statistics = taken_in([draws(2, 64, 5)] * 4, 2, 5)
    tensors = [x for x in vars(statistics).values() if isinstance(x, torch.Tensor)]
    assert {tuple(x.shape[1:]) for x in tensors} == {(2, 5)}
    assert {x.dtype for x in tensors} == {torch.float64, torch.int64}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e30])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_slice_that_diverged_is_known_and_disturbs_no_other(value, place):
    """1e30 is finite, but no float32 holds its square: such a slice is no network any more."""
    chunk = draws(3, 20, 4)
    chunk[place][1, 7, 2] = value
    statistics = taken_in([draws(3, 20, 4, seed=1), chunk, draws(3, 20, 4, seed=2)], 3, 4)
    is_large_but_alright = value == 1e30 and place != 1
    assert statistics.finite.tolist() == [True, is_large_but_alright, True]
    clean = taken_in([draws(3, 20, 4, seed=1), draws(3, 20, 4), draws(3, 20, 4, seed=2)], 3, 4)
    others = [0, 2]
    assert torch.equal(statistics.moments[:, others], clean.moments[:, others])


def test_float64_is_taken_and_half_precision_refused():
    taken_in([draws(1, 9, 2, dtype=torch.float64)], 1, 2)
    with pytest.raises(InputError, match="one dtype"):
        taken_in([draws(1, 9, 2, dtype=torch.bfloat16)], 1, 2)
    z, h, g = draws(1, 9, 2)
    with pytest.raises(InputError, match="one dtype"):
        taken_in([(z, h, g.double())], 1, 2)


@pytest.mark.parametrize(
    "shapes",
    [
        ((2, 9, 4), (2, 9, 8), (2, 9, 4)),  # an activation that doubles the width
        ((3, 9, 4),) * 3,  # another number of slices
        ((2, 9, 5),) * 3,  # another number of units
        ((2, 0, 4),) * 3,  # no input
        ((2, 4),) * 3,  # no units
    ],
)
def test_a_chunk_of_another_layer_is_refused(shapes):
    with pytest.raises(InputError, match="doesn't fit"):
        taken_in([[torch.zeros(shape) for shape in shapes]], 2, 4)


@pytest.mark.parametrize("supremum", [0.0, -1.0, math.inf, math.nan])
def test_a_supremum_that_nothing_can_be_compared_with_is_refused(supremum):
    with pytest.raises(InputError, match="supremum"):
        UnitStatistics.empty(1, 2).update(*draws(1, 9, 2), derivative_supremum=supremum)


def test_a_supremum_that_changes_on_the_way_is_refused():
    statistics = taken_in([draws(1, 9, 2)], 1, 2)
    with pytest.raises(InputError, match="changed"):
        statistics.update(*draws(1, 9, 2), derivative_supremum=0.25)


def test_statistics_of_another_layer_or_another_activation_are_not_merged():
    statistics = taken_in([draws(2, 9, 2)], 2, 2)
    with pytest.raises(InputError, match="two layers"):
        statistics.merge(taken_in([draws(1, 9, 2)], 1, 2))
    other = UnitStatistics.empty(2, 2)
    other.update(*draws(2, 9, 2), derivative_supremum=0.25)
    with pytest.raises(InputError, match="changed"):
        statistics.merge(other)


def test_a_threshold_that_is_not_one_a_slice_is_refused():
    with pytest.raises(InputError, match="near zero"):
        taken_in([draws(2, 9, 2)], 2, 2, near_zero_below=torch.tensor([0.1]))
