from __future__ import annotations

import pytest

from bench_service.cli.asked import Asked
from bench_service.cli.chosen import chosen_suite
from bench_service.suite import load_suite


def test_nothing_said_is_nothing_given_and_the_suite_as_it_stands():
    assert Asked().given == ()
    assert Asked(activation=[], numel=[]).given == ()
    assert chosen_suite(Asked(suite="smoke")) == load_suite("smoke")
    assert chosen_suite(Asked()) == load_suite("quick")


def test_what_was_said_is_named_as_on_the_command_line():
    asked = Asked(suite="smoke", pass_=["forward"], seeds=0, label="")
    assert asked.given == ("SUITE", "--pass", "--seeds", "--label")


@pytest.mark.parametrize(
    ("option", "value", "field"),
    [
        ("dtype", ["float64"], "dtypes"),
        ("numel", [7], "numels"),
        ("pass_", ["backward"], "passes"),
        ("processes", 5, "processes"),
    ],
)
def test_an_option_replaces_its_field_and_no_other(option, value, field):
    chosen = chosen_suite(Asked(suite="smoke", **{option: value})).timing.model_dump()
    before = load_suite("smoke").timing.model_dump()
    changed = {name for name in before if chosen[name] != before[name]}
    assert changed <= {field, "max_processes"}
    assert field in changed
    assert chosen[field] == (tuple(value) if isinstance(value, list) else value)


def test_activations_and_backends_replace_those_of_the_suite():
    chosen = chosen_suite(Asked(suite="smoke", activation=["elu"], backend=["auto"]))
    assert (chosen.activations, chosen.backends) == (("elu",), "auto")
