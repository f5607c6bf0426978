"""``compare``: two runs, their environments first, then what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_service.cli import options
from bench_service.cli.output import complain, print_json

if TYPE_CHECKING:
    import pandas as pd


def compare(
    base: options.RunName,
    head: options.RunName,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Compare two runs: their environments first, then verdicts on times and on scores."""
    from bench_service.cli.changes import print_comparison
    from bench_service.contract import plain
    from db import queries
    from db.session import open_store

    with open_store(options.database(db), read_only=True) as store:
        uids = [queries.find_run(store, reference) for reference in (base, head)]
        environments = [queries.environment(store, uid) for uid in uids]
        frames = [
            (
                queries.timing_outcomes(store, uid),
                queries.timing_blocks(store, uid),
                queries.timing_processes(store, uid),
            )
            for uid in uids
        ]
        training = [queries.training_slices(store, uid) for uid in uids]
    document = document_of(uids, environments, frames) | training_document(training)
    if uids[0] == uids[1]:
        complain(f"Both names mean run {uids[0]}: it is compared with itself.")
    if as_json:
        print_json(plain(document))
    else:
        print_comparison(document)


def document_of(
    uids: list[str],
    environments: list[dict[str, dict[str, Any]]],
    frames: list[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]],
) -> dict[str, Any]:
    """The comparison as a document; each argument is base's and head's."""
    from bench_service.analysis.comparison import compare_runs
    from bench_service.analysis.facts import fact_differences
    from bench_service.analysis.outcome_changes import outcome_changes

    base, head = (outcomes for outcomes, _, _ in frames)
    return {
        "base": uids[0],
        "head": uids[1],
        "environment": fact_differences(environments[0], environments[1]),
        "n_only_in_base": _n_only(base, head),
        "n_only_in_head": _n_only(head, base),
        "outcomes": _rows(outcome_changes(base, head)),
        "cases": _rows(compare_runs(frames[0], frames[1])),
    }


def training_document(slices: list[pd.DataFrame]) -> dict[str, Any]:
    """What became of scores, as a part of the document; base's slices and head's."""
    import numpy as np

    from bench_service.analysis.training.changes import score_changes
    from bench_service.analysis.training.evaluated import n_only
    from bench_service.cli.trainings import BOOTSTRAP_SEED

    base, head = slices
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    return {
        "training_changes": score_changes(base, head, rng).to_dict("records"),
        "n_trainings_only_in_base": n_only(base, head),
        "n_trainings_only_in_head": n_only(head, base),
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    return [{**row, "pass": row.pop("pass_name")} for row in rows]


def _n_only(one: pd.DataFrame, other: pd.DataFrame) -> int:
    sets = [set(frame.loc[frame["role"] == "case", "case"]) for frame in (one, other)]
    return len(sets[0] - sets[1])
