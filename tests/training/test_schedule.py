"""When validation data are read and when neurons are looked at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench_service.training.schedule import checkpoint_steps, evaluation_steps


def test_evaluations_are_evenly_spaced_and_the_last_step_is_the_last():
    assert evaluation_steps(100, 4) == (25, 50, 75, 100)
    assert evaluation_steps(10, 3) == (3, 7, 10)


def test_there_are_no_more_evaluations_than_steps():
    assert evaluation_steps(3, 20) == (1, 2, 3)
    assert evaluation_steps(1, 20) == (1,)


def test_networks_that_arent_trained_are_looked_at_once():
    assert evaluation_steps(0, 20) == (0,)
    assert checkpoint_steps(0, 6) == (0,)


def test_checkpoints_begin_before_training_and_double_towards_its_end():
    assert checkpoint_steps(320, 6) == (0, 20, 40, 80, 160, 320)
    assert checkpoint_steps(100, 2) == (0, 100)
    assert checkpoint_steps(100, 1) == (0,)


@given(n_steps=st.integers(1, 5000), n=st.integers(1, 60))
def test_both_rise_within_the_training_and_keep_to_their_number(n_steps, n):
    evaluations, checkpoints = evaluation_steps(n_steps, n), checkpoint_steps(n_steps, n)
    assert 1 <= len(evaluations) <= n
    assert evaluations[0] >= 1
    assert evaluations[-1] == n_steps
    assert 1 <= len(checkpoints) <= max(n, 1)
    assert checkpoints[0] == 0
    assert checkpoints[-1] == (n_steps if n > 1 else 0)
    for steps in (evaluations, checkpoints):
        assert list(steps) == sorted(set(steps))
