"""The check has to catch what published benchmarks and libraries got wrong."""

from __future__ import annotations

import dataclasses
import math
import time

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations import ACTIVATIONS
from bench_service.activations.check import problems

CPU = torch.device("cpu")
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


def found(activation, dtype=torch.float32, seed=0):
    return problems(
        activation, dtype=dtype, device=CPU, generator=torch.Generator().manual_seed(seed)
    )


def instead_of(name, function, **changes):
    """The entry of that name with another function in its place."""
    return dataclasses.replace(ACTIVATIONS.get(name), function=function, in_place=None, **changes)


def overwrites(x):
    y = x
    y[y < 0] = 0
    return y


def whole_spread(x):
    """NReLU as it was published elsewhere: one spread for the whole tensor."""
    return F.relu(x + torch.randn_like(x) * x.std())


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("leaky_relu", F.relu),
        ("leaky_relu", lambda x: x),
        ("leaky_relu", lambda x: F.leaky_relu(x, 0.02)),
        ("leaky_relu", lambda x: F.leaky_relu(x, 64.0)),
        ("relu", F.relu6),
        ("relu6", F.relu),
        ("gelu", lambda x: F.gelu(x, approximate="tanh")),
        ("gelu_tanh", F.gelu),
        ("silu", F.mish),
        ("elu", lambda x: F.elu(x, alpha=1.001)),
        ("selu", lambda x: 1.0507 * F.elu(x, 1.6733)),
        ("hardsigmoid", lambda x: torch.clamp(0.2 * x + 0.5, 0, 1)),
        ("softplus", lambda x: F.softplus(x, beta=1.01)),
        ("glu", lambda x: F.glu(x.roll(x.shape[-1] // 2, -1))),
    ],
)
def test_another_function_under_the_name_is_found_in_every_dtype(name, wrong, dtype):
    sentences = found(instead_of(name, wrong), dtype)
    assert sentences
    assert all("expected" in sentence and name in sentence for sentence in sentences)


def test_a_sentence_says_what_where_what_was_expected_and_what_came():
    sentences = found(instead_of("leaky_relu", lambda x: 2 * F.leaky_relu(x)))
    assert sentences[0].startswith("The output of leaky_relu in float64 on cpu at x = ")
    for word in (" is ", " where ", " is expected", " of 2048 values are wrong."):
        assert word in sentences[0]


def test_a_function_that_overwrites_its_input_is_found():
    (sentence,) = found(instead_of("relu", overwrites))
    assert "changes its input" in sentence


def test_another_shape_is_found():
    (sentence,) = found(instead_of("relu", lambda x: F.relu(x).flatten()))
    assert "returns the shape (2048,) for an input of (256, 8)" in sentence
    (sentence,) = found(instead_of("crelu", F.relu))
    assert "where (256, 16) is expected" in sentence
    (sentence,) = found(instead_of("glu", torch.sigmoid))
    assert "where (64, 16) is expected" in sentence


def test_another_dtype_is_found():
    (sentence,) = found(instead_of("relu", lambda x: F.relu(x).double()))
    assert "float64, another dtype than its input's" in sentence


def test_a_result_that_is_no_tensor_is_found():
    (sentence,) = found(instead_of("relu", lambda x: F.relu(x).tolist()))
    assert "returns a list where a tensor is expected" in sentence


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_an_overflow_to_nan_is_found(dtype):
    def naive(x):
        return x * torch.exp(x) / (1 + torch.exp(x))

    (sentence,) = found(instead_of("silu", naive), dtype)
    assert "returns NaN for a finite input at x = " in sentence


def test_undeclared_noise_is_found():
    (sentence,) = found(instead_of("relu", lambda x: F.relu(x) + 1e-3 * torch.rand_like(x)))
    assert "two results for one input" in sentence


def test_a_wrong_gradient_behind_a_right_value_is_found():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return F.relu(x)

        @staticmethod
        def backward(ctx, gradient):
            return 0.5 * gradient

    sentences = found(instead_of("relu", Wrong.apply))
    assert sentences[0].startswith("The gradient of relu in float64")


def test_a_function_without_gradient_is_found():
    sentences = found(instead_of("relu", lambda x: F.relu(x.detach())))
    assert "has no gradient" in sentences[0]


def test_a_wrong_derivative_of_the_entry_itself_is_found():
    wrong = instead_of("tanh", torch.tanh, derivative=torch.ones_like)
    assert found(wrong)[0].startswith("The derivative of tanh")


@pytest.mark.parametrize(
    "mixing",
    [
        lambda x: torch.softmax(x, dim=0),
        lambda x: torch.softmax(x, dim=-1),
        lambda x: x - x.mean(),
        lambda x: x * torch.arange(x.numel(), dtype=x.dtype).reshape(x.shape),
    ],
)
def test_a_function_whose_elements_see_one_another_is_found(mixing):
    mixed = instead_of("relu", mixing, definition=mixing)
    assert "isn't elementwise" in found(mixed)[0]


def test_an_in_place_variant_of_another_function_is_found():
    wrong = dataclasses.replace(ACTIVATIONS.get("relu"), in_place=torch.sigmoid_)
    (sentence,) = found(wrong)
    assert "in place" in sentence


def test_an_exception_becomes_a_sentence():
    def failing(x):
        raise RuntimeError("kernel not\nimplemented")

    assert found(instead_of("relu", failing)) == [
        "relu in float32 on cpu raised RuntimeError: kernel not implemented."
    ]


def test_a_kernel_that_torch_lacks_is_named():
    sentences = found(ACTIVATIONS.get("rrelu"), torch.float16)
    assert sentences == [] or "not implemented for 'Half'" in sentences[0]


# Noise


def test_a_spread_of_the_whole_tensor_instead_of_the_logistic_is_found():
    sentences = found(instead_of("nrelu", whole_spread))
    assert any(sentence.startswith("The average of nrelu") for sentence in sentences)


def test_slopes_between_three_and_eight_are_found():
    def published(x):
        return torch.where(x > 0, x, x * (3 + 5 * torch.rand_like(x)))

    sentences = found(instead_of("rrelu", published))
    assert any(sentence.startswith("The average of rrelu") for sentence in sentences)


def test_a_fixed_slope_in_place_of_a_random_one_is_found():
    sentences = found(instead_of("rrelu", lambda x: F.leaky_relu(x, 11 / 48)))
    assert any("one result for two seeds" in sentence for sentence in sentences)
    assert any(sentence.startswith("The variance of rrelu") for sentence in sentences)


def test_noise_that_no_seed_controls_is_found():
    generator = torch.Generator()

    def own(x):
        generator.seed()
        slopes = torch.rand(x.shape, generator=generator, dtype=x.dtype) * 5 / 24 + 1 / 8
        return torch.where(x > 0, x, x * slopes)

    sentences = found(instead_of("rrelu", own))
    assert any("two results for one seed" in sentence for sentence in sentences)


def test_a_module_that_stays_noisy_when_evaluated_is_found():
    class Noisy(nn.Module):
        def forward(self, x):
            return F.rrelu(x, training=True)

    wrong = dataclasses.replace(ACTIVATIONS.get("rrelu"), module=Noisy)
    assert any(sentence.startswith("The output of rrelu") for sentence in found(wrong))


@pytest.mark.parametrize("name", ["rrelu", "nrelu"])
@pytest.mark.parametrize("seed", range(20))
def test_right_noise_is_never_called_wrong(name, seed):
    assert found(ACTIVATIONS.get(name), seed=seed) == []


@pytest.mark.parametrize("name", ["rrelu", "nrelu", "relu"])
def test_the_global_generator_is_left_as_it_was(name):
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    found(ACTIVATIONS.get(name))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_callers_gradient_mode_does_not_matter():
    with torch.no_grad():
        assert found(ACTIVATIONS.get("gelu")) == []
    with torch.inference_mode():
        assert found(ACTIVATIONS.get("swish_beta")) == []


def test_a_check_takes_milliseconds():
    for activation in ACTIVATIONS:
        found(activation)
    times = []
    for activation in ACTIVATIONS:
        started = time.perf_counter()
        found(activation)
        times.append(time.perf_counter() - started)
    # A median over the catalogue, so that a busy neighbour doesn't decide; it is 1 ms if idle.
    assert sorted(times)[len(times) // 2] < 0.02


def test_infinite_expectations_and_overflowing_dtypes_agree():
    steep = instead_of(
        "relu",
        lambda x: x * 1000,
        definition=lambda x: x * 1000,
        derivative=lambda x: torch.full_like(x, 1000.0),
        derivative_supremum=math.inf,
    )
    assert found(steep, torch.float16) == []
