"""Metrics of layers and networks: cases whose answer is known without running anything."""

from __future__ import annotations

import math

import pytest
import torch

from bench_service.activations import ACTIVATIONS
from bench_service.analysis.neurons.metrics import MASKS, NEURON_METRICS
from bench_service.errors import InputError
from bench_service.training.neurons.derivative import derivative_scale, outputs_and_derivatives
from bench_service.training.neurons.metrics import (
    layer_masks,
    layer_metrics,
    near_zero_threshold,
    network_metrics,
    output_rms,
)
from bench_service.training.neurons.statistics import UnitStatistics


def of(name, *chunks, **keywords):
    """Statistics of one slice for the pre-activations of shape (n_inputs, n_units, ...)."""
    activation = ACTIVATIONS.get(name)
    statistics = UnitStatistics.empty(1, chunks[0].shape[1])
    for z in chunks:
        h, g = outputs_and_derivatives(activation.module().eval(), z[None].float())
        scale = derivative_scale(activation)
        statistics.update(z[None].float(), h, g, derivative_supremum=scale, **keywords)
    return statistics


def metrics(name, *chunks, **keywords):
    return {k: v.item() for k, v in layer_metrics(of(name, *chunks, **keywords)).items()}


def biased(*biases):
    """Pre-activations of units without weights, which are their biases, on 20 inputs."""
    return torch.tensor(biases).expand(20, -1)


# Units that are their biases


def test_a_relu_below_zero_is_dead_a_leaky_one_only_pinned_and_a_sigmoid_neither():
    """f'(-1) of the sigmoid is 0.1966, of 0.25 at most."""
    relu, leaky, sigmoid = (metrics(n, biased(-1.0)) for n in ("relu", "leaky_relu", "sigmoid"))
    assert relu["zero_dead"] == relu["grad_dead"] == relu["grad_dead_strict"] == 1
    assert leaky["grad_dead"] == leaky["zero_dead"] == 0
    assert relu["off_pinned"] == leaky["off_pinned"] == 1
    assert sigmoid["grad_dead"] == sigmoid["saturation"] == 0


def test_the_share_of_dead_units_is_that_of_the_units_pushed_down():
    share = metrics("relu", biased(*[-100.0] * 3, *[100.0] * 5))
    assert share["grad_dead"] == share["zero_dead"] == share["off_pinned"] == 3 / 8
    assert share["on_pinned"] == 5 / 8


def test_at_exactly_zero_a_relu_is_dead_and_the_others_have_their_slope_of_zero():
    found = {name: of(name, biased(0.0)) for name in ("relu", "leaky_relu", "elu", "tanh")}
    slopes = {name: statistics.highs[2].item() for name, statistics in found.items()}
    assert slopes == {"relu": 0, "leaky_relu": pytest.approx(0.01), "elu": 1, "tanh": 1}
    dead = {
        name: layer_metrics(statistics)["grad_dead"].item() for name, statistics in found.items()
    }
    assert dead == {"relu": 1, "leaky_relu": 0, "elu": 0, "tanh": 0}


def test_a_unit_that_just_touches_zero_is_off_and_neither_on_nor_always_zero():
    """Leaky outputs of -0.01 and 0: the largest is 0, and not all are."""
    found = metrics("leaky_relu", torch.tensor([[-1.0], [0.0]]))
    assert (found["off_pinned"], found["on_pinned"], found["zero_dead"]) == (1, 0, 0)
    upward = metrics("leaky_relu", torch.tensor([[1.0], [0.0]]))
    assert (upward["off_pinned"], upward["on_pinned"]) == (0, 0)


def test_a_slope_of_exactly_a_thousandth_of_the_steepest_counts_as_none():
    """1 of 1,000, both exact in floating point."""
    statistics = UnitStatistics.empty(1, 1)
    statistics.update(*(torch.ones(1, 3, 1),) * 3, derivative_supremum=1000.0)
    found = layer_metrics(statistics)
    assert (found["grad_dead"].item(), found["grad_dead_strict"].item()) == (1, 0)
    assert found["saturation"].item() == 1


