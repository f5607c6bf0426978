"""Suite and machine in, groups out: every case once, planned or skipped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import pytest
from fakes import suite_of
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_service import planning
from bench_service.backends import BACKENDS
from bench_service.errors import ActivationError, InputError, SuiteError, UnknownNameError
from bench_service.planning import (
    expected_seconds,
    expected_timing_seconds,
    make_plan,
    reason_to_skip,
)
from bench_service.result import Conditions
from bench_service.suite import Suite, TimingSuite, load_suite
from bench_service.timing.inputs import INPUTS, LAYOUTS

GIB = 1 << 30


@dataclass(frozen=True)
class FakeGpu:
    """A device beside the CPU, as far as a plan asks."""

    name: str = "gpu-eager"
    device: str = "cuda"
    conditions: tuple[str, ...] = ("kernel", "hot", "wall")
    is_compiled: bool = False
    forks_after_compile: bool = False
    dtypes: tuple[str, ...] = ("float32",)
    reason: str | None = None

    def unavailable(self) -> str | None:
        return self.reason

    def memory_bytes(self) -> int:
        return GIB


class FakeRegistry(dict):
    def get(self, name):
        return self[name]

    def names(self):
        return tuple(self)


@pytest.fixture
def with_gpu(monkeypatch):
    """Sets which backends there are."""

    def having(*more):
        cpu = BACKENDS.get("cpu-eager")
        registry = FakeRegistry({b.name: b for b in (cpu, *more)})
        monkeypatch.setattr(planning, "BACKENDS", registry)

    return having


suites = st.builds(
    lambda activations, **timing: suite_of(*activations, **timing),
    st.lists(st.sampled_from(["relu", "gelu", "silu", "mish"]), min_size=1, unique=True),
    passes=st.lists(st.sampled_from(["forward", "backward", "forward_backward"]), min_size=1),
    dtypes=st.lists(st.sampled_from(["float32", "float64", "bfloat16"]), min_size=1),
    numels=st.lists(st.sampled_from([1, 7, 1024, 1 << 20, 1 << 40]), min_size=1),
    layouts=st.lists(st.sampled_from(LAYOUTS), min_size=1),
    inputs=st.lists(st.sampled_from(INPUTS.names()), min_size=1),
    input_sweep=st.lists(st.sampled_from(INPUTS.names())),
    threads=st.lists(st.sampled_from([1, 2, "all"]), min_size=1),
    conditions=st.sampled_from(["main", "all"]),
)


@settings(max_examples=60, deadline=None)
@given(suites)
def test_every_case_is_there_once_planned_or_skipped_and_groups_differ_in_the_activation_alone(
    suite,
):
    plan = make_plan(suite)
    everything = [*plan.cases, *(skip.case for skip in plan.skips)]
    prints = [case.fingerprint for case in everything]
    assert len(prints) == len(set(prints))
    for group in plan.groups:
        assert {case.conditions for case in group.cases} == {group.conditions}
        assert tuple(case.activation for case in group.cases) == suite.activations
    conditions = {case.conditions for case in everything}
    assert len(everything) == len(conditions) * len(suite.activations)
    timing = suite.timing
    wanted = product(timing.passes, timing.dtypes, timing.numels, timing.layouts, timing.inputs)
    have = {(c.pass_name, c.dtype, c.numel, c.layout, c.input) for c in conditions}
    assert have >= set(wanted)
    assert all(skip.reason.endswith(".") for skip in plan.skips)
    again = make_plan(suite)  # what memory is free, and so a skip's figures, may have changed
    assert again.groups == plan.groups
    assert [skip.case for skip in again.skips] == [skip.case for skip in plan.skips]


def test_what_a_gpu_does_not_distinguish_is_planned_once(with_gpu):
    """It knows no number of threads: one and all threads are one case there."""
    with_gpu(FakeGpu())
    suite = suite_of("relu", threads=[1, 2]).model_copy(update={"backends": "auto"})
    plan = make_plan(suite)
    backends = [(group.conditions.backend, group.conditions.threads) for group in plan.groups]
    assert backends == [("cpu-eager", 1), ("gpu-eager", 1), ("cpu-eager", 2)]


def test_a_backend_that_is_named_twice_is_planned_once():
    suite = suite_of("relu").model_copy(update={"backends": ("cpu-eager", "cpu-eager")})
    assert len(make_plan(suite).groups) == 1


def test_a_named_backend_that_cannot_run_is_skipped_with_its_reason_and_auto_leaves_it_out(
    with_gpu,
):
    with_gpu(FakeGpu(reason="There is no GPU."))
    named = suite_of("relu").model_copy(update={"backends": ("gpu-eager", "cpu-eager")})
    plan = make_plan(named)
    assert [skip.reason for skip in plan.skips] == ["There is no GPU."]
    assert len(plan.groups) == 1
    assert make_plan(named.model_copy(update={"backends": "auto"})).skips == ()


def test_a_machine_without_any_backend_says_so(with_gpu, monkeypatch):
    with_gpu()
    gone = replace(BACKENDS.get("cpu-eager"), name="gone")
    monkeypatch.setattr(type(gone), "unavailable", lambda _self: "broken")
    with pytest.raises(SuiteError, match="No backend"):
        make_plan(suite_of("relu").model_copy(update={"backends": "auto"}))


def test_a_dtype_that_a_backend_does_not_do_is_skipped(with_gpu):
    with_gpu(FakeGpu())
    suite = suite_of("relu", dtypes=["float64"]).model_copy(update={"backends": ("gpu-eager",)})
    (skip,) = make_plan(suite).skips
    assert skip.reason == "gpu-eager doesn't do float64; it does float32."


def test_the_warm_allocator_is_planned_where_results_are_large():
    plan = make_plan(suite_of("relu", numels=[1 << 19, 1 << 20], conditions="all"))
    found = [(group.conditions.numel, group.conditions.condition) for group in plan.groups]
    assert found == [(1 << 19, "default"), (1 << 20, "default"), (1 << 20, "arena")]
    main = make_plan(suite_of("relu", numels=[1 << 20]))
    assert [group.conditions.condition for group in main.groups] == ["default"]


def test_the_input_sweep_covers_the_first_pass_and_the_middle_size_alone():
    suite = suite_of(
        "relu", passes=["backward", "forward"], numels=[4096, 64, 1024],
        input_sweep=["sorted", "normal"],
    )  # fmt: skip
    swept = [g.conditions for g in make_plan(suite).groups if g.conditions.input == "sorted"]
    assert [(c.pass_name, c.numel) for c in swept] == [("backward", 1024)]
    assert len(make_plan(suite).groups) == 2 * 3 + 1


def test_what_does_not_fit_into_memory_is_skipped_with_both_numbers():
    """2^28 float32 are 1.07 GB; forward needs six of them, backward four more for each entry."""
    conditions = Conditions("cpu-eager", "forward", "float32", 1 << 28)
    assert reason_to_skip(conditions, 1, lambda _: 9 * GIB) == ""
    reason = reason_to_skip(conditions, 1, lambda _: 6 * GIB)
    assert reason == "268,435,456 elements need about 6.4 GB at once, and 5.2 GB may be used."
    backward = replace(conditions, pass_name="backward")
    assert "27.9 GB at once" in reason_to_skip(backward, 1, lambda _: 9 * GIB)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"inputs": ["uniform"]}, UnknownNameError, "no input named 'uniform'"),
        ({"input_sweep": ["uniform"]}, UnknownNameError, "no input named 'uniform'"),
        ({"layouts": ["channels_last"]}, SuiteError, "no layout 'channels_last'"),
    ],
)
def test_unknown_conditions_are_refused_before_anything_is_measured(change, error, match):
    with pytest.raises(error, match=match):
        make_plan(suite_of("relu", **change))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("rellu", UnknownNameError),
        ("swish", UnknownNameError),
        ("no/such/file.py:f", ActivationError),
        ("no_such_module_anywhere:f", ActivationError),
    ],
)
def test_an_unknown_activation_is_an_input_error_that_repeats_what_was_given(name, error):
    with pytest.raises(error) as caught:
        make_plan(suite_of("relu", name))
    assert isinstance(caught.value, InputError)
    assert caught.value.got == name


def test_a_name_and_a_path_to_the_same_function_are_two_cases(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("from torch.nn.functional import relu\n")
    plan = make_plan(suite_of("relu", f"{path}:relu"))
    assert len({case.fingerprint for case in plan.cases}) == 2


def test_planning_imports_nothing_of_the_users(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("raise SystemExit('imported')\n")
    assert len(make_plan(suite_of(f"{path}:f")).cases) == 1


def test_an_unknown_backend_is_refused():
    with pytest.raises(UnknownNameError, match="no backend named 'tpu'"):
        make_plan(suite_of("relu").model_copy(update={"backends": ("tpu",)}))


@pytest.mark.parametrize("name", ["smoke", "quick", "standard", "rigorous"])
def test_built_in_suites_can_be_planned_and_their_budget_bounds_the_estimate(name):
    plan = make_plan(load_suite(name))
    assert plan.cases
    n_entries = sum(len(group.cases) + 4 for group in plan.groups)
    # Starting at most 20 parents on one core, and compiling every entry, come before the budget.
    beside = 30 + 1.1 * n_entries
    assert 0 < expected_timing_seconds(plan) <= beside + plan.suite.timing.seconds
    assert expected_seconds(plan) == expected_timing_seconds(plan) + plan.training.expected_seconds


def test_a_suite_without_timing_and_training_has_nothing_to_plan():
    with pytest.raises(SuiteError, match="nothing to measure"):
        make_plan(Suite(name="empty"))


def test_a_step_is_planned_once_a_workload_whatever_the_sizes_are():
    suite = Suite(
        name="steps",
        activations=("relu", "gelu"),
        backends=("cpu-eager", "cpu-compile"),
        timing=TimingSuite(passes=("step",), numels=(8, 16), workloads=("digits_mlp", "lr_stress")),
    )
    plan = make_plan(suite)
    found = [(g.conditions.input, g.conditions.numel, g.conditions.backend) for g in plan.groups]
    # 64 rows in a batch of either; what is compiled is no part of it
    assert found == [("digits_mlp", 64, "cpu-eager"), ("lr_stress", 64, "cpu-eager")]


def test_a_step_without_a_workload_is_refused():
    suite = Suite(name="steps", backends=("cpu-eager",), timing=TimingSuite(passes=("step",)))
    with pytest.raises(SuiteError, match="whose step it is"):
        make_plan(suite)
