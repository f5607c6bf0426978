"""A chain as a machine without processes: what is due follows from what is done."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_service.suite import TrainingSuite
from bench_service.training.chain import FIRST_TUNING_SEED, Chain, Score
from bench_service.training.result import LrRole, TrainingCase

GRID = (0.001, 0.00316, 0.01, 0.0316, 0.1)
SEEDS = (0, 1, 2, 3)
TUNING_SEEDS = (1000, 1001, 1002)


def a_chain(**changes) -> Chain:
    values = {
        "workload": "digits", "workload_version": 1, "activation": "relu", "backend": "cpu-eager",
        "init": "gain", "optimizer": "adam", "lrs": GRID, "default_lr": 0.01, "metric": "val_loss",
        "better": "lower", "seeds": SEEDS, "tuning_seeds": TUNING_SEEDS,
    }  # fmt: skip
    return Chain(**values | changes)


def ok(value):
    return Score("ok", value)


def run(chain, score, done=None):
    """What is asked for, step by step, until nothing is due; ``score(case)`` says how it ends."""
    done = dict(done or {})
    asked = []
    while due := chain.due(done):
        assert len(asked) < 20, "it doesn't end"
        asked.append(due)
        done |= {case: score(case) for case in due}
    return asked, done


def rates(cases, role):
    return sorted({case.lr for case in cases if case.lr_role == role})


def seeds(cases, role):
    return sorted({case.seed for case in cases if case.lr_role == role})


def best_at(lr, *, better="lower"):
    """Worse the further from a rate, in orders of magnitude."""
    sign = 1 if better == "lower" else -1
    return lambda case: ok(sign * abs(math.log10(case.lr / lr)))


def test_it_tunes_and_trains_at_the_default_rate_first_and_evaluates_the_best_rate_then():
    asked, _ = run(a_chain(), best_at(0.0316))
    assert len(asked) == 2
    assert rates(asked[0], "tune") == list(GRID)
    assert seeds(asked[0], "tune") == list(TUNING_SEEDS)
    assert rates(asked[0], "default") == [0.01]
    assert seeds(asked[0], "default") == list(SEEDS)
    assert len(asked[0]) == 5 * 3 + 4
    assert {(case.lr, case.lr_role) for case in asked[1]} == {(0.0316, "eval")}
    assert seeds(asked[1], "eval") == list(SEEDS)


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_the_median_over_tuning_seeds_chooses_and_one_lucky_seed_doesnt(better):
    """At 0.1 one seed is best of all and two are poor; at 0.01 all three are fair."""
    sign = 1 if better == "lower" else -1

    def score(case):
        if case.lr == 0.1:
            return ok(sign * (0.0 if case.seed == 1000 else 9.0))
        return ok(sign * (1.0 if case.lr == 0.01 else 5.0))

    chain = a_chain(better=better, metric="val_loss" if better == "lower" else "val_accuracy")
    asked, _ = run(chain, score)
    assert rates(asked[-1], "eval") == [0.01]


def test_a_rate_at_which_most_seeds_diverge_is_not_chosen_however_good_the_others_are():
    def score(case):
        if case.lr == 0.0316:
            return ok(0.0) if case.seed == 1000 else Score("diverged", None)
        return ok(1.0 + abs(math.log10(case.lr / 0.01)))

    asked, _ = run(a_chain(), score)
    assert rates(asked[-1], "eval") == [0.01]


@pytest.mark.parametrize(
    ("best", "grown", "chosen"),
    [
        (0.01, [], 0.01),
        (0.316, [0.316, 0.999], 0.316),
        (1.0, [0.316, 0.999], 0.999),
        (1000.0, [0.316, 0.999], 0.999),
        (3.16e-4, [0.000316, 0.0000999], 0.000316),
        (1e-9, [0.000316, 0.0000999], 0.0000999),
    ],
)
def test_a_grid_grows_while_its_best_rate_is_at_an_edge_and_at_most_twice(best, grown, chosen):
    """By the square root of 10: 0.1 is followed by 0.316 and 0.999, to three digits."""
    asked, _ = run(a_chain(), best_at(best))
    tuned = rates([case for due in asked for case in due], "tune")
    assert sorted(set(tuned) - set(GRID)) == sorted(grown)
    assert rates(asked[-1], "eval") == [chosen]
    for due in asked[1:-1]:
        assert {case.lr_role for case in due} == {"tune"}
        assert seeds(due, "tune") == list(TUNING_SEEDS)
        assert len(due) == len(TUNING_SEEDS)


def test_a_grid_stops_growing_once_its_best_rate_is_inside():
    """Best between 0.1 and 0.316, nearer the former: 0.316 is worse, and 0.1 is inside then."""
    asked, _ = run(a_chain(), best_at(0.11))
    tuned = rates([case for due in asked for case in due], "tune")
    assert tuned == [*GRID, 0.316]
    assert rates(asked[-1], "eval") == [0.1]


def test_of_equal_rates_the_smaller_one_is_evaluated():
    def score(case):
        return ok(0.0 if case.lr in (0.01, 0.0316) else 1.0)

    asked, _ = run(a_chain(), score)
    assert rates(asked[-1], "eval") == [0.01]


def test_a_sweep_trains_every_rate_on_the_evaluation_seeds_and_chooses_none():
    asked, _ = run(a_chain(is_sweep=True), best_at(0.1))
    assert len(asked) == 1
    assert {case.lr_role for case in asked[0]} == {"sweep"}
    assert {(case.lr, case.seed) for case in asked[0]} == {(r, s) for r in GRID for s in SEEDS}
    assert len(asked[0]) == 20


def test_without_tuning_seeds_the_default_rate_is_all_there_is():
    asked, _ = run(a_chain(tuning_seeds=()), best_at(0.1))
    assert [{case.lr_role for case in due} for due in asked] == [{"default"}]


def test_the_number_of_slices_that_is_expected_is_that_which_is_trained():
    for chain in (a_chain(), a_chain(is_sweep=True), a_chain(tuning_seeds=())):
        _, done = run(chain, best_at(0.01))
        assert len(done) == chain.n_expected


def test_tuning_seeds_begin_where_evaluation_seeds_can_never_be():
    most = TrainingSuite(workloads=("lr_stress",), seeds=1000)
    assert max(range(most.seeds)) < FIRST_TUNING_SEED
    with pytest.raises(ValueError, match="1000"):
        TrainingSuite(workloads=("lr_stress",), seeds=1001)


scores = st.one_of(
    st.floats(-1e6, 1e6).map(ok),
    st.sampled_from([0.0, 0.5, 1.0]).map(ok),
    st.sampled_from(["diverged", "timeout", "error"]).map(lambda status: Score(status, None)),
    st.just(ok(None)),
)


@st.composite
def chains(draw):
    lrs = draw(st.lists(st.sampled_from([10.0**k for k in range(-6, 3)]), min_size=1, unique=True))
    return a_chain(
        lrs=tuple(sorted(lrs)),
        default_lr=draw(st.sampled_from([*lrs, 0.005])),
        better=draw(st.sampled_from(["lower", "higher"])),
        seeds=tuple(range(draw(st.integers(0, 4)))),
        tuning_seeds=tuple(range(1000, 1000 + draw(st.integers(0, 4)))),
        is_sweep=draw(st.booleans()),
        parameters=draw(st.sampled_from([(), (("alpha", 0.5),)])),
    )


class Fate:
    """Says how a case ends, the same whenever it is asked, from what a test draws."""

    def __init__(self, data):
        self.data = data
        self.known: dict[TrainingCase, Score] = {}

    def __call__(self, case):
        if case not in self.known:
            self.known[case] = self.data.draw(scores, label=f"{case.lr_role} {case.lr:g}")
        return self.known[case]


@settings(max_examples=60, deadline=None)
@given(chain=chains(), data=st.data())
def test_whatever_happens_it_ends_and_asks_for_no_case_twice(chain, data):
    asked, done = run(chain, Fate(data))
    cases = [case for due in asked for case in due]
    assert len(cases) == len(set(cases)) == len(done)
    assert len(asked) <= 4  # first, twice a larger grid, evaluation
    assert not set(seeds(cases, "tune")) & {c.seed for c in cases if c.lr_role != "tune"}
    assert len(rates(cases, "eval")) <= 1
    new = set(rates(cases, "tune")) - set(chain.lrs)
    assert len(new) <= 2
    assert all(case.parameters == chain.parameters for case in cases)
    if chain.is_sweep:
        assert {case.lr_role for case in cases} <= {LrRole.SWEEP}


@settings(max_examples=60, deadline=None)
@given(chain=chains(), data=st.data())
def test_resumed_from_any_part_of_what_was_done_it_asks_for_the_rest_and_no_more(chain, data):
    fate = Fate(data)
    _, whole = run(chain, fate)
    kept = {
        case: score for case, score in whole.items() if data.draw(st.booleans(), label="is kept")
    }
    asked, done = run(chain, fate, kept)
    cases = [case for due in asked for case in due]
    assert not set(cases) & kept.keys()
    assert len(cases) == len(set(cases))
    assert done == whole


def test_what_is_done_for_somebody_else_counts_for_nothing():
    chain = a_chain()
    _, done = run(chain, best_at(0.01))
    for change in ({"activation": "gelu"}, {"workload_version": 2}, {"init": "he"},
                   {"backend": "cuda-eager"}, {"parameters": (("a", 1.0),)}):  # fmt: skip
        others = {replace(case, **change): score for case, score in done.items()}
        assert chain.due(others) == chain.first_cases()


@pytest.mark.parametrize("status", ["error", "timeout"])
def test_what_cant_be_trained_at_any_rate_is_not_asked_for_at_further_ones(status):
    """A hang would cost its whole limit each time; slices at the default rate tell the reason."""
    asked, _ = run(a_chain(), lambda _case: Score(status, None))
    assert asked == [a_chain().first_cases()]


def test_what_diverges_at_every_rate_is_tried_at_smaller_ones_and_evaluated_at_the_smallest():
    asked, _ = run(a_chain(), lambda _case: Score("diverged", None))
    assert rates([case for due in asked for case in due], "tune")[:2] == [0.0000999, 0.000316]
    assert rates(asked[-1], "eval") == [0.0000999]
