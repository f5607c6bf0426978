"""What is said about neurons: each metric's name, formula, meaning and source. Needs no torch.

A unit is a neuron of a dense layer or a channel of a convolution. z is its pre-activation,
h = f(z) its output, g = f'(z) its derivative, over the inputs of a probe set (and the positions of
an image). sup|f'| is the activation's steepest slope, and RMS the root mean square of h over the
layer. A layer's value is the mean over its units, and the network's the mean over all hidden units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench_service.quantities import Better, Quantity, format_number, format_ratio, format_share

GRADIENT_TOLERANCE = 1e-3
"""Slopes up to this share of sup|f'| count as none in ``grad_dead``."""
SATURATION_SHARE = 0.05
"""Slopes below this share of sup|f'| count as saturated."""
CONSTANT_TOLERANCE = 1e-6
"""Ranges of h up to this share of the layer's RMS count as none in ``const_dead``."""
NEAR_ZERO_SHARE = 1e-3
"""Outputs up to this share of the layer's RMS count as near zero."""
DORMANCY_THRESHOLDS = {"0": 0.0, "025": 0.025, "1": 0.1}
"""Thresholds tau of Sokar et al. 2023, by the suffix of the metric's name."""
HEADLINE = "grad_dead"

MAAS = (
    "A. Maas, A. Hannun and A. Ng 2013, Rectifier nonlinearities improve neural network acoustic "
    "models, ICML workshop on deep learning for audio, speech and language"
)
GLOROT_SPARSE = (
    "X. Glorot, A. Bordes and Y. Bengio 2011, Deep sparse rectifier neural networks, AISTATS"
)
LU = (
    "L. Lu, Y. Shin, Y. Su and G. Karniadakis 2019, Dying ReLU and initialization: theory and "
    "numerical examples, arXiv:1903.06733"
)
SOKAR = (
    "G. Sokar, R. Agarwal, P. Castro and U. Evci 2023, The dormant neuron phenomenon in deep "
    "reinforcement learning, arXiv:2302.12902"
)
DOHARE = (
    "S. Dohare et al. 2024, Loss of plasticity in deep continual learning, Nature 632, "
    "doi:10.1038/s41586-024-07711-7"
)
GLOROT_DEEP = (
    "X. Glorot and Y. Bengio 2010, Understanding the difficulty of training deep feedforward "
    "neural networks, AISTATS"
)
CLEVERT = (
    "D.-A. Clevert, T. Unterthiner and S. Hochreiter 2015, Fast and accurate deep network "
    "learning by exponential linear units, arXiv:1511.07289"
)
OWN = "this project"


@dataclass(frozen=True, kw_only=True)
class NeuronMetric:
    """The definition of a metric: its name is what is stored with every number."""

    name: str
    long_name: str
    formula: str
    """Of one unit; a layer has the mean over units unless it says otherwise."""
    meaningful_for: str
    source: str
    better: Better = "lower"
    unit: str = "1"
    is_mask: bool = False
    """A unit meets it or not: the layer's value is a share of units, and masks can be kept."""
    format: Callable[[float], str] = format_share

    @property
    def is_share(self) -> bool:
        """True where it lies between 0 and 1 and is printed as a percentage."""
        return self.format is format_share

    @property
    def quantity(self) -> Quantity:
        """The metric as the pages and tables show it."""
        return Quantity(self.name, self.long_name, self.unit, self.better, self.format)


def _mask(
    name: str,
    long_name: str,
    formula: str,
    meaningful_for: str,
    source: str,
) -> NeuronMetric:
    return NeuronMetric(
        name=name,
        long_name=long_name,
        formula=formula,
        meaningful_for=meaningful_for,
        source=source,
        is_mask=True,
    )


def _dormant(suffix: str, tau: float, *, is_centred: bool) -> NeuronMetric:
    if is_centred:
        return _mask(
            f"centred_dormant_{suffix}",
            f"units whose output varies up to {tau:g} of the layer's average",
            f"sd(h) <= {tau:g} * mean over the layer's units of sd(h)",
            "all activations",
            f"{OWN}: the next one, by the standard deviation",
        )
    return _mask(
        f"dormant_{suffix}",
        f"units whose output is up to {tau:g} of the layer's average",
        f"E|h| <= {tau:g} * mean over the layer's units of E|h|",
        "activations with f(-inf) = 0; means nothing for sigmoid, softplus or StarReLU",
        SOKAR,
    )