def test_a_slope_of_exactly_a_twentieth_of_the_steepest_is_not_saturated():
    """50 of 1,000, both exact in floating point."""
    statistics = UnitStatistics.empty(1, 1)
    fifty = torch.full((1, 3, 1), 50.0)
    statistics.update(fifty, fifty, fifty, derivative_supremum=1000.0)
    assert layer_metrics(statistics)["saturation"].item() == 0


def test_a_relu6_pinned_at_six_is_dead_by_gradient_and_constant_but_not_zero():
    found = metrics("relu6", biased(100.0))
    assert (found["zero_dead"], found["grad_dead"], found["const_dead"]) == (0, 1, 1)


def test_a_starrelu_far_below_zero_is_dead_at_minus_its_offset():
    """Its constant is -0.4472, and its steepest slope infinite."""
    statistics = of("starrelu", biased(-100.0))
    found = {name: value.item() for name, value in layer_metrics(statistics).items()}
    assert (found["zero_dead"], found["grad_dead"], found["const_dead"]) == (0, 1, 1)
    assert statistics.moments[0].item() == pytest.approx(-0.4472)


@pytest.mark.parametrize(
    ("name", "threshold"),
    [("elu", -6.91), ("gelu", -3.78), ("silu", -8.88), ("sigmoid", -8.29), ("sigmoid", 8.29),
     ("tanh", -4.15), ("tanh", 4.15), ("softplus", -6.91), ("relu6", 6.0), ("hardswish", -3.0)],
)  # fmt: skip
def test_units_die_by_gradient_where_the_slope_falls_below_a_thousandth(name, threshold):
    """Thresholds to two decimals, by solving |f'(z)| = 0.001 sup|f'|: a hundredth either side."""
    outward = math.copysign(0.01, threshold)
    assert metrics(name, biased(threshold + outward))["grad_dead"] == 1
    assert metrics(name, biased(threshold - outward))["grad_dead"] == 0


# Probe sets


def test_a_unit_that_fires_on_the_last_input_of_a_partial_batch_lives():
    batches = [torch.full((16, 1), -1.0), torch.full((16, 1), -1.0), torch.full((3, 1), -1.0)]
    assert metrics("relu", *batches)["grad_dead"] == 1
    batches[2][2] = 0.5
    found = metrics("relu", *batches)
    assert found["grad_dead"] == found["zero_dead"] == found["off_pinned"] == 0
    assert found["active_prob_mean"] == pytest.approx(1 / 35)


def test_more_inputs_never_make_more_dead_units():
    z = torch.randn(64, 500, generator=torch.Generator().manual_seed(0)) - 1.5
    fewer, more = (layer_masks(of("relu", z[:n])) for n in (8, 64))
    for name in ("grad_dead", "grad_dead_strict", "zero_dead", "off_pinned", "on_pinned"):
        assert not (more[name] & ~fewer[name]).any()
    assert 0 < more["grad_dead"].sum() < fewer["grad_dead"].sum()


def test_a_channel_active_at_one_pixel_of_one_image_lives_and_its_other_elements_do_not():
    z = torch.full((1, 5, 1, 4, 6), -1.0)
    z[0, 3, 0, 2, 5] = 2.0
    h, g = outputs_and_derivatives(torch.relu, z)
    channels, elements = UnitStatistics.empty(1, 1), UnitStatistics.empty(1, 24)
    for statistics in (channels, elements):
        statistics.update(z, h, g, derivative_supremum=1.0)
    assert layer_metrics(channels)["grad_dead"].item() == 0
    assert layer_metrics(elements)["grad_dead"].item() == 1 - 1 / 24


# Dormancy, spread, and what is relative to the layer


def of_outputs(h):
    """Statistics of an identity layer whose outputs are given: (n_inputs, n_units)."""
    statistics = UnitStatistics.empty(1, h.shape[1])
    statistics.update(h[None], h[None], torch.ones_like(h)[None], derivative_supremum=1.0)
    return statistics


def test_dormancy_is_relative_to_the_mean_of_the_layer():
    """Sizes of 0, 0.05, 1 (five times) and 1.95 have a mean of 0.875; 0.05 is 0.057 of it."""
    sizes = torch.tensor([0, 0.05, 1, 1, 1, 1, 1, 1.95])
    assert sizes.mean().item() == pytest.approx(0.875)
    found = layer_metrics(of_outputs(torch.stack((sizes, -sizes))))
    for prefix in ("dormant", "centred_dormant"):  # the mean is 0, so that sd(h) = E|h|
        shares = [found[f"{prefix}_{suffix}"].item() for suffix in ("0", "025", "1")]
        assert shares == [1 / 8, 1 / 8, 2 / 8]


