from __future__ import annotations

import pytest

from bench_service.activations import ACTIVATIONS, ShapeClass
from bench_service.errors import InputError


def test_defaults_are_not_named_in_a_call():
    assert ACTIVATIONS.get("leaky_relu").keywords(negative_slope=0.01) == {}


def test_what_differs_from_the_defaults_is_named_in_a_call():
    rrelu = ACTIVATIONS.get("rrelu")
    assert rrelu.keywords(lower=0.1, upper=1 / 3) == {"lower": 0.1}


def test_an_unknown_parameter_is_refused_with_those_that_exist():
    with pytest.raises(InputError) as caught:
        ACTIVATIONS.get("leaky_relu").keywords(slope=0.2)
    assert "'slope'" in caught.value.what
    assert caught.value.allowed == "negative_slope"


def test_an_activation_without_parameters_says_so():
    with pytest.raises(InputError, match="no parameters at all"):
        ACTIVATIONS.get("relu").keywords(cap=6.0)


def test_only_three_shape_classes_enter_one_comparison():
    keeping = [shape_class for shape_class in ShapeClass if shape_class.keeps_width]
    assert keeping == [ShapeClass.ELEMENTWISE, ShapeClass.PARAMETRIC, ShapeClass.STOCHASTIC]
