from __future__ import annotations

from bench_service.activations import ACTIVATIONS
from bench_service.activations.refused import REFUSED


def test_no_refused_name_is_registered():
    assert not set(REFUSED) & set(ACTIVATIONS.names())


def test_the_registry_refuses_exactly_the_listed_names():
    assert ACTIVATIONS.refused() == REFUSED
