"""A bit a unit: what is packed comes back, and diverged checkpoints aren't packed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench_service.training.neurons.masks import pack, unpack


def test_the_first_unit_is_the_highest_bit_and_each_checkpoint_begins_a_byte():
    """1000 0000 1, then 0000 0000 0: two bytes for nine units."""
    masks = np.zeros((2, 9), dtype=bool)
    masks[0, [0, 8]] = True
    packed = pack("act1", "grad_dead", [0, 10], masks, np.array([True, True]))
    assert packed.bits == bytes([0b1000_0000, 0b1000_0000, 0, 0])
    assert (packed.n_units, packed.steps.tolist()) == (9, [0, 10])


def test_checkpoints_of_a_diverged_slice_are_left_out():
    """All False there would read as: no unit is dead."""
    masks = np.array([[True, False], [True, True], [False, False]])
    packed = pack("act1", "grad_dead", [0, 10, 20], masks, np.array([True, True, False]))
    assert packed.steps.tolist() == [0, 10]
    assert unpack(packed).tolist() == [[True, False], [True, True]]


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=20)))
def test_what_was_packed_comes_back(masks):
    n = len(masks)
    packed = pack("act1", "grad_dead", range(n), masks, np.ones(n, dtype=bool))
    assert np.array_equal(unpack(packed), masks)


@given(st.integers(1, 20))
def test_a_slice_without_any_sound_checkpoint_has_an_empty_mask(n_units):
    packed = pack("a", "grad_dead", [0], np.ones((1, n_units), dtype=bool), np.array([False]))
    assert unpack(packed).shape == (0, n_units)