def test_a_constant_unit_sleeps_by_its_variation_and_not_by_its_size():
    h = torch.tensor([[5.0, 1.0], [5.0, -1.0]])
    found = layer_metrics(of_outputs(h))
    assert found["dormant_1"].item() == 0
    assert found["centred_dormant_0"].item() == found["const_dead"].item() == 1 / 2


def test_a_layer_of_zeros_is_dormant_and_has_numbers_for_everything():
    found = metrics("relu", biased(-1.0, -2.0), near_zero_below=torch.tensor([0.0]))
    assert found.keys() == NEURON_METRICS.keys()
    assert not any(math.isnan(value) for value in found.values())
    assert all(value == 1 for name, value in found.items() if "dormant" in name)
    assert found["const_dead"] == found["sparsity"] == found["near_sparsity"] == 1
    assert found["mean_shift"] == found["lifetime_entropy"] == 0


def test_a_unit_is_constant_up_to_a_millionth_of_the_layers_rms():
    """The RMS is 1 but for the sixth digit; ranges are 5e-7 and 2e-6."""
    h = torch.tensor([[1.0, 0, 0], [-1.0, 5e-7, 2e-6]]) * math.sqrt(3)
    h[:, 1:] /= math.sqrt(3)
    assert layer_masks(of_outputs(h))["const_dead"].tolist() == [[False, True, False]]


def test_shares_entropy_and_shift_are_those_of_a_hand_calculation():
    """Three units active on 1, 2 and 4 of 4 inputs; outputs of the first 4, 0, 0, 0."""
    z = torch.tensor([[4.0, 2, 3], [-1, 2, 3], [-1, -1, 3], [-1, -1, 3]])
    found = metrics("relu", z)
    assert found["active_prob_mean"] == pytest.approx(7 / 12)
    assert found["active_prob_sd"] == pytest.approx(math.sqrt((1 + 4 + 16) / 48 - (7 / 12) ** 2))
    of_a_quarter = 0.25 * 2 + 0.75 * math.log2(4 / 3)
    assert found["lifetime_entropy"] == pytest.approx((of_a_quarter + 1 + 0) / 3)
    rms = math.sqrt((16 + 8 + 36) / 12)
    assert found["mean_shift"] == pytest.approx((1 + 1 + 3) / 3 / rms)
    assert found["sparsity"] == found["saturation"] == pytest.approx(5 / 12)


def test_a_leaky_slope_counts_as_saturated_at_a_hundredth_and_not_at_a_tenth():
    z = torch.tensor([[-1.0], [1.0]])
    for slope, expected in ((0.01, 0.5), (0.1, 0.0)):
        statistics = UnitStatistics.empty(1, 1)
        h, g = outputs_and_derivatives(torch.nn.LeakyReLU(slope), z[None])
        statistics.update(z[None], h, g, derivative_supremum=1.0)
        assert layer_metrics(statistics)["saturation"].item() == expected


def test_near_sparsity_needs_the_layers_size_and_is_left_out_without():
    """Outputs 1000, 0.5, 2 and 0: their RMS is 500, so that up to 0.5 is near zero."""
    z = torch.tensor([[1000.0], [0.5], [2.0], [-1.0]])
    first = of("relu", z)
    assert "near_sparsity" not in layer_metrics(first)
    assert output_rms(first).item() == pytest.approx(500, rel=1e-5)
    found = metrics("relu", z, near_zero_below=near_zero_threshold(first))
    assert found["near_sparsity"] == 2 / 4
    assert found["sparsity"] == 1 / 4


def test_near_sparsity_is_left_out_where_one_chunk_came_without_a_threshold():
    statistics = of("relu", biased(1.0), near_zero_below=torch.tensor([0.1]))
    assert "near_sparsity" not in layer_metrics(statistics.merge(of("relu", biased(1.0))))


# Networks, slices, divergence


