from __future__ import annotations

import math

import torch

from bench_service.activations import compare
from bench_service.activations.compare import place, same_bits

X = torch.tensor([-1.0, 0.0, 2.0], dtype=torch.float64)
CLOSE = torch.full((3,), 1e-3, dtype=torch.float64)


def disagreement(*arguments):
    """The one sentence, or an empty text."""
    sentences = list(compare.disagreement(*arguments))
    assert len(sentences) <= 1
    return "".join(sentences)


def test_bits_tell_zeros_apart_and_nan_alike():
    assert not same_bits(torch.tensor([0.0]), torch.tensor([-0.0]))
    assert same_bits(torch.tensor([math.nan]), torch.tensor([math.nan]))
    assert not same_bits(torch.tensor([1.0]), torch.tensor([1.0], dtype=torch.float64))
    assert not same_bits(torch.zeros(2), torch.zeros(3))
    half = torch.tensor([1.0, 2.0], dtype=torch.bfloat16)
    assert same_bits(half, half.clone())


def test_agreement_says_nothing():
    assert disagreement("It", X, X + 5e-4, X, CLOSE) == ""


def test_the_worst_place_is_named():
    got = torch.tensor([-1.0, 0.5, 2.25])
    assert disagreement("It", X, got, X, CLOSE) == (
        "It at x = 0 is 0.5 where 0 is expected, give or take 0.001; 2 of 3 values are wrong."
    )


def test_nan_agrees_with_nothing():
    got = torch.tensor([-1.0, math.nan, 2.0])
    assert "is nan where 0 is expected" in disagreement("It", X, got, X, CLOSE)


def test_an_infinite_allowance_excuses_any_number_but_not_nan():
    anything = torch.full((3,), math.inf, dtype=torch.float64)
    assert disagreement("It", X, X + 100, X, anything) == ""
    assert disagreement("It", X, X * math.nan, X, anything)


def test_beyond_the_range_of_a_dtype_all_numbers_are_one():
    expected = torch.tensor([1e6, -1e6], dtype=torch.float64)
    got = expected.half()
    assert got.isinf().all()
    assert disagreement("It", expected, got, expected, torch.zeros(2).double()) == ""


def test_a_place_in_a_result_of_another_shape_is_a_position():
    assert place(X, 1, torch.zeros(6)) == " at position 1"


def test_a_dtype_has_a_short_name():
    assert compare.short_name(torch.bfloat16) == "bfloat16"
