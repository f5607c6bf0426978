"""MNIST, Fashion-MNIST and CIFAR-10: larger tasks, whose data are fetched when first needed."""

from __future__ import annotations

import itertools
import math
from collections import OrderedDict
from collections.abc import Callable

from torch import nn

from bench_service.workloads.base import WORKLOADS, ActivationFactory, Optimizer, Workload
from bench_service.workloads.layers import after_activation, mlp
from bench_service.workloads.losses import CLASSIFICATION
from bench_service.workloads.openml_data import ImageSet
from bench_service.workloads.openml_stream import N_CLASSES, ImageStream, kept_images

MNIST = ImageSet("mnist_784", 1, (1, 28, 28))
FASHION = ImageSet("Fashion-MNIST", 1, (1, 28, 28))
CIFAR_10 = ImageSet("CIFAR_10", 1, (3, 32, 32))
N_HELD_OUT = 1000
"""Images to validate on, and as many to test on: what a stack of slices holds in memory at once."""
BATCH_SIZE = 128
N_STEPS = 1000
CHANNELS = (3, 32, 64, 128)


def dense(activation: ActivationFactory) -> nn.Sequential:
    """Three layers of 500 units and ten logits, for images of 28 x 28."""
    model = mlp((28 * 28, 500, 500, 500, N_CLASSES), activation)
    return nn.Sequential(OrderedDict(flatten=nn.Flatten(), **dict(model.named_children())))


def convolutional(activation: ActivationFactory) -> nn.Sequential:
    """Normalised convolutions of 32, 64 and 128 channels that halve the side; a linear layer."""
    model = nn.Sequential()
    for number, (n_in, n_out) in enumerate(itertools.pairwise(CHANNELS), start=1):
        conv = nn.Conv2d(n_in, n_out, 3, stride=2, padding=1, bias=False)
        model.add_module(f"conv{number}", conv if number == 1 else after_activation(conv))
        model.add_module(f"norm{number}", nn.BatchNorm2d(n_out))
        model.add_module(f"act{number}", activation(n_out))
    model.add_module("flatten", nn.Flatten())
    side = CIFAR_10.shape[1] // 2 ** (len(CHANNELS) - 1)
    model.add_module("head", after_activation(nn.Linear(CHANNELS[-1] * side**2, N_CLASSES)))
    return model


def _add(
    name: str,
    image_set: ImageSet,
    model: Callable[[ActivationFactory], nn.Module],
    description: str,
    source: str,
    slice_step_us: float,
) -> None:
    WORKLOADS.add(
        name,
        Workload(
            name=name,
            version=1,
            description=f"{description}; the data come from OpenML at first use.",
            source=source,
            data=lambda seeds: ImageStream(kept_images(image_set), seeds, BATCH_SIZE, N_HELD_OUT),
            model=model,
            task=CLASSIFICATION,
            optimizer=Optimizer(name="adam"),
            lrs=(1e-5, 3.16e-5, 1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2),
            default_lr=1e-3,
            n_steps=N_STEPS,
            batch_size=BATCH_SIZE,
            n_evaluations=10,
            n_probe=256,
            chance=math.log(N_CLASSES),
            is_downloaded=True,
            slice_step_us=slice_step_us,
        ),
    )


_add(
    "openml_mnist",
    MNIST,
    dense,
    "784-500-500-500-10 network on handwritten digits, 2 epochs of Adam",
    "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner 1998, Gradient-based learning applied to "
    "document recognition, doi:10.1109/5.726791; held-out digits are drawn from all 70,000",
    20000.0,
)
_add(
    "openml_fashion_mnist",
    FASHION,
    dense,
    "784-500-500-500-10 network on pictures of clothes, 2 epochs of Adam",
    "H. Xiao, K. Rasul and R. Vollgraf 2017, Fashion-MNIST, arXiv:1708.07747; held-out pictures "
    "are drawn from all 70,000",
    20000.0,
)
_add(
    "openml_cifar10",
    CIFAR_10,
    convolutional,
    "Three normalised convolutions and a linear layer on colour photographs, 2 epochs of Adam",
    "D. Misra 2019, Mish: a self regularized non-monotonic activation function, "
    "arXiv:1908.08681, CIFAR-10 by Adam at 1e-3 with batches of 128: 50 epochs of a SqueezeNet, "
    "here 2 of three layers; held-out pictures are drawn from all 60,000",
    80000.0,
)
