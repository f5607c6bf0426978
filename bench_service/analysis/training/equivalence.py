"""The Bayesian signed-rank test: better, worse, or practically equal over workloads."""

from __future__ import annotations

import numpy as np

from bench_service.analysis.statistics import FloatArray

PRIOR_STRENGTH = 0.5
N_DRAWS = 50_000
CHUNK = 10_000  # draws held at once


def signed_rank_posterior(
    differences: FloatArray, rope: float, rng: np.random.Generator, n_draws: int = N_DRAWS
) -> tuple[float, float, float]:
    """The probabilities that the differences' population lies below, within and above +-``rope``.

    ``differences`` has shape (n,), one a workload. A Dirichlet process with one pseudo-observation
    of weight 0.5 at 0 weighs them; in each draw the weights of all pairs whose mean is below,
    within or above the region are summed, and the largest sum wins, equal ones sharing. Source:
    Benavoli et al. 2014 (ICML) and 2017, JMLR 18(77), whose R code the pseudo-observation's weight
    is from.
    """
    values = np.concatenate(([0.0], np.asarray(differences, dtype=float)))
    means = (values[:, None] + values[None, :]) / 2
    weights = np.ones(len(values))
    weights[0] = PRIOR_STRENGTH
    won = np.zeros(3)
    for begin in range(0, n_draws, CHUNK):
        drawn = rng.dirichlet(weights, min(CHUNK, n_draws - begin))
        below, above = (
            ((drawn @ side) * drawn).sum(axis=1) for side in (means < -rope, means > rope)
        )
        sums = np.stack((below, 1 - below - above, above), axis=1)
        is_largest = np.isclose(sums, sums.max(axis=1, keepdims=True), rtol=0, atol=1e-12)
        won += (is_largest / is_largest.sum(axis=1, keepdims=True)).sum(axis=0)
    worse, equivalent, better = (won / n_draws).tolist()
    return worse, equivalent, better
