"""A campaign without processes: what is asked for, stored, reused and told."""

from __future__ import annotations

import math
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pebble import ProcessExpired
from training_fakes import Memory, Pool, Told

from bench_service.errors import MeasurementError
from bench_service.training import campaign as campaign_module
from bench_service.training import worker
from bench_service.training.campaign import Campaign, Costed, score_of
from bench_service.training.chain import Chain
from bench_service.training.result import SliceOutcome
from bench_service.training.splitting import MAX_SLICES_CPU

GRID = (0.001, 0.01, 0.1)
SEEDS = (0, 1, 2, 3)


def a_chain(activation="relu", **changes) -> Costed:
    values = {
        "workload": "digits", "workload_version": 1, "activation": activation,
        "backend": "cpu-eager", "init": "gain", "optimizer": "adam", "lrs": GRID,
        "default_lr": 0.001, "metric": "val_loss", "better": "lower", "seeds": SEEDS,
        "tuning_seeds": (1000, 1001, 1002),
    }  # fmt: skip
    return Costed(Chain(**values | changes), 10, 100.0, f"/somewhere/{activation}")


def best_at(lr):
    return lambda case: abs(math.log10(case.lr / lr)) + case.seed / 1e6


def run(chains, fate, writer=None, done=None):
    """What a pool was asked for and what came of it."""
    pool, told, memory = Pool(fate), Told(), writer or Memory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(campaign_module, "ProcessPool", pool)
        campaign = Campaign("run-1", chains, memory, told, 3, 60.0, done=dict(done or {}))
        try:
            campaign.run()
        except BaseException as error:
            return pool, memory, told, campaign, error
    return pool, memory, told, campaign, None


def roles(outcomes_or_cases):
    cases = [getattr(found, "case", found) for found in outcomes_or_cases]
    return {role: sum(c.lr_role == role for c in cases) for role in {c.lr_role for c in cases}}


def test_every_chain_is_tuned_evaluated_and_stored_case_by_case():
    chains = [a_chain("relu"), a_chain("gelu")]
    pool, memory, told, campaign, error = run(chains, best_at(0.01))
    assert error is None
    assert roles(memory.by_case) == {"tune": 18, "default": 8, "eval": 8}
    assert {c.lr for c in memory.by_case if c.lr_role == "eval"} == {0.01}
    assert memory.uids == {"run-1"}
    assert told.begun == (2, 34)
    assert (campaign.n_ok, campaign.n_failed) == (34, 0)
    assert pool.ended == ["close", "join"]
    assert pool.settings["max_workers"] == 3
    assert pool.settings["initializer"] is worker.begin
    for task in pool.tasks:
        assert task.reference == f"/somewhere/{task.cases[0].activation}"
        assert len({case.activation for case in task.cases}) == 1


def test_what_was_begun_is_finished_before_much_else_begins():
    """Three workers take six stacks at first; of twenty chains the last waits for the first."""
    chains = [a_chain(workload=f"task_{i}") for i in range(20)]
    pool, *_ = run(chains, best_at(0.01))
    first_of = {}
    for place, case in enumerate(pool.cases):
        first_of.setdefault((case.workload, case.lr_role), place)
    assert first_of["task_0", "eval"] < first_of["task_19", "tune"]
    assert first_of["task_5", "tune"] < first_of["task_0", "eval"]


def test_no_stack_is_larger_than_a_step_makes_use_of():
    pool, memory, *_ = run([a_chain(seeds=tuple(range(50)))], best_at(0.01))
    assert all(len(task.cases) <= MAX_SLICES_CPU for task in pool.tasks)
    assert [len(task.cases) for task in pool.tasks] == [33, 26, 33, 17]
    assert len(memory.by_case) == 9 + 50 + 50


def test_processes_get_some_time_beyond_what_their_trainer_keeps():
    pool, *_ = run([a_chain()], best_at(0.01))
    assert all(timeout > task.time_limit_s == 60.0 for task, timeout in zip(
        pool.tasks, pool.timeouts, strict=True))  # fmt: skip


def test_where_the_default_rate_is_the_best_one_it_is_not_trained_again():
    pool, memory, _, campaign, _ = run([a_chain(default_lr=0.01)], best_at(0.01))
    assert roles(pool.cases) == {"tune": 9, "default": 4}
    stored = memory.by_case
    assert roles(stored) == {"tune": 9, "default": 4, "eval": 4}
    for case, outcome in stored.items():
        if case.lr_role == "eval":
            twin = stored[replace(case, lr_role="default")]
            assert replace(outcome, case=twin.case) == twin
    assert campaign.n_ok == 17


def test_no_outcome_is_taken_from_another_activation_or_rate():
    pool, *_ = run([a_chain("relu", default_lr=0.01), a_chain("gelu")], best_at(0.01))
    trained_for_eval = [case for case in pool.cases if case.lr_role == "eval"]
    assert {(case.activation, case.lr) for case in trained_for_eval} == {("gelu", 0.01)}
    assert len(trained_for_eval) == 4