def test_the_networks_rate_is_over_units_and_not_over_layers():
    """1 of 1 and 1 of 4 dead are 2 of 5, not the mean of 100 % and 25 %."""
    layers = [of("relu", biased(-1.0)), of("relu", biased(-1.0, 1.0, 1.0, 1.0))]
    found = network_metrics(layers)
    assert found["grad_dead"].item() == pytest.approx(2 / 5)
    assert found["active_prob_sd"].item() == pytest.approx(math.sqrt(2 / 5 * 3 / 5))


def test_slices_do_not_see_one_another():
    z = torch.randn(3, 50, 6, generator=torch.Generator().manual_seed(1))
    stacked = UnitStatistics.empty(3, 6)
    stacked.update(z, z.relu(), (z > 0).float(), derivative_supremum=1.0)
    together = layer_metrics(stacked)
    for place in range(3):
        alone = metrics("relu", z[place])
        of_place = {name: value[place].item() for name, value in together.items()}
        assert of_place == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_diverged_slice_has_no_metric_at_all_and_no_rate_of_zero(value):
    z = torch.ones(2, 5, 3)
    z[1, 2, 0] = value
    statistics = UnitStatistics.empty(2, 3)
    statistics.update(z, z.relu(), (z > 0).float(), derivative_supremum=1.0)
    both = UnitStatistics.empty(2, 1)
    both.update(*(torch.ones(2, 5, 1),) * 3, derivative_supremum=1.0)
    for found in (layer_metrics(statistics), network_metrics([both, statistics])):
        assert all(of[1].isnan() for of in found.values())
        assert not any(of[0].isnan() for of in found.values())


def test_no_bit_of_a_diverged_slice_is_set():
    """Its other units would be dead; the masks say nothing of a network that isn't one."""
    z = -torch.ones(2, 5, 3)
    z[1, 2, 0] = math.nan
    statistics = UnitStatistics.empty(2, 3)
    statistics.update(z, z.relu(), (z > 0).float(), derivative_supremum=1.0)
    dead = layer_masks(statistics)["grad_dead"]
    assert dead.tolist() == [[True] * 3, [False] * 3]


def test_masks_are_what_rates_are_the_means_of():
    z = torch.randn(40, 30, generator=torch.Generator().manual_seed(2)) - 2
    statistics = of("relu", z)
    found = layer_metrics(statistics)
    masks = layer_masks(statistics)
    assert tuple(masks) == MASKS
    for name, mask in masks.items():
        assert mask.dtype is torch.bool
        assert mask.double().mean().item() == pytest.approx(found[name].item())
    assert 0 < found["grad_dead"].item() < 1


def test_nothing_is_said_about_no_input():
    for function in (layer_metrics, layer_masks):
        with pytest.raises(InputError, match="empty"):
            function(UnitStatistics.empty(2, 3))


# Functions that are the same under two names


def test_tied_functions_have_identical_metrics_to_the_last_bit():
    nn = torch.nn
    z = torch.randn(1, 200, 20, generator=torch.Generator().manual_seed(3)) * 3
    z[0, :9] = 0
    tied = [
        (nn.ReLU(), nn.Threshold(0, 0), nn.LeakyReLU(0.0), nn.Hardtanh(0, math.inf)),
        (nn.ELU(), nn.CELU(1.0)),
        (nn.ReLU6(), nn.Hardtanh(0, 6)),
        (nn.LeakyReLU(0.25), nn.PReLU()),
    ]
    for group in tied:
        found = []
        for module in group:
            statistics = UnitStatistics.empty(1, 20)
            h, g = outputs_and_derivatives(module, z)
            statistics.update(z, h, g, derivative_supremum=1.0)
            found.append(layer_metrics(statistics))
        assert all(other == found[0] for other in found[1:])


def test_scaling_an_activation_changes_none_of_its_metrics():
    """SELU is 1.0507 times an ELU with alpha 1.6733."""
    z = torch.randn(200, 20, generator=torch.Generator().manual_seed(4)) * 3
    selu = metrics("selu", z)
    statistics = UnitStatistics.empty(1, 20)
    elu = torch.nn.ELU(1.6732632423543772848170429916717)
    h, g = outputs_and_derivatives(elu, z[None])
    statistics.update(z[None], h, g, derivative_supremum=1.6732632423543772848170429916717)
    for name, value in layer_metrics(statistics).items():
        assert value.item() == pytest.approx(selu[name], rel=1e-6)
