"""From blocks to rows: exact numbers where there is no noise, and every guard."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from frames import beside, frames_of

from bench_service.analysis.timing import COLUMNS, summarise, view_groups
from bench_service.timing.spec import ALIAS_LABEL, COPY_LABEL, FLOOR_LABEL, REFERENCE_LABEL


def row(call_ns, label="gelu", **more) -> pd.Series:
    table = summarise(*frames_of({**beside(), **call_ns}, **more))
    return table[table.activation == label].iloc[0]


def test_three_against_two_nanoseconds_are_a_ratio_of_one_and_a_half():
    found = row({"gelu": np.full(8, 1500.0)})
    assert found.ratio == pytest.approx(1.5, rel=1e-14)
    assert (found.time_ns, found.time_low_ns, found.time_high_ns) == (1500, 1500, 1500)
    assert found.ratio_low == pytest.approx(1.5, rel=1e-14)
    assert (found.verdict, found.quality, found.quality_reason) == ("slower", "certified", "")
    assert (found.n_processes, found.n_rounds) == (8, 48)
    assert (found.aa_ratio, found.aa_low, found.aa_high) == (1, 1, 1)
    # 1,024 float32 are read and written in 1.5 µs; the copy takes 0.9 µs.
    assert found.bytes_per_s == pytest.approx(2 * 4096 / 1.5e-6)
    assert found.fraction_of_copy == pytest.approx(0.6)
    assert (found.copy_time_ns, found.floor_time_ns) == (900, 40)
    assert found.spread_seconds == 7


def test_the_columns_are_those_that_were_promised():
    assert tuple(summarise(*frames_of({**beside(), "gelu": np.ones(3)})).columns) == COLUMNS


def test_the_time_has_the_interval_of_a_median_over_processes():
    """Of ten processes the ranks 2 and 9 hold the median with 97.9 %."""
    times = np.arange(1, 11) * 100.0
    found = row({**beside(10), "gelu": times})
    assert (found.time_ns, found.time_low_ns, found.time_high_ns) == (550, 200, 900)


def test_what_slows_the_whole_machine_cancels_in_the_ratio():
    drift = np.linspace(1, 3, 8)[:, None] * np.linspace(1, 1.5, 6)[None, :]
    drifted = {label: times[:, None] * drift for label, times in beside().items()}
    found = row({**drifted, "gelu": 1500 * drift})
    assert found.ratio == pytest.approx(1.5)
    assert found.quality == "certified"


def test_relu_is_held_against_its_own_references_and_is_equivalent():
    found = row({"relu": np.full(8, 1000.0)}, "relu")
    assert (found.ratio, found.verdict) == (1, "equivalent")


def test_a_relu_that_differs_from_itself_makes_every_case_of_its_rounds_unstable():
    found = row({ALIAS_LABEL: np.full(8, 1050.0), "gelu": np.full(8, 1500.0)})
    assert found.quality == "unstable"
    assert found.quality_reason == "ReLU differed from itself by +5.0% in these rounds"
    assert found.verdict == "slower"


def test_a_difference_smaller_than_relus_to_itself_is_inconclusive():
    wobble = np.array([0.95, 1.05] * 4)
    found = row({ALIAS_LABEL: 1000 * wobble, "gelu": np.full(8, 1020.0)})
    assert found.verdict == "inconclusive"


def test_without_a_second_process_there_is_a_ratio_without_interval_or_verdict():
    found = row({**beside(1), "gelu": np.array([1500.0])})
    assert found.ratio == pytest.approx(1.5)
    assert math.isnan(found.ratio_low)
    assert found.verdict is None
    assert (found.quality, found.quality_reason[:16]) == ("unstable", "only 1 processes")


def test_a_process_that_has_nothing_of_an_entry_counts_for_the_others_alone():
    times = np.array([1500.0] * 5 + [math.nan] * 3)
    table = summarise(*frames_of({**beside(), "gelu": times, "silu": np.full(8, 1200.0)}))
    counts = dict(zip(table.activation, table.n_processes, strict=True))
    assert counts["gelu"] == 5
    assert counts["silu"] == 8


def test_rounds_that_were_all_disturbed_leave_no_number():
    found = row({"gelu": np.full(8, 1500.0)}, flags={"gelu": 2})
    assert math.isnan(found.ratio)
    assert found.n_processes == 0
    assert found.quality is None


def test_disturbed_blocks_are_counted_and_left_out():
    flags = np.zeros((8, 6), dtype=int)
    flags[:, 0] = 1
    flags[:, 1] = 2
    times = np.full((8, 6), 1500.0)
    times[:, :2] = 1e9
    found = row({"gelu": times}, flags={"gelu": flags})
    assert found.ratio == pytest.approx(1.5)
    assert found.flagged_share == pytest.approx(1 / 6)
    assert found.n_rounds == 8 * 4


def test_faults_are_counted_for_each_call():
    found = row({"gelu": np.full(8, 1500.0)}, faults={"gelu": 81930})
    assert found.faults_per_call == 8193


@pytest.mark.parametrize("pass_name", ["forward", "backward", "forward_backward"])
def test_work_that_was_optimised_away_is_invalid_and_has_no_verdict(pass_name):
    found = row({"gelu": np.full(8, 30.0)}, pass_name=pass_name)
    assert found.quality == "invalid"
    assert "optimised away" in found.quality_reason
    assert found.verdict is None
    assert math.isnan(found.q_value)


@pytest.mark.parametrize("pass_name", ["forward", "backward"])
def test_a_bandwidth_far_above_a_copys_is_invalid(pass_name):
    found = row({"gelu": np.full(8, 300.0)}, pass_name=pass_name)
    assert found.quality == "invalid"
    assert "impossible bandwidth: 3.00 times" in found.quality_reason


@pytest.mark.parametrize(
    ("case", "more"),
    [
        ("as fast as a copy", {"times": 900.0}),
        ("half as long, from warmer memory", {"times": 500.0}),
        ("a tiny size, ruled by the price of a call", {"times": 45.0, "copy": 110.0}),
        ("identity, faster than the floor", {"times": 20.0, "facts": {"returns_input": True}}),
        (
            "the gradient of a half x, which reads one tensor and writes one",
            {"times": 600.0, "pass_name": "backward"},
        ),
        ("page faults at every call", {"times": 9000.0, "numel": 1 << 24}),
    ],
)
def test_good_cases_raise_no_alarm(case, more):
    times, copy = more.pop("times"), more.pop("copy", 900.0)
    facts = {"gelu": more.pop("facts", {})}
    found = row({**beside(copy=copy), "gelu": np.full(8, times)}, facts=facts, **more)
    assert found.quality == "certified", (case, found.quality_reason)


def test_who_moves_nothing_has_no_bandwidth():
    found = row({"gelu": np.full(8, 20.0)}, facts={"gelu": {"returns_input": True}})
    assert math.isnan(found.bytes_per_s)
    assert math.isnan(found.fraction_of_copy)


def test_what_was_seen_in_the_children_makes_a_case_invalid_and_leaves_the_others():
    said = [{"invalid": {"gelu": "was compiled anew while it was timed"}}] * 2 + [{}] * 6
    table = summarise(
        *frames_of(
            {**beside(), "gelu": np.full(8, 1500.0), "silu": np.full(8, 1200.0)},
            process_facts=said,
        )
    ).set_index("activation")
    assert table.quality["gelu"] == "invalid"
    assert table.quality_reason["gelu"] == (
        "gelu was compiled anew while it was timed, in 2 of 8 processes"
    )
    assert table.quality["silu"] == "certified"


def test_a_reference_that_misbehaved_makes_the_whole_group_invalid():
    said = [{"invalid": {REFERENCE_LABEL: "changed its input while it was timed"}}] + [{}] * 7
    assert row({"gelu": np.full(8, 1500.0)}, process_facts=said).quality == "invalid"


def test_a_compiled_group_in_which_nothing_was_compiled_ran_eagerly():
    eager, compiled = [{"graphs": 0}] * 8, [{"graphs": 3}] * 8
    found = row({"gelu": np.full(8, 1500.0)}, process_facts=eager)
    assert (found.quality, found.quality_reason) == (
        "invalid", "nothing was compiled: the functions ran eagerly",
    )  # fmt: skip
    assert row({"gelu": np.full(8, 1500.0)}, process_facts=compiled).quality == "certified"


def test_the_family_is_what_gets_a_verdict():
    """Certain differences that are invalid, or of another width, make no other look surer."""
    random = np.random.default_rng(5)
    weak = 1000 * np.exp(0.03 + 0.035 * random.standard_normal(8))
    alone = row({"gelu": weak})
    sham = {
        f"sham{i}": np.full(8, 30.0) * np.exp(0.01 * random.standard_normal(8)) for i in range(9)
    }
    among = row({"gelu": weak, **sham})
    wide = {label: {"keeps_width": False} for label in sham}
    slow = {label: times * 100 for label, times in sham.items()}
    beside_wide = row({"gelu": weak, **slow}, facts=wide)
    assert among.q_value == alone.q_value == beside_wide.q_value


def test_another_width_has_its_times_and_no_verdict():
    found = row({"crelu": np.full(8, 1500.0)}, "crelu", facts={"crelu": {"keeps_width": False}})
    assert found.ratio == pytest.approx(1.5)
    assert found.verdict is None


def test_failed_and_skipped_cases_keep_their_row_and_their_reason():
    outcomes, blocks, processes = frames_of({**beside(), "gelu": np.full(8, 1500.0)})
    for label, status in (("mish", "failed"), ("silu", "skipped")):
        extra = {**outcomes.iloc[-1], "label": label, "activation": label, "case": label}
        extra |= {"status": status, "reason": "because"}
        outcomes.loc[len(outcomes)] = extra
    table = summarise(outcomes, blocks, processes).set_index("activation")
    assert table.status.to_dict() == {"gelu": "ok", "mish": "failed", "silu": "skipped"}
    assert table.reason["mish"] == "because"
    assert math.isnan(table.ratio["mish"])


def test_a_case_whose_group_measured_nothing_has_no_numbers():
    outcomes, blocks, processes = frames_of({**beside(), "gelu": np.full(8, 1500.0)})
    table = summarise(outcomes, blocks.iloc[:0], processes.iloc[:0])
    assert table.ratio.isna().all()


def test_without_a_copy_or_a_floor_there_is_no_bandwidth_and_no_alarm():
    given = {**beside(), "gelu": np.full(8, 1500.0)}
    del given[COPY_LABEL], given[FLOOR_LABEL]
    table = summarise(*frames_of(given))
    assert table.quality.tolist() == ["certified"]
    assert table.fraction_of_copy.isna().all()


def test_a_process_without_a_reference_is_left_out_and_the_group_goes_on():
    times = np.array([math.nan, *[1000.0] * 7])
    found = row({REFERENCE_LABEL: times, "gelu": np.full(8, 1500.0)})
    assert found.n_processes == 7


def test_groups_are_kept_apart():
    first = frames_of({**beside(), "gelu": np.full(8, 1500.0)}, group="one")
    second = frames_of({**beside(relu=500.0), "gelu": np.full(8, 1500.0)}, group="two")
    both = [pd.concat(pair, ignore_index=True) for pair in zip(first, second, strict=True)]
    table = summarise(*both).set_index("group")
    assert table.ratio["one"] == pytest.approx(1.5)
    assert table.ratio["two"] == pytest.approx(3)
    assert view_groups(both[1], both[2]).keys() == {"one", "two"}
