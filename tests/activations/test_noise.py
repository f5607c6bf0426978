from __future__ import annotations

import dataclasses

import torch

from bench_service.activations import ACTIVATIONS
from bench_service.activations.noise import noise_findings, own_random_numbers

CPU = torch.device("cpu")


def findings(activation, dtype=torch.float64):
    with own_random_numbers(CPU):
        return list(
            noise_findings(
                activation, -torch.ones(64, dtype=dtype), "it", torch.Generator().manual_seed(0)
            )
        )


def test_a_block_leaves_the_global_generator_as_it_was():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    with own_random_numbers(CPU):
        torch.rand(10)
    assert torch.equal(torch.rand(3), expected)


def test_an_entry_without_moments_is_asked_for_its_seeds_alone():
    rrelu = ACTIVATIONS.get("rrelu")
    assert findings(dataclasses.replace(rrelu, moments=None)) == []


def test_a_wrong_mean_and_a_wrong_spread_are_told_apart():
    rrelu = ACTIVATIONS.get("rrelu")
    moments = rrelu.moments
    moved = dataclasses.replace(
        rrelu, moments=lambda x, **p: (moments(x, **p)[0] + 0.1, moments(x, **p)[1])
    )
    assert any(sentence.startswith("The average of it") for sentence in findings(moved))
    wider = dataclasses.replace(
        rrelu, moments=lambda x, **p: (moments(x, **p)[0], 2 * moments(x, **p)[1])
    )
    (sentence,) = findings(wider)
    assert sentence.startswith("The variance of it")


def test_an_in_place_variant_that_draws_otherwise_is_found():
    wrong = dataclasses.replace(ACTIVATIONS.get("rrelu"), in_place=lambda x: x.mul_(0.2))
    assert any("in place" in sentence for sentence in findings(wrong))
