"""The table of neuron metrics: complete, and readable where torch isn't."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch

from bench_service.analysis.neurons.metrics import HEADLINE, MASKS, NEURON_METRICS
from bench_service.training.neurons.metrics import layer_metrics
from bench_service.training.neurons.statistics import UnitStatistics


def test_the_table_needs_no_torch_and_neither_do_masks_and_dynamics():
    code = (
        "import sys; import bench_service.analysis.neurons.metrics; "
        "import bench_service.analysis.neurons.dynamics; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_metric_that_is_computed_is_in_the_table_and_no_other():
    chunk = [torch.ones(1, 4, 2)] * 3
    statistics = UnitStatistics.empty(1, 2)
    statistics.update(*chunk, derivative_supremum=1.0, near_zero_below=torch.zeros(1))
    assert list(layer_metrics(statistics)) == list(NEURON_METRICS)


def test_every_metric_says_what_it_is_what_for_and_from_where():
    for name, metric in NEURON_METRICS.items():
        assert metric.name == name
        assert all((metric.long_name, metric.formula, metric.meaningful_for, metric.source))
        assert metric.quantity.show(0.25)
    assert HEADLINE in MASKS
    assert NEURON_METRICS[HEADLINE].quantity.show(0.25) == "25 %"
    assert NEURON_METRICS[HEADLINE].quantity.show(float("nan")) == "–"


def test_every_metric_is_explained_in_the_docs():
    text = (Path(__file__).parents[3] / "docs" / "neurons.md").read_text()
    assert [name for name in NEURON_METRICS if f"`{name}`" not in text] == []
