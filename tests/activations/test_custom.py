from __future__ import annotations

import math
import os
import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest
import torch
from torch import nn

from bench_service.activations import ACTIVATIONS, ShapeClass, custom
from bench_service.activations.check import problems
from bench_service.activations.constants import gain
from bench_service.activations.custom import installed_activations, load_activation
from bench_service.errors import ActivationError, UnknownNameError

SOURCE = """
import dataclasses
import functools

import torch
from torch import nn

from bench_service.activations import ACTIVATIONS

def swoosh(x):
    return torch.nn.functional.softplus(x - 1) - 0.08 * x

class Shifted(nn.Module):
    def __init__(self, start=0.5):
        super().__init__()
        self.shift = nn.Parameter(torch.tensor(start))

    def forward(self, x):
        return torch.relu(x - self.shift)

class Needy(nn.Module):
    def __init__(self, width):
        super().__init__()

class NotAModule:
    pass

def factory():
    return Shifted(1.5)

def bad_factory():
    return 3.0

def failing_factory():
    raise ValueError("no licence")

def defaulted(x=None):
    return torch.relu(x)

instance = Shifted(2.0)
partial = functools.partial(torch.nn.functional.leaky_relu, negative_slope=0.3)
builtin = torch.tanh
number = 7
described = dataclasses.replace(ACTIVATIONS.get("relu6"), name="my own relu6")
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("user") / "mine.py"
    file.write_text(SOURCE)
    return file


X = torch.linspace(-3, 3, 25)


def test_a_registered_name_is_the_catalogues_entry():
    assert load_activation("relu") is ACTIVATIONS.get("relu")


def test_an_unknown_name_lists_the_known_and_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        load_activation("rellu")
    assert "relu" in caught.value.next_step
    assert "gelu" in caught.value.allowed


def test_a_refused_name_stays_refused():
    with pytest.raises(UnknownNameError, match="more than one meaning"):
        load_activation("swish")


def test_a_function_of_a_file_becomes_an_activation(path):
    reference = f"{path}:swoosh"
    loaded = load_activation(reference)
    expected = nn.functional.softplus(X - 1) - 0.08 * X
    assert loaded.name == loaded.formula == reference
    assert loaded.source == "user"
    assert loaded.shape_class is ShapeClass.ELEMENTWISE
    assert dict(loaded.parameters) == {}
    assert loaded.kinks == ()
    assert loaded.derivative_supremum == math.inf
    assert torch.equal(loaded.function(X), expected)
    assert torch.equal(loaded.module()(X), expected)
    slope = loaded.derivative(X.double())
    assert torch.allclose(slope, torch.sigmoid(X.double() - 1) - 0.08)
    assert not slope.requires_grad


def test_the_derivative_of_a_users_function_works_without_recording(path):
    loaded = load_activation(f"{path}:builtin")
    with torch.no_grad():
        slope = loaded.derivative(X.double())
    assert torch.allclose(slope, 1 - torch.tanh(X.double()) ** 2)


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("builtin", torch.tanh(X)),
        ("partial", nn.functional.leaky_relu(X, 0.3)),
        ("defaulted", torch.relu(X)),
        ("Shifted", torch.relu(X - 0.5)),
        ("factory", torch.relu(X - 1.5)),
        ("instance", torch.relu(X - 2.0)),
        ("described", nn.functional.relu6(X)),
    ],
)
def test_callables_modules_classes_factories_and_entries_are_accepted(path, attribute, expected):
    loaded = load_activation(f"{path}:{attribute}")
    assert loaded.name == f"{path}:{attribute}"
    torch.testing.assert_close(loaded.function(X), expected)
    torch.testing.assert_close(loaded.module()(X), expected)
    torch.testing.assert_close(loaded.definition(X.double()), expected.double())


def test_a_module_of_torch_can_be_named_without_a_file():
    loaded = load_activation("torch.nn:Softsign")
    torch.testing.assert_close(loaded.function(X), X / (1 + X.abs()))


def test_each_module_that_is_made_has_a_state_of_its_own(path):
    for attribute in ("Shifted", "factory", "instance"):
        loaded = load_activation(f"{path}:{attribute}")
        first, second = loaded.module(), loaded.module()
        with torch.no_grad():
            first.shift.add_(10.0)
        assert second.shift.item() < 3.0
        assert loaded.function(X).sum() > 0


def test_a_module_with_a_state_runs_in_every_dtype(path):
    loaded = load_activation(f"{path}:Shifted")
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        assert loaded.function(X.to(dtype)).dtype == dtype


@pytest.mark.parametrize(
    ("attribute", "message", "got"),
    [
        ("number", "is not callable", "int"),
        ("bad_factory", "doesn't return a module", "float"),
        ("NotAModule", "doesn't return a module", "NotAModule"),
        ("failing_factory", "without arguments", "ValueError: no licence"),
        ("Needy", "without arguments", "TypeError"),
        ("swosh", "has no attribute", "mine.py:swosh"),
    ],
)
def test_what_is_no_activation_is_refused_with_a_reason(path, attribute, message, got):
    with pytest.raises(ActivationError, match=message) as caught:
        load_activation(f"{path}:{attribute}")
    assert got in caught.value.got
    assert caught.value.allowed


def test_an_edited_activation_has_another_version(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def act(x):\n    return x.relu()\n")
    first = load_activation(f"{file}:act").version
    assert load_activation(f"{file}:act").version == first > 1
    file.write_text("def act(x):\n    return x.relu() * 2.0\n")
    os.utime(file, ns=(1, 1))
    assert load_activation(f"{file}:act").version != first


def test_a_users_activation_has_a_gain(path):
    assert gain(load_activation(f"{path}:partial")) == pytest.approx(math.sqrt(2 / 1.09), abs=1e-9)


# Installed packages


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Entry points as an installed package declares them, and one whose module is broken."""
    (tmp_path / "plugin_of_mine.py").write_text(SOURCE)
    (tmp_path / "plugin_broken.py").write_text("raise OSError('disk on fire')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    declared = [
        EntryPoint("swoosh", "plugin_of_mine:swoosh", custom.ENTRY_POINT_GROUP),
        EntryPoint("burning", "plugin_broken:act", custom.ENTRY_POINT_GROUP),
        EntryPoint("relu", "plugin_of_mine:factory", custom.ENTRY_POINT_GROUP),
        EntryPoint("seven", "plugin_of_mine:number", custom.ENTRY_POINT_GROUP),
    ]

    def entry_points(*, group, name=None):
        assert group == "bench_service.activations"
        return [point for point in declared if name in (None, point.name)]

    monkeypatch.setattr(custom, "entry_points", entry_points)
    yield
    for name in ("plugin_of_mine", "plugin_broken"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("installed")
def test_an_installed_activation_is_found_by_its_name():
    loaded = load_activation("swoosh")
    assert loaded.name == "swoosh"
    torch.testing.assert_close(loaded.function(X), nn.functional.softplus(X - 1) - 0.08 * X)


@pytest.mark.usefixtures("installed")
def test_a_broken_package_is_named_and_disturbs_no_other():
    installed = installed_activations()
    assert set(installed.found) == {"swoosh"}
    assert set(installed.broken) == {"burning", "relu", "seven"}
    assert "disk on fire" in installed.broken["burning"].got
    assert "'burning'" in installed.broken["burning"].what
    with pytest.raises(ActivationError, match="'burning' can't be loaded"):
        load_activation("burning")


@pytest.mark.usefixtures("installed")
def test_a_package_cant_take_a_name_of_the_catalogue():
    assert load_activation("relu") is ACTIVATIONS.get("relu")
    assert "a name of the catalogue" in installed_activations().broken["relu"].what


def test_importing_the_catalogue_looks_at_no_installed_package():
    program = (
        "import importlib.metadata as m\n"
        "def never(**_): raise SystemExit('looked')\n"
        "import torch\n"
        "m.entry_points = never\n"
        "import bench_service.activations, bench_service.activations.custom\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_a_users_wrong_gradient_is_noticed(tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(
        "import torch\n"
        "class Rounded(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, x):\n"
        "        return torch.tanh(x)\n"
        "    @staticmethod\n"
        "    def backward(ctx, gradient):\n"
        "        return gradient\n"
    )
    loaded = load_activation(f"{file}:Rounded.apply")
    (found,) = problems(
        loaded,
        dtype=torch.float32,
        device=torch.device("cpu"),
        generator=torch.Generator().manual_seed(0),
    )
    assert found.startswith("The derivative of")
