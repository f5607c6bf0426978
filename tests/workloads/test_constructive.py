"""Networks written down: their errors are known exactly, and binary fractions have no rounding."""

from __future__ import annotations

import pytest
import torch

from bench_service.workloads.constructive import (
    absolute_value,
    sawtooth_square,
    sawtooth_square_error,
    square,
    square_error,
)

FINE = torch.arange(2**14 + 1, dtype=torch.float64) / 2**14
"""[0, 1] with every knot and every middle between two knots, for powers of two."""


def test_two_units_are_the_absolute_value_everywhere():
    x = torch.tensor([-1e300, -2.5, -1e-300, 0.0, 3e-7, 1.0, 1e300], dtype=torch.float64)
    assert absolute_value().n_units == 2
    assert torch.equal(absolute_value()(x), x.abs())


@pytest.mark.parametrize("n_pieces", [1, 2, 16, 64])
def test_n_pieces_miss_a_parabola_by_a_quarter_of_a_piece_squared_and_by_nothing_at_the_knots(
    n_pieces,
):
    network = square(n_pieces)
    knots = torch.arange(n_pieces + 1, dtype=torch.float64) / n_pieces
    middles = (knots[:-1] + knots[1:]) / 2
    assert network.n_units == n_pieces
    assert torch.equal(network(knots), knots.square())
    assert torch.equal(
        network(middles) - middles.square(), torch.full_like(middles, 0.25 / n_pieces**2)
    )
    assert (network(FINE) - FINE.square()).abs().max() == square_error(n_pieces)


def test_16_pieces_miss_it_by_a_thousandth():
    assert square_error(16) == pytest.approx(9.77e-4, rel=1e-3)


@pytest.mark.parametrize("n_pieces", [3, 5, 7])
def test_pieces_of_other_lengths_do_so_too(n_pieces):
    error = (square(n_pieces)(FINE) - FINE.square()).abs().max().item()
    assert error == pytest.approx(0.25 / n_pieces**2, rel=1e-3)


@pytest.mark.parametrize("n_levels", range(1, 7))
def test_each_level_of_teeth_quarters_the_error(n_levels):
    error = (sawtooth_square(FINE, n_levels) - FINE.square()).abs().max()
    assert error == sawtooth_square_error(n_levels) == 2.0 ** (-2 * n_levels - 2)


@pytest.mark.parametrize("n_levels", range(7))
def test_two_units_a_level_do_what_one_layer_needs_a_unit_a_piece_for(n_levels):
    assert torch.equal(sawtooth_square(FINE, n_levels), square(2**n_levels)(FINE))
