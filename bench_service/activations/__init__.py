"""The catalogue of activations: importing this package registers every entry."""

# isort: off
# The order in which the families are imported is the order of the catalogue: ReLU comes first.
from bench_service.activations import (
    rectified,
    clipped,
    squared,
    parametric,
    stochastic,
    channels,
    funnel,
    exponential,
    smooth,
    gelu,
    self_gated,
    hard,
    bounded,
    shrinkage,
    controls,
    gated,
    refused,
)

# isort: on
from bench_service.activations.base import ACTIVATIONS, Activation, ShapeClass, register

FAMILIES = (
    rectified,
    clipped,
    squared,
    parametric,
    stochastic,
    channels,
    funnel,
    exponential,
    smooth,
    gelu,
    self_gated,
    hard,
    bounded,
    shrinkage,
    controls,
    gated,
)

refused.refuse_ambiguous_names()

__all__ = ["ACTIVATIONS", "FAMILIES", "Activation", "ShapeClass", "register"]
