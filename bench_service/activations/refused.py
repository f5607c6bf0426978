"""Names that mean two things in the literature: refused, with the entries that they may mean."""

from __future__ import annotations

from bench_service.activations.base import ACTIVATIONS

REFUSED = {
    "srelu": "srelu_shifted, which is max(-1, x); the S-shaped ReLU of Jin et al. 2015 with four "
    "learnt parameters is not in the catalogue",
    "swish": "silu, where beta is 1; swish_beta, where it is learnt",
    "hard_swish": "hardswish, by its name in torch; hard_mish is another function",
    "hard_sigmoid": "hardsigmoid, which is min(max(0, x + 3), 6) / 6; older Keras has "
    "min(max(0, 0.2 x + 0.5), 1), which is not in the catalogue",
    "frelu": "flexible_frelu, which adds a learnt bias to ReLU; funnel_frelu, which compares x "
    "with a convolution",
    "relu_n": "relu1, whose cap is 1; relu6, whose cap is 6",
    "relun": "relu1, whose cap is 1; relu6, whose cap is 6",
    "brelu": "relu1, the bounded ReLU with a cap of 1; the bipolar ReLU of Eidnes and Nøkland "
    "2017 is not in the catalogue",
    "lrelu": "leaky_relu, whose parameter negative_slope multiplies x and is 0.01 by default; "
    "other sources divide by their parameter, or start from 0.1, 0.2, 0.3 or 1 / 5.5",
    "prelu": "prelu_shared, with one learnt slope; prelu_channel, with one for each channel",
    "gelu_new": "gelu_tanh, the tanh approximation; gelu is the exact function",
    "gelu_fast": "gelu_tanh, the tanh approximation; quick_gelu, the logistic one",
    "gelu_approximate": "gelu_tanh, the tanh approximation; quick_gelu, the logistic one",
    "threshold": "thresholded_relu, where what is below the threshold becomes 0; torch's Threshold "
    "also chooses that value",
    "shrink": "hardshrink, softshrink or tanhshrink",
}


def refuse_ambiguous_names() -> None:
    """Make each of the names above raise with its explanation."""
    for name, why in REFUSED.items():
        ACTIVATIONS.refuse(name, why)
