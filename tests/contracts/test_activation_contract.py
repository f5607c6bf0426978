"""What every activation promises, in the catalogue or brought by a user."""

from __future__ import annotations

import copy
import math
import re

import numpy as np
import pytest
import torch
from torch import nn

from bench_service.activations import ACTIVATIONS, ShapeClass
from bench_service.activations.check import problems
from bench_service.activations.custom import load_activation

CPU = torch.device("cpu")
N_CHANNELS = 4
INF = math.inf
NAN = math.nan

USER_FILE = """
import torch
from torch import nn

def cubed_gate(x):
    return x * torch.sigmoid(x) ** 3

class Swoosh(nn.Module):
    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return torch.nn.functional.softplus(x - self.shift) - 0.08 * x
"""
USER_NAMES = ("cubed_gate", "Swoosh")

CATALOGUE = ACTIVATIONS.names()
ELEMENTWISE = tuple(a.name for a in ACTIVATIONS if a.shape_class.keeps_width)
QUIET = tuple(
    name for name in ELEMENTWISE if ACTIVATIONS.get(name).shape_class is not ShapeClass.STOCHASTIC
)
GATED = tuple(a.name for a in ACTIVATIONS if a.shape_class is ShapeClass.WIDTH_HALVED)
IN_PLACE = tuple(a.name for a in ACTIVATIONS if a.in_place is not None)

# (f(-inf), f(0), f(inf)), each from the formula's limit.
LIMITS = {
    "relu": (0, 0, INF),
    "relu6": (0, 0, 6),
    "relu1": (0, 0, 1),
    "thresholded_relu": (0, 0, INF),
    "leaky_relu": (-INF, 0, INF),
    "abs": (INF, 0, INF),
    "srelu_shifted": (-1, 0, INF),
    "relu2": (0, 0, INF),
    "starrelu": (-0.4472, -0.4472, INF),
    "prelu_shared": (-INF, 0, INF),
    "prelu_channel": (-INF, 0, INF),
    "flexible_frelu": (0, 0, INF),
    "rrelu": (-INF, 0, INF),
    "nrelu": (0, 0, INF),
    "elu": (-1, 0, INF),
    "selu": (-1.7580993408473766, 0, INF),
    "celu": (-1, 0, INF),
    "isrlu": (-1, 0, INF),
    "softplus": (0, 0.6931471805599453, INF),
    "squareplus": (0, 1, INF),
    "logsigmoid": (-INF, -0.6931471805599453, 0),
    "gelu": (0, 0, INF),
    "gelu_tanh": (0, 0, INF),
    "quick_gelu": (0, 0, INF),
    "silu": (0, 0, INF),
    "swish_beta": (0, 0, INF),
    "mish": (0, 0, INF),
    "lisht": (INF, 0, INF),
    "hardswish": (0, 0, INF),
    "hard_mish": (0, 0, INF),
    "hardsigmoid": (0, 0.5, 1),
    "hardtanh": (-1, 0, 1),
    "flatten_t_swish": (-0.2, -0.2, INF),
    "sigmoid": (0, 0.5, 1),
    "tanh": (-1, 0, 1),
    "penalized_tanh": (-0.25, 0, 1),
    "softsign": (-1, 0, 1),
    "erf": (-1, 0, 1),
    "hardshrink": (-INF, 0, INF),
    "softshrink": (-INF, 0, INF),
    "tanhshrink": (-INF, 0, INF),
    "identity": (-INF, 0, INF),
    "sine": (NAN, 0, NAN),
}

# Where a product of infinity and 0 inside a kernel may give NaN instead of the limit. It depends
# on torch's version, the dtype and the vector unit.
MAY_BE_NAN_AT_MINUS_INFINITY = {
    "isrlu", "squareplus", "gelu", "gelu_tanh", "quick_gelu", "silu", "swish_beta", "mish",
    "hardswish", "hard_mish", "softsign", "flatten_t_swish", "nrelu",
}  # fmt: skip
MAY_BE_NAN_AT_INFINITY = {"gelu", "gelu_tanh", "softsign", "isrlu"}

