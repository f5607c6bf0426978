"""Before the first step: is the activation sound, and is it what the model calls?"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tiny_workloads import blobs, crossed, tiny, tiny_conv, trained
from torch import nn
from torch.nn import functional as F  # noqa: N812

from bench_service.activations import ACTIVATIONS
from bench_service.activations.adopt import as_activation
from bench_service.errors import MeasurementError, WorkloadError
from bench_service.training.identity import probe_hash
from bench_service.training.skeleton import build
from bench_service.workloads.layers import after_activation
from bench_service.workloads.losses import REGRESSION
from bench_service.workloads.streams import Arrays, ArrayStream

CASES = crossed([0.1], [0])


class ReLUInTraining(nn.Module):
    """Another function while it trains than while it is looked at."""

    def forward(self, x):
        return torch.relu(x) if self.training else torch.tanh(x)


class Aliasing(nn.Module):
    """Overwrites what it is given, as PDELU did in a published benchmark."""

    def forward(self, x):
        overwritten = x.detach()
        overwritten[overwritten < 0] = 0
        return x


def named_but_wrong(name, module):
    """The catalogue's entry of a name whose module is another function."""
    return replace(ACTIVATIONS.get(name), module=module)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("leaky_relu", lambda: nn.LeakyReLU(True)),
        ("elu", lambda: nn.ELU(64)),
        ("celu", lambda: nn.CELU(128)),
        ("softplus", lambda: nn.Softplus(8)),
        ("gelu", lambda: nn.GELU("tanh")),
        ("hardsigmoid", nn.Sigmoid),
        ("silu", nn.Hardswish),
        ("relu", nn.ReLU6),
        ("tanh", Aliasing),
        ("selu", lambda: nn.ELU(1.6732632423543772)),
        ("prelu_channel", lambda *, n_channels: nn.PReLU(n_channels, init=0.2)),
    ],
)
def test_a_module_that_isnt_the_function_that_was_named_is_refused(name, module):
    """The first four have been published: a flag or a number of channels taken for a slope."""
    with pytest.raises(MeasurementError, match=f"isn't {name}|{name} in float32"):
        trained(tiny(), CASES, named_but_wrong(name, module))


@pytest.mark.parametrize(("network", "layer"), [(tiny, "act2"), (tiny_conv, "5")])
def test_all_layers_are_asked_and_the_wrong_one_is_named(network, layer):
    made = []

    def second_is_wrong():
        made.append(None)
        return nn.ReLU6() if len(made) == 2 else nn.ReLU()

    with pytest.raises(MeasurementError, match=f"Layer {layer} isn't relu"):
        trained(network(), CASES, named_but_wrong("relu", second_is_wrong))


MISBEHAVING = {
    "raises": (lambda x: (_ for _ in ()).throw(ValueError("no, thanks")), "ValueError: no, thanks"),
    "shorter": (lambda x: torch.relu(x)[..., :-1], "returns the shape"),
    "fewer_rows": (lambda x: torch.relu(x)[:1], "returns the shape"),
    "averages_rows": (lambda x: torch.relu(x).mean(0, keepdim=True), "returns the shape"),
    "centres": (lambda x: torch.relu(x - x.mean(0)), "isn't elementwise"),
    "overwrites": (nn.ReLU(inplace=True), "changes its input"),
    "overwrites_slyly": (
        lambda x: torch.relu(x) if x.requires_grad else x.clamp_(min=0),
        "changes its input",
    ),
    "not_a_number": (torch.sqrt, "returns NaN"),
    "number": (lambda x: 3.0, "returns a float"),
    "other_dtype": (lambda x: torch.relu(x).double(), "another dtype"),
    "draws": (lambda x: F.dropout(x, 0.5), "two results"),
    "detached": (lambda x: torch.relu(x).detach(), "does not require grad"),
}


@pytest.mark.parametrize("name", sorted(MISBEHAVING))
@pytest.mark.parametrize("kind", ["labels", "numbers"])
def test_a_users_activation_that_misbehaves_is_refused_in_a_sentence_that_says_how(name, kind):
    """With squared errors, results of a wrong shape would be broadcast and trained on."""
    function, says = MISBEHAVING[name]
    workload = tiny()
    if kind == "numbers":
        rows = Arrays(blobs(6).x, blobs(6).x[:, :3])
        workload = tiny(task=REGRESSION, data=lambda seeds: ArrayStream(rows, seeds, 20))
    with pytest.raises(MeasurementError) as caught:
        trained(workload, CASES, as_activation(function, "mine:act"))
    assert says in str(caught.value)


def test_a_module_that_is_another_function_while_it_trains_is_refused():
    with pytest.raises(MeasurementError, match="another output while it trains"):
        trained(tiny(), CASES, named_but_wrong("tanh", ReLUInTraining))
    with pytest.raises(MeasurementError, match="isn't mine:act"):
        trained(tiny(), CASES, as_activation(ReLUInTraining, "mine:act"))


@pytest.mark.parametrize("name", [a.name for a in ACTIVATIONS if a.shape_class.keeps_width])
def test_every_activation_of_the_catalogue_is_itself_in_a_network_of_both_kinds(name):
    for workload in (tiny(), tiny_conv()):
        activation = ACTIVATIONS.get(name)
        skeleton = build(workload, activation, workload.data((0,)).batch(0).x[0])
        assert len(probe_hash(skeleton)) == 16
        assert skeleton.model.training


def test_functions_that_differ_have_another_hash_and_equal_ones_the_same():
    x = tiny().data((0,)).batch(0).x[0]

    def hash_of(name):
        return probe_hash(build(tiny(), ACTIVATIONS.get(name), x))

    names = ("relu", "leaky_relu", "elu", "gelu", "gelu_tanh", "silu", "tanh", "identity")
    assert len({hash_of(name) for name in names}) == len(names)
    assert hash_of("elu") == hash_of("celu")
    assert hash_of("prelu_shared") == hash_of("prelu_channel")  # as they begin


def modelled(make):
    return tiny(model=make)


def test_a_model_without_a_place_for_activations_is_refused():
    with pytest.raises(WorkloadError, match="0 activation modules made"):
        trained(modelled(lambda _activation: nn.Linear(6, 3)), CASES)


def test_a_model_that_makes_an_activation_and_leaves_it_out_is_refused():
    def forgetful(activation):
        activation(5)
        return nn.Sequential(nn.Linear(6, 5), activation(5), nn.Linear(5, 3))

    with pytest.raises(WorkloadError, match="2 activation modules made, 1 of them in the model"):
        trained(modelled(forgetful), CASES)


def test_a_model_that_has_an_activation_and_never_calls_it_is_refused():
    class Shy(nn.Module):
        def __init__(self, activation):
            super().__init__()
            self.linear, self.head = nn.Linear(6, 5), after_activation(nn.Linear(5, 3))
            self.called, self.uncalled = activation(5), activation(5)

        def forward(self, x):
            return self.head(self.called(self.linear(x)))

    with pytest.raises(WorkloadError, match="never calls") as caught:
        trained(modelled(Shy), CASES)
    assert caught.value.got == "uncalled"


@pytest.mark.parametrize("name", ["crelu", "glu", "swiglu", "funnel_frelu"])
def test_an_activation_that_changes_the_width_doesnt_fit_a_model_that_doesnt_say_so(name):
    with pytest.raises(WorkloadError, match="doesn't fit the model") as caught:
        trained(tiny(), CASES, name)
    assert caught.value.got == f"shape class {ACTIVATIONS.get(name).shape_class.value}"
