"""The training part of a run: what is left of its plan, trained and stored."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench_service.training.campaign import Campaign, TrainingProgress
from bench_service.training.chain import Score
from bench_service.training.planning import TrainingPlan, facts_of
from bench_service.training.result import SliceStatus, TrainingCase
from bench_service.training.sharing import machine_shared
from bench_service.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench_service.record import Recorder
    from db.session import Store

FAILED = frozenset({SliceStatus.ERROR.value, SliceStatus.TIMEOUT.value})


@dataclass(frozen=True)
class Trained:
    """How many slices of a run ended with a result, and how many without."""

    n_ok: int = 0
    n_failed: int = 0


def train_plan(
    store: Store,
    recorder: Recorder,
    uid: str,
    plan: TrainingPlan,
    progress: TrainingProgress,
    on_busy: Callable[[], None],
    *,
    wait: bool,
) -> Trained:
    """What came of the training part of a run; whatever was stored before is not trained again."""
    if not plan.workloads:
        return Trained()
    recorder.workloads(facts_of(WORKLOADS.get(name)) for name in plan.workloads)
    skipped = [outcome for skip in plan.skips for outcome in skip.outcomes()]
    recorder.slices(uid, skipped)
    with machine_shared(on_busy, wait=wait):
        campaign = Campaign(
            uid, plan.chains, recorder, progress, plan.n_workers, plan.time_limit_s,
            done=stored_scores(store, uid, plan),
        )  # fmt: skip
        campaign.run()
    statuses = [score.status for score in campaign.done.values()]
    n_failed = sum(status in FAILED for status in statuses)
    return Trained(len(statuses) - n_failed, n_failed)


def stored_scores(store: Store, uid: str, plan: TrainingPlan) -> dict[TrainingCase, Score]:
    """What an earlier attempt at a run has trained of the plan's chains."""
    from db import queries

    slices = queries.training_slices(store, uid)
    known = {
        (c.chain.workload, c.chain.activation, c.chain.backend, c.chain.init): c.chain
        for c in plan.chains
    }
    done = {}
    for row in slices.to_dict("records"):
        chain = known.get((row["workload"], row["activation"], row["backend"], row["init"]))
        if chain is None:
            continue
        case = TrainingCase(
            row["workload"], int(row["workload_version"]), row["activation"], row["backend"],
            row["init"], row["optimizer"], float(row["lr"]), row["lr_role"], int(row["seed"]),
            tuple(sorted(row["params"].items())),
        )  # fmt: skip
        value = float(row[chain.metric])
        done[case] = Score(row["status"], value if math.isfinite(value) else None)
    return done