# The slope that torch uses at each kink. Where a function has none, its slope is continuous.
SLOPES_AT_KINKS = {
    "relu": {0: 0},
    "relu6": {0: 0, 6: 0},
    "relu1": {0: 0, 1: 0},
    "thresholded_relu": {1: 0},
    "leaky_relu": {0: 0.01},
    "abs": {0: 0},
    "srelu_shifted": {-1: 1},
    "prelu_shared": {0: 0.25},
    "prelu_channel": {0: 0.25},
    "flexible_frelu": {0: 0},
    "rrelu": {0: 11 / 48},
    "nrelu": {0: 0},
    "selu": {0: 1.7580993408473766},
    "hardswish": {-3: 0, 3: 1},
    "hard_mish": {-2: -1},
    "hardsigmoid": {-3: 0, 3: 0},
    "hardtanh": {-1: 0, 1: 0},
    "flatten_t_swish": {0: 0},
    "penalized_tanh": {0: 0.25},
    "hardshrink": {-0.5: 0, 0.5: 0},
    "softshrink": {-0.5: 0, 0.5: 0},
}


@pytest.fixture(scope="module")
def user_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("user") / "mine.py"
    path.write_text(USER_FILE)
    return path


@pytest.fixture
def entry(request, user_file):
    """The activation of that name: from the catalogue, or from the user's file."""
    if request.param in ACTIVATIONS:
        return ACTIVATIONS.get(request.param)
    return load_activation(f"{user_file}:{request.param}")


def over(*names):
    return pytest.mark.parametrize("entry", names, indirect=True, ids=names)


def evaluated(activation, x):
    """f(x) in evaluation mode, in the dtype of x, with gradients where x asks for them."""
    if activation.shape_class is ShapeClass.STOCHASTIC:
        return activation.module().eval()(x)
    return activation.function(x, **learnt(activation, x))


def learnt(activation, x):
    if activation.tensors is None:
        return {}
    return activation.tensors(x.shape[1] if x.dim() > 1 else 1, x.dtype, x.device)


def module_of(activation):
    if activation.tensors is None:
        return activation.module()
    return activation.module(n_channels=N_CHANNELS)


def slope_by_autograd(activation, x):
    leaf = x.clone().requires_grad_()
    output = evaluated(activation, leaf)
    return torch.autograd.grad(output, leaf, torch.ones_like(output))[0]