@settings(max_examples=8, deadline=None)
@given(
    n_stored=st.integers(1, 8),
    best=st.sampled_from([1e-5, 0.001, 0.01, 0.1, 10.0]),
    default_lr=st.sampled_from([0.001, 0.01]),
)
def test_a_campaign_that_is_interrupted_and_resumed_stores_what_an_undisturbed_one_does(
    n_stored, best, default_lr
):
    """The writer fails at any of its calls, as where somebody presses Ctrl-C while it stores."""
    chains = [a_chain("relu", default_lr=default_lr), a_chain("gelu", seeds=(0,))]
    _, whole, *_ = run(chains, best_at(best))
    pool, first, _, _, error = run(chains, best_at(best), Memory(fails_at=n_stored))
    if error is not None:
        assert isinstance(error, KeyboardInterrupt)
        assert pool.ended == ["stop", "join"]
    kept = {case: score_of(outcome, "val_loss") for case, outcome in first.by_case.items()}
    again, second, told, _, error = run(chains, best_at(best), done=kept)
    assert error is None
    assert not set(again.cases) & first.by_case.keys()
    assert not second.by_case.keys() & first.by_case.keys()
    assert first.by_case | second.by_case == whole.by_case
    assert not told.shares or told.shares[-1] == 1.0


def test_a_finished_campaign_asks_for_nothing_when_it_is_run_again():
    chains = [a_chain("relu"), a_chain("gelu")]
    _, memory, *_ = run(chains, best_at(0.01))
    done = {case: score_of(outcome, "val_loss") for case, outcome in memory.by_case.items()}
    pool, again, *_ = run(chains, best_at(0.01), done=done)
    assert pool.tasks == []
    assert again.n_calls == 0


def misbehaving(error, activation="gelu"):
    def fate(case):
        if case.activation == activation:
            raise error
        return best_at(0.01)(case)

    return fate


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (TimeoutError("Task timeout", 90.0), "timeout", "no end within 60 s"),
        (ProcessExpired("Abnormal termination", code=-9), "error",
         "the process died with status -9"),
    ],
)  # fmt: skip
def test_a_process_that_dies_or_hangs_costs_its_own_slices_and_no_others(error, status, reason):
    chains = [a_chain("relu"), a_chain("gelu")]
    pool, memory, told, campaign, raised = run(chains, misbehaving(error))
    assert raised is None
    of_gelu = [o for case, o in memory.by_case.items() if case.activation == "gelu"]
    assert {(o.status, o.reason) for o in of_gelu} == {(status, reason)}
    assert roles(of_gelu) == {"tune": 9, "default": 4}
    of_relu = [o for case, o in memory.by_case.items() if case.activation == "relu"]
    assert roles(of_relu) == {"tune": 9, "default": 4, "eval": 4}
    assert {o.status for o in of_relu} == {"ok"}
    assert told.failures == of_gelu
    assert (campaign.n_ok, campaign.n_failed) == (17, 13)
    assert pool.ended == ["close", "join"]


def test_processes_that_cant_be_kept_alive_end_the_campaign_with_a_sentence():
    pool, memory, _, _, raised = run([a_chain()], misbehaving(BrokenProcessPool("gone"), "relu"))
    assert isinstance(raised, MeasurementError)
    assert "have all ended" in str(raised)
    assert "resume" in str(raised)
    assert pool.ended == ["stop", "join"]
    assert memory.stored == []


def test_a_store_that_fails_ends_the_processes_and_is_told():
    pool, _, _, _, raised = run(
        [a_chain()], best_at(0.01), Memory(fails_at=1, error=OSError("full"))
    )
    assert isinstance(raised, OSError)
    assert pool.ended == ["stop", "join"]


def test_the_share_that_is_done_rises_to_all_of_it_even_where_a_grid_had_to_grow():
    for best in (0.01, 1e-9):
        _, memory, told, _, _ = run([a_chain(), a_chain("gelu")], best_at(best))
        assert told.shares == sorted(told.shares)
        assert told.shares[-1] == 1.0
        assert told.numbers[-1] == len(memory.stored)
        assert told.numbers == sorted(told.numbers)


def test_a_campaign_of_nothing_starts_no_process():
    pool, _, told, _, error = run([], best_at(0.01))
    assert error is None
    assert pool.tasks == []
    assert told.begun == (0, 0)


@pytest.mark.parametrize(("metric", "value"), [("val_loss", 0.25), ("val_accuracy", 0.75)])
def test_the_choice_of_a_rate_sees_status_and_the_workloads_own_metric(metric, value):
    case = a_chain().chain.first_cases()[0]
    score = score_of(SliceOutcome(case, "ok", val_loss=0.25, val_accuracy=0.75), metric)
    assert (score.status, score.value) == ("ok", value)
    assert score_of(SliceOutcome(case, "diverged", "why"), metric).value is None
