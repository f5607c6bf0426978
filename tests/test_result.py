"""Fingerprints: equal for what is equal, whatever was asked for first."""

from __future__ import annotations

import hashlib

import pytest

from bench_service import result
from bench_service.result import Conditions, TimingCase

CONDITIONS = Conditions("cpu-eager", "forward", "float32", 1024)


@pytest.fixture(autouse=True)
def forgotten():
    """Nothing was asked for before."""
    result._of_case.cache_clear()
    result._of_conditions.cache_clear()


def case(value) -> TimingCase:
    return TimingCase("elu", CONDITIONS, (("alpha", value),))


@pytest.mark.parametrize(("one", "other"), [(2, 2.0), (1, True), (0.0, -0.0), (0, -0.0)])
def test_equal_parameters_have_one_fingerprint_whichever_was_asked_for_first(one, other):
    assert case(one) == case(other)
    first = case(one).fingerprint
    result._of_case.cache_clear()
    assert case(other).fingerprint == first
    assert case(one).fingerprint == first


def test_a_size_is_a_number_whatever_its_type():
    whole = Conditions("cpu-eager", "forward", "float32", 1024.0, threads=True)
    assert whole == CONDITIONS
    of_whole = whole.fingerprint
    result._of_conditions.cache_clear()
    assert CONDITIONS.fingerprint == of_whole


@pytest.mark.parametrize("other", [2.5, -2.0, 2.0 + 2**-50])
def test_other_parameters_have_another_fingerprint(other):
    assert case(2.0).fingerprint != case(other).fingerprint


def test_a_fingerprint_is_that_of_the_canonical_document_written_out():
    """Stores hold these: they may never change."""
    text = (
        '{"activation":"elu","backend":"cpu-eager","condition":"default","dtype":"float32",'
        '"input":"normal","layout":"contiguous","numel":1024,"parameters":{"alpha":2.0},'
        '"pass_name":"forward","threads":1}'
    )
    assert case(2).fingerprint == hashlib.sha256(text.encode()).hexdigest()[:16]
