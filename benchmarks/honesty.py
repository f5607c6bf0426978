"""Independent runs of one grid: which intervals hold the mean of the other runs."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from bench_service import api
from bench_service.analysis.clustering import moments
from bench_service.analysis.pairing import MIN_ROUNDS, ProcessView
from bench_service.analysis.timing import view_groups
from bench_service.loaded import load_from
from bench_service.suite import TimingSuite, load_suite
from db import queries
from db.session import open_store

BAR = 0.88


def one_process_interval(
    view: ProcessView, label: str, references: tuple[str, ...]
) -> tuple[float, float]:
    """The interval that one process's rounds give by themselves, as a log-ratio.

    The median of the paired differences by order statistics: what a tool reports that measures in
    one process, however many rounds it takes.
    """
    clean = view.is_clean[label].copy()
    for reference in references:
        clean &= view.is_clean[reference]
    if clean.sum() < MIN_ROUNDS:
        return float("nan"), float("nan")
    logs = [np.log(view.call_ns[name][clean]) for name in references]
    differences = np.log(view.call_ns[label][clean]) - np.mean(logs, axis=0)
    interval = stats.quantile_test(differences, q=0, p=0.5).confidence_interval(0.95)
    return float(interval.low), float(interval.high)


def table_of(store_url: str, uids: list[str]) -> pd.DataFrame:
    """One row a run and case: estimate and interval, and those of the run's first process."""
    rows = []
    with open_store(store_url, read_only=True) as store:
        for uid in uids:
            timing = load_from(store, uid).timing
            views = view_groups(
                queries.timing_blocks(store, uid), queries.timing_processes(store, uid)
            )
            for row in timing[timing["activation"] != "relu"].to_dict("records"):
                group = views[row["group"]]
                low, high = one_process_interval(
                    group.processes[0], row["activation"], group.references
                )
                rows.append(
                    {
                        "run": uid, "case": row["case"], "estimate": np.log(row["ratio"]),
                        "group": f"{row['pass_name']} {row['numel']}",
                        "low": np.log(row["ratio_low"]), "high": np.log(row["ratio_high"]),
                        "one_low": low, "one_high": high,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def degrees_of(timing: TimingSuite) -> int:
    """The degrees of freedom of a run's intervals: fewer of its parents and moments, less one."""
    n_parents = min(timing.parents, timing.processes)
    return min(n_parents, len(set(moments(timing.processes)))) - 1


def figures_of(table: pd.DataFrame, degrees: int) -> dict[str, Any]:
    """The share of cells whose interval holds the mean of the other runs, ours and of one process.

    The mean of the others has an error of its own: of n runs, a perfect 95 % interval holds it
    somewhat less often than in 95 %.
    """
    by_case = table.groupby("case")["estimate"]
    n = by_case.transform("count")
    others = (by_case.transform("sum") - table["estimate"]) / (n - 1)
    ours = (table["low"] <= others) & (others <= table["high"])
    known = table["one_low"].notna() & np.isfinite(table["one_low"])
    one = ((table["one_low"] <= others) & (others <= table["one_high"]))[known]
    reach = stats.t.ppf(0.975, degrees)
    perfect = 2 * stats.t.cdf(reach / np.sqrt(1 + 1 / (n.iloc[0] - 1)), degrees) - 1
    return {
        "n_runs": int(n.iloc[0]),
        "n_cells": len(table),
        "held": float(ours.mean()),
        "held_by_group": ours.groupby(table["group"]).mean().round(3).to_dict(),
        "held_by_one_process": float(one.mean()),
        "a_perfect_interval_would": float(perfect),
        "median_half_width": float(((table["high"] - table["low"]) / 2).median()),
        "one_process_median_half_width": float(
            ((table["one_high"] - table["one_low"]) / 2)[known].median()
        ),
        "met": bool(ours.mean() >= BAR),
    }


def finished_runs(store_url: str, suite: str) -> list[str]:
    """The ids of the runs of a suite that a store holds, those that are done; oldest first."""
    if not Path(store_url).exists():
        return []
    with open_store(store_url, read_only=True) as store:
        runs = queries.runs(store)
    done = runs[(runs["suite"] == suite) & (runs["status"] == "done")]
    return [str(uid) for uid in done.sort_values("started_at")["uid"]]


def main(arguments: list[str]) -> dict[str, Any]:
    """The figures of 12 runs of a suite, in a store of their own.

    With a store, its runs count too, so that runs can be added over hours; ``--runs 0`` adds none.
    """
    parser = argparse.ArgumentParser(prog="honesty")
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--suite", default="quick")
    parser.add_argument("--store", help="keep the runs in this file, and count those it holds")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = given.store or str(Path(folder) / "honesty.db")
        suite = load_suite(given.suite).model_copy(update={"training": None})
        if suite.timing is None:
            raise SystemExit(f"{given.suite} times nothing")
        uids = finished_runs(url, suite.name)
        for seed in range(len(uids), len(uids) + given.runs):
            uids.append(api.run(suite, db=url, seed=seed).uid)
            print(f"run {len(uids)}: {uids[-1]}", flush=True)
        if len(uids) < 2:  # one run has no others that it could hold
            return {"n_runs": len(uids)}
        return figures_of(table_of(url, uids), degrees_of(suite.timing))