def points(kinks=(), reach=30.0):
    """Both signs, sorted and not, on the pieces and close to the kinks, but not on them."""
    x = np.concatenate(
        (
            np.linspace(-reach, reach, 2401),
            np.random.default_rng(0).normal(scale=2.0, size=995),
            np.array([-1e-3, 1e-3, -1e-6, 1e-6]),
        )
    )
    for kink in kinks:
        x = np.where(np.abs(x - kink) < 1e-9, kink + 0.25, x)
    return x[: x.size // N_CHANNELS * N_CHANNELS]


def packed_input(activation, seed=0):
    """An input in a shape that the activation accepts: images for spatial ones."""
    generator = torch.Generator().manual_seed(seed)
    shape = (
        (2, N_CHANNELS, 5, 6) if activation.shape_class is ShapeClass.SPATIAL else (3, N_CHANNELS)
    )
    return torch.randn(shape, generator=generator, dtype=torch.float64)


# Values and gradients


@over(*ELEMENTWISE)
def test_the_value_is_that_of_the_formula(entry, reference):
    x = points()
    got = evaluated(entry, torch.from_numpy(x)).detach().numpy()
    # F.softplus is straight above 20, where it is off by 2.1e-9.
    np.testing.assert_allclose(got, reference.value(entry.name, x), rtol=1e-9, atol=1e-9)


@over(*ELEMENTWISE)
def test_the_definition_is_that_of_the_formula(entry, reference):
    x = points()
    got = entry.definition(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, reference.value(entry.name, x), rtol=1e-12, atol=2e-13)


@over(*ELEMENTWISE)
def test_the_gradient_is_the_slope_of_the_formula(entry, reference):
    x = points(entry.kinks)
    got = slope_by_autograd(entry, torch.from_numpy(x)).numpy()
    # The slope of F.hardsigmoid is 1/6 in float32.
    np.testing.assert_allclose(got, reference.slope(entry.name, x), rtol=1e-8, atol=6e-9)


@over(*ELEMENTWISE)
def test_the_derivative_is_the_slope_of_the_formula(entry, reference):
    x = points(entry.kinks)
    got = entry.derivative(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, reference.slope(entry.name, x), rtol=1e-11, atol=1e-12)


@over(*GATED)
def test_a_gated_unit_multiplies_its_first_half_by_the_gate_of_its_second(entry, reference):
    x = points().reshape(-1, 2 * N_CHANNELS)
    expected = reference.gated(entry.name, x)
    for function in (entry.function, entry.definition, entry.module()):
        got = function(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-11)


@over(*GATED)
def test_a_gated_unit_has_the_gradient_of_the_product(entry, reference):
    x = points((0.0,)).reshape(-1, 2 * N_CHANNELS)
    expected = reference.gated_slope(entry.name, x)
    packed = torch.from_numpy(x)
    np.testing.assert_allclose(entry.derivative(packed), expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(slope_by_autograd(entry, packed), expected, rtol=1e-10, atol=1e-10)


def test_crelu_puts_both_signs_side_by_side(reference):
    entry = ACTIVATIONS.get("crelu")
    x = points((0.0,)).reshape(-1, N_CHANNELS)
    packed = torch.from_numpy(x)
    np.testing.assert_array_equal(entry.function(packed), reference.crelu(x))
    np.testing.assert_array_equal(entry.definition(packed), reference.crelu(x))
    np.testing.assert_array_equal(entry.derivative(packed), np.sign(x))
    np.testing.assert_array_equal(slope_by_autograd(entry, packed), np.sign(x))


def test_funnel_compares_each_pixel_with_the_mean_around_it(reference):
    entry = ACTIVATIONS.get("funnel_frelu")
    x = np.random.default_rng(1).normal(size=(2, N_CHANNELS, 6, 5))
    expected = reference.funnel(x)
    packed = torch.from_numpy(x)
    np.testing.assert_allclose(evaluated(entry, packed).detach(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(entry.definition(packed), expected, rtol=1e-12, atol=1e-12)
    # The neighbourhood is symmetric, so that the transposed sum is the sum itself.
    own = (x > reference.funnel_neighbours(x)).astype(float)
    slope = own + reference.funnel_neighbours(1 - own)
    np.testing.assert_allclose(entry.derivative(packed), slope, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(slope_by_autograd(entry, packed), slope, rtol=1e-12, atol=1e-12)


@over(*QUIET)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_the_value_survives_a_narrower_dtype(entry, dtype, reference):
    x = torch.from_numpy(points(reach=8.0)).to(dtype)
    exact = x.double().numpy()
    expected = reference.value(entry.name, exact)
    got = evaluated(entry, x)
    assert got.dtype == dtype
    # Four units in the last place of the larger of input and result; composed ones need two.
    # Vectorised float32 kernels, which narrower dtypes use too, are good to 2^-23 near 0.
    scale = np.maximum(np.abs(expected), np.abs(exact))
    allowed = 4 * (torch.finfo(dtype).eps * scale + 2.0**-23)
    assert (np.abs(got.detach().double().numpy() - expected) <= allowed).all()


@over(*QUIET, *USER_NAMES)
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16], ids=str
)
def test_the_check_finds_nothing_wrong(entry, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    assert problems(entry, dtype=dtype, device=CPU, generator=generator) == []


@over("rrelu", "nrelu", "crelu", "funnel_frelu", *GATED)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_the_check_finds_nothing_wrong_with_noise_gates_and_neighbours(entry, dtype):
    generator = torch.Generator().manual_seed(0)
    assert problems(entry, dtype=dtype, device=CPU, generator=generator) == []


# Special values


@over(*ELEMENTWISE)
def test_nan_stays_nan(entry):
    nan = torch.tensor([NAN], dtype=torch.float64)
    assert evaluated(entry, nan).isnan().all()
    assert evaluated(entry, nan.float()).isnan().all()
    assert entry.definition(nan).isnan().all()


@over(*ELEMENTWISE)
def test_the_definition_reaches_its_limits_at_infinity(entry):
    low, middle, high = LIMITS[entry.name]
    got = entry.definition(torch.tensor([-INF, 0.0, INF], dtype=torch.float64))
    np.testing.assert_allclose(got, [low, middle, high], rtol=1e-15)


@over(*ELEMENTWISE)
def test_the_function_reaches_its_limits_or_says_nan(entry):
    low, middle, high = LIMITS[entry.name]
    # In one vector and one by one: kernels treat the rest of a vector in another way.
    for x in (torch.tensor([-INF, 0.0, INF]), torch.tensor([-INF, 0.0, INF]).repeat(16)):
        got = evaluated(entry, x).detach().numpy()[:3]
        np.testing.assert_allclose(got[1], middle, rtol=1e-6)
        if not (entry.name in MAY_BE_NAN_AT_MINUS_INFINITY and np.isnan(got[0])):
            np.testing.assert_allclose(got[0], low, rtol=1e-6)
        if not (entry.name in MAY_BE_NAN_AT_INFINITY and np.isnan(got[2])):
            np.testing.assert_allclose(got[2], high, rtol=1e-6)


@over(*ELEMENTWISE)
def test_both_zeros_have_the_same_value(entry):
    expected = LIMITS[entry.name][1]
    got = evaluated(entry, torch.tensor([0.0, -0.0], dtype=torch.float64))
    assert got[0] == got[1]  # 0 and -0 are equal, and relu(-0) may be either
    assert got[0].item() == pytest.approx(expected, abs=1e-15)


@over(*ELEMENTWISE)
def test_huge_numbers_overflow_nothing_but_squares(entry):
    x = torch.tensor([-1e30, -1e4, 1e4, 1e30], dtype=torch.float64)
    assert entry.definition(x).isfinite().all()
    assert entry.derivative(x).isfinite().all()
    assert not evaluated(entry, x).isnan().any()
    assert not slope_by_autograd(entry, torch.tensor([-1e4, 1e4])).isnan().any()


# Kinks


@over(*ELEMENTWISE)
def test_kinks_are_those_that_are_known(entry):
    assert entry.kinks == tuple(sorted(SLOPES_AT_KINKS.get(entry.name, {})))


@over(*SLOPES_AT_KINKS)
def test_the_slope_at_a_kink_is_the_one_that_torch_uses(entry):
    kinks, slopes = zip(*SLOPES_AT_KINKS[entry.name].items(), strict=True)
    x = torch.tensor(kinks, dtype=torch.float64)
    np.testing.assert_allclose(entry.derivative(x), slopes, rtol=1e-15)
    np.testing.assert_allclose(slope_by_autograd(entry, x), slopes, rtol=1e-7)


@over(*ELEMENTWISE)
def test_away_from_kinks_value_and_slope_are_continuous(entry, reference):
    x = np.linspace(-8, 8, 16001) + 1e-4  # on no kink
    jumps = np.maximum(
        np.abs(np.diff(reference.value(entry.name, x))) / 50,
        np.abs(np.diff(reference.slope(entry.name, x))),
    )
    crossed = np.zeros(jumps.size, dtype=bool)
    for kink in entry.kinks:
        crossed |= (x[:-1] <= kink) & (kink <= x[1:])
    assert jumps[~crossed].max() < 5e-3
    assert (jumps[crossed] > 5e-3).all()


# What the entry says of itself


@over(*ELEMENTWISE)
def test_can_be_zero_is_what_a_grid_shows(entry, reference):
    x = np.linspace(-6, 8, 1401)
    assert entry.can_be_zero == _has_a_run(reference.value(entry.name, x) == 0)


@over(*ELEMENTWISE)
def test_can_be_flat_is_what_a_grid_shows(entry, reference):
    x = np.linspace(-6, 8, 1401) + 1e-4
    assert entry.can_be_flat == _has_a_run(reference.slope(entry.name, x) == 0)


def _has_a_run(found, length=20):
    return bool((np.convolve(found, np.ones(length), mode="valid") == length).any())


@over(*GATED)
def test_a_gated_unit_is_dead_on_an_open_set_only_with_relu(entry):
    x = torch.cat((torch.full((1, 4), 0.7), torch.linspace(-5.0, -1.0, 4)[None]), dim=1).double()
    is_dead = bool((entry.function(x) == 0).all() and (entry.derivative(x) == 0).all())
    assert is_dead == (entry.name == "reglu")
    assert entry.can_be_zero == entry.can_be_flat == is_dead


# Where a grid misses the steepest slope: far to the right, or just left of a kink.
STEEPEST_AT = {"squareplus": 1e5, "softsign": 1e-9, "selu": -1e-9, "hardswish": 3 - 1e-9}


@over(*(name for name in ELEMENTWISE if math.isfinite(ACTIVATIONS.get(name).derivative_supremum)))
def test_the_steepest_slope_is_the_supremum(entry, reference):
    x = np.append(np.linspace(-30, 30, 120001) + 1e-7, STEEPEST_AT.get(entry.name, 0.5))
    steepest = np.abs(reference.slope(entry.name, x)).max()
    assert steepest <= entry.derivative_supremum * (1 + 1e-9)
    assert steepest == pytest.approx(entry.derivative_supremum, rel=1e-6)


@over("relu2", "starrelu")
def test_a_squared_rectifier_has_no_steepest_slope(entry, reference):
    assert entry.derivative_supremum == INF
    assert reference.slope(entry.name, np.array([1e6]))[0] > 1e6


@over(*CATALOGUE, *USER_NAMES)
def test_the_entry_describes_itself(entry):
    assert entry.formula
    assert entry.latex
    assert entry.source == "user" or re.search(r"(19|20)\d\d|torch|control", entry.source)
    assert entry.version >= 1


@over(*CATALOGUE)
def test_the_defaults_are_the_parameters_that_are_listed(entry):
    x = packed_input(entry)
    tensors = learnt(entry, x)
    if entry.shape_class is not ShapeClass.STOCHASTIC:
        named = entry.function(x, **tensors, **entry.parameters)
        assert torch.equal(named, entry.function(x, **tensors))
    assert torch.equal(entry.definition(x, **entry.parameters), entry.definition(x))
    assert torch.equal(entry.derivative(x, **entry.parameters), entry.derivative(x))
    module = entry.module(**entry.parameters)
    assert isinstance(module, nn.Module)


# Modules, in-place variants, transforms


@over(*CATALOGUE, *USER_NAMES)
def test_the_module_computes_what_the_function_does(entry):
    x = packed_input(entry).float()
    module = module_of(entry).eval()
    torch.testing.assert_close(module(x), evaluated(entry, x))


@over(*CATALOGUE)
def test_the_module_takes_no_positional_argument(entry):
    with pytest.raises(TypeError):
        entry.module(True)  # nn.LeakyReLU(True) would be a slope of 1


@over(*CATALOGUE, *USER_NAMES)
def test_a_module_gets_its_state_back(entry):
    x = packed_input(entry).float()
    trained = module_of(entry).eval()
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.add_(0.125)
    fresh = module_of(entry).eval()
    fresh.load_state_dict(trained.state_dict())
    assert torch.equal(fresh(x), trained(x))
    assert torch.equal(copy.deepcopy(trained)(x), trained(x))
    learns = any(True for _ in trained.parameters())
    assert learns == (entry.tensors is not None or entry.name.endswith("Swoosh"))


@over(*IN_PLACE)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_in_place_gives_the_same_and_no_new_memory(entry, dtype):
    x = torch.from_numpy(points(reach=8.0)).to(dtype)
    torch.manual_seed(0)
    expected = entry.function(x)
    overwritten = x.clone()
    torch.manual_seed(0)
    returned = entry.in_place(overwritten)
    assert torch.equal(overwritten, expected)
    assert returned.data_ptr() == overwritten.data_ptr()


@over(*CATALOGUE, *USER_NAMES)
def test_modules_can_be_stacked_and_differentiated_together(entry):
    modules = [module_of(entry).eval() for _ in range(3)]
    with torch.no_grad():
        for shift, module in enumerate(modules):
            for parameter in module.parameters():
                parameter.add_(0.1 * shift)
    x = torch.stack([packed_input(entry, seed).float() for seed in range(3)])
    state = torch.func.stack_module_state(modules) if modules[0].state_dict() else ({}, {})

    def call(parameters, buffers, slice_):
        return torch.func.functional_call(modules[0], (parameters, buffers), (slice_,))

    together = torch.func.vmap(call)(*state, x)
    apart = torch.stack([module(slice_) for module, slice_ in zip(modules, x, strict=True)])
    torch.testing.assert_close(together, apart)

    def loss(*arguments):
        return call(*arguments).square().sum()

    slopes = torch.func.vmap(torch.func.grad(loss, argnums=2))(*state, x)
    leaf = x.clone().requires_grad_()
    apart = torch.stack([module(slice_) for module, slice_ in zip(modules, leaf, strict=True)])
    (expected,) = torch.autograd.grad(apart.square().sum(), leaf)
    torch.testing.assert_close(slopes, expected)


@over(*(a.name for a in ACTIVATIONS if a.shape_class is ShapeClass.PARAMETRIC))
def test_learnt_tensors_get_a_gradient_and_are_new_each_time(entry):
    x = packed_input(entry)
    tensors = learnt(entry, x)
    assert all(tensor.requires_grad and tensor.is_leaf for tensor in tensors.values())
    gradients = torch.autograd.grad(entry.function(x, **tensors).sum(), tensors.values())
    assert all((gradient != 0).any() for gradient in gradients)
    other = learnt(entry, x)
    assert all(other[name] is not tensors[name] for name in tensors)
