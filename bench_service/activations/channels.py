"""CReLU, which doubles the channels.

It is listed and can be timed, and enters no comparison in which all else has to be equal.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, ShapeClass, register
from bench_service.activations.elementary import indicator

FAMILY = "rectifier"


def _channel_dimension(x: Tensor) -> int:
    return 1 if x.dim() > 1 else 0


def crelu(x: Tensor) -> Tensor:
    """ReLU(x) and ReLU(-x) side by side along the channels, which are twice as many as in x."""
    return torch.cat((F.relu(x), F.relu(-x)), dim=_channel_dimension(x))


class ConcatenatedReLU(nn.Module):
    """CReLU as a module without state."""

    def forward(self, x: Tensor) -> Tensor:
        """A tensor with twice the channels of x."""
        return crelu(x)


register(
    Activation(
        name="crelu",
        family=FAMILY,
        function=crelu,
        module=ConcatenatedReLU,
        definition=lambda x: torch.cat(
            (
                torch.where(x < 0, torch.zeros_like(x), x),
                torch.where(x > 0, torch.zeros_like(x), -x),
            ),
            dim=_channel_dimension(x),
        ),
        derivative=lambda x: indicator(x > 0, x) - indicator(x < 0, x),
        formula="(max(0, x), max(0, -x)) along the channels",
        latex=r"\left(\max(0, x), \max(0, -x)\right)",
        source="W. Shang, K. Sohn, D. Almeida and H. Lee 2016, Understanding and improving "
        "convolutional neural networks via concatenated rectified linear units, arXiv:1603.05201",
        shape_class=ShapeClass.WIDTH_DOUBLED,
        kinks=(0.0,),
        can_be_zero=True,  # one of the two outputs always is; the pair never is, nor is it flat
        is_composed=True,
    )
)