_METRICS = (
    _mask(
        HEADLINE,
        "units without gradient",
        f"max|g| <= {GRADIENT_TOLERANCE:g} * sup|f'|",
        "all activations; always 0 where |f'| stays above that, as for leaky ReLU and |x|",
        f"{OWN}: by the gradient, which every activation has, where {LU} has the output of ReLU",
    ),
    _mask(
        "grad_dead_strict",
        "units with a gradient of exactly 0",
        "max|g| = 0",
        "all activations; where f' only decays, a matter of rounding",
        OWN,
    ),
    _mask(
        "zero_dead",
        "units with an output of exactly 0",
        "max|h| = 0",
        "activations that are 0 on an interval: ReLU, ReLU6, ReLU^2, hardswish, shrinkages; "
        "never to be compared with one that isn't, such as ELU",
        f"{DOHARE}; at initialisation {LU}",
    ),
    _mask(
        "off_pinned",
        "units that never cross 0 from below",
        "max z <= 0",
        "rectifiers, leaky ones and ELU included: it would be dead as a ReLU",
        OWN,
    ),
    _mask(
        "on_pinned",
        "units that are always above 0",
        "min z > 0",
        "rectifiers: the unit acts linearly",
        OWN,
    ),
    _mask(
        "const_dead",
        "units with a constant output",
        f"max h - min h <= {CONSTANT_TOLERANCE:g} * RMS",
        "all activations; also finds ReLU6 pinned at 6 and a saturated sigmoid",
        f"{OWN}, after {LU}",
    ),
    *(_dormant(*threshold, is_centred=False) for threshold in DORMANCY_THRESHOLDS.items()),
    *(_dormant(*threshold, is_centred=True) for threshold in DORMANCY_THRESHOLDS.items()),
    NeuronMetric(
        name="saturation",
        long_name="share of inputs in a flat part",
        formula=f"share of inputs with |g| < {SATURATION_SHARE:g} * sup|f'|",
        meaningful_for="all activations; the left side of a leaky ReLU counts as flat at a slope "
        "of 0.01, and doesn't at 0.1",
        source=f"{OWN}, after {GLOROT_DEEP}",
    ),
    NeuronMetric(
        name="sparsity",
        long_name="outputs of exactly 0",
        formula="share of inputs with h = 0",
        meaningful_for="activations that are 0 on an interval",
        source=GLOROT_SPARSE,
        better="neither",
    ),
    NeuronMetric(
        name="near_sparsity",
        long_name="outputs near 0",
        formula=f"share of inputs with |h| <= {NEAR_ZERO_SHARE:g} * RMS",
        meaningful_for="all activations",
        source=f"{OWN}, after {GLOROT_SPARSE}",
        better="neither",
    ),
    NeuronMetric(
        name="active_prob_mean",
        long_name="share of inputs above 0",
        formula="p = share of inputs with z > 0",
        meaningful_for="rectifiers",
        source=MAAS,
        better="neither",
    ),
    NeuronMetric(
        name="active_prob_sd",
        long_name="spread over units of the share of inputs above 0",
        formula="standard deviation over units (divided by their number) of p",
        meaningful_for="rectifiers",
        source=MAAS,
        better="neither",
        format=format_ratio,
    ),
    NeuronMetric(
        name="lifetime_entropy",
        long_name="entropy of being above 0",
        formula="-p log2 p - (1 - p) log2(1 - p)",
        meaningful_for="rectifiers: 0 where it is always the same units that are active, 1 where "
        "every unit is active on half of the inputs",
        source=OWN,
        better="neither",
        unit="bit",
        format=format_ratio,
    ),
    NeuronMetric(
        name="mean_shift",
        long_name="distance of a unit's mean output from 0",
        formula="|E h| / RMS; 0 where all outputs are 0",
        meaningful_for="all activations",
        source=f"{OWN}, after {CLEVERT}",
        format=format_number,
    ),
)

NEURON_METRICS = {metric.name: metric for metric in _METRICS}
"""Every metric by its stored name, the headline first."""
MASKS = tuple(metric.name for metric in _METRICS if metric.is_mask)
"""Those that a unit meets or not."""
