from __future__ import annotations

import pytest
from training_frames import slice_row, slices_of

from bench_service.activations import ACTIVATIONS
from bench_service.analysis.training.entries import (
    REFERENCE,
    TASK,
    WIDTH_CHANGING,
    entry_name,
    with_entry,
)
from bench_service.errors import InputError


def test_an_activation_with_other_parameters_is_another_entry():
    assert entry_name("elu", {}) == entry_name("elu", None) == "elu"
    assert entry_name("elu", {"alpha": 0.5}) == "elu(alpha=0.5)"
    assert entry_name("rrelu", {"upper": 0.5, "lower": 0.125}) == "rrelu(lower=0.125, upper=0.5)"


def test_rows_may_be_plain_and_few():
    found = with_entry([{"activation": "relu", "lr": 0.1}])
    assert found["entry"].item() == "relu"
    assert set(TASK) < set(found)


def test_the_frame_that_was_given_stays_as_it_was():
    given = slices_of([slice_row("relu", 0)])
    with_entry(given)
    assert "entry" not in given


def test_zero_seeds_are_an_error_that_says_what_to_do():
    with pytest.raises(InputError) as raised:
        with_entry(slices_of([slice_row("relu", 0)]).iloc[:0])
    assert raised.value.allowed == "at least one seed"
    assert raised.value.next_step


def test_the_activations_that_change_the_width_are_those_of_the_catalogue():
    known = {
        name for name in ACTIVATIONS.names() if "width" in ACTIVATIONS.get(name).shape_class.value
    }
    assert known == WIDTH_CHANGING
    assert REFERENCE in ACTIVATIONS.names()
