"""What is kept of neurons: bits of networks alone, which a diverged slice isn't any more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tiny_workloads import crossed, tiny, trained

from bench_service.analysis.neurons.metrics import NEURON_METRICS
from bench_service.training.neurons.masks import unpack
from bench_service.training.result import LrRole

HUGE = 1e30


def test_bits_of_a_diverged_slice_end_where_its_metrics_do_and_no_dead_unit_is_revived():
    """Three checkpoints; one step of 1e30 leaves a network at the first alone."""
    found = trained(tiny(), crossed([0.1, HUGE], [0]), has_neurons=True)
    for mask in found[HUGE, 0].masks:
        assert mask.steps.tolist() == [0]
        assert unpack(mask).shape == (1, mask.n_units)
    assert all(len(mask.steps) == 3 for mask in found[0.1, 0].masks)


def test_every_metric_is_kept_of_every_layer_but_the_one_that_needs_a_second_pass():
    outcome = trained(tiny(), crossed([0.1], [0]), has_neurons=True)[0.1, 0]
    for layer in ("act1", "act2", "network"):
        found = {curve.metric for curve in outcome.neurons if curve.layer == layer}
        assert found == set(NEURON_METRICS) - {"near_sparsity"}


def test_the_bits_say_what_the_curve_of_their_layer_does():
    outcome = trained(tiny(), crossed([1.0], [0]), has_neurons=True)[1.0, 0]
    rates = {(c.layer, c.metric): c.values for c in outcome.neurons}
    for mask in outcome.masks:
        np.testing.assert_allclose(unpack(mask).mean(axis=1), rates[mask.layer, mask.metric])


def test_a_slice_that_was_tuned_on_keeps_its_network_and_no_layers():
    (case,) = crossed([0.1], [0])
    tuning = replace(case, lr_role=LrRole.TUNE.value)
    evaluated, tuned = (trained(tiny(), [c], has_neurons=True)[0.1, 0] for c in (case, tuning))
    assert {curve.layer for curve in tuned.neurons} == {"network"}
    assert tuned.masks == ()
    assert tuned.grad_dead == evaluated.grad_dead
    assert {curve.layer for curve in evaluated.neurons} > {"network"}
    assert evaluated.masks
