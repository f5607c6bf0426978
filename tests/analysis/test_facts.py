from __future__ import annotations

from bench_service.analysis.facts import fact_differences


def test_facts_that_differ_are_named_by_their_place():
    base = {"torch": "2.12", "variables": {"OMP_NUM_THREADS": "1"}, "same": [1]}
    head = {"torch": "2.13", "variables": {}, "same": [1], "new": True}
    assert fact_differences(base, head) == [
        {"fact": "torch", "base": "2.12", "head": "2.13"},
        {"fact": "variables.OMP_NUM_THREADS", "base": "1", "head": None},
        {"fact": "new", "base": None, "head": True},
    ]


def test_the_same_facts_differ_in_nothing():
    assert fact_differences({"a": {"b": [1]}}, {"a": {"b": [1]}}) == []
