"""Deaths and revivals: courses of a few units whose story is written beside them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench_service.analysis.neurons.dynamics import dynamics
from bench_service.errors import InputError

STORY = np.array(
    [
        # born dead and stays, born dead and revives, dies later, dies and revives, revives and dies
        [1, 1, 0, 0, 1, 0],
        [1, 1, 0, 1, 0, 0],
        [1, 0, 1, 0, 1, 0],
    ],
    dtype=bool,
)


def test_a_story_of_six_units_is_counted_as_it_was_written():
    found = dynamics([0, 10, 20], STORY)
    assert found.n_units == 6
    assert found.dead.tolist() == [3, 3, 3]
    assert found.deaths.tolist() == [0, 1, 2]
    assert found.revivals.tolist() == [0, 1, 2]
    assert (found.born_dead, found.always_dead, found.born_dead_at_end) == (3, 1, 2)
    assert found.share_born_dead == pytest.approx(2 / 3)


def test_nothing_is_said_of_birth_where_nobody_looked_at_it():
    found = dynamics([5, 10, 20], STORY)
    assert found.born_dead is found.born_dead_at_end is found.share_born_dead is None
    assert found.deaths.tolist() == [0, 1, 2]


def test_no_dead_unit_at_the_end_has_no_share_that_was_born_dead():
    assert dynamics([0, 1], np.array([[True], [False]])).share_born_dead is None


@pytest.mark.parametrize(
    ("steps", "n"), [([], 0), ([0, 10], 3), ([0, 10, 10], 3), ([10, 0, 20], 3)]
)
def test_checkpoints_without_an_order_are_refused(steps, n):
    with pytest.raises(InputError, match="no course"):
        dynamics(steps, STORY[:n])


@given(hnp.arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 8))))
def test_the_dead_are_those_before_with_deaths_and_without_revivals(masks):
    """The books balance, and time turned round swaps deaths and revivals."""
    found = dynamics(range(len(masks)), masks)
    balance = found.dead[0] + np.cumsum(found.deaths - found.revivals)
    assert np.array_equal(balance, found.dead)
    assert found.born_dead == found.dead[0]
    turned = dynamics(range(len(masks)), masks[::-1])
    assert turned.deaths[1:].tolist() == found.revivals[:0:-1].tolist()
