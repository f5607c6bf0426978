"""Whatever a test hands over becomes JSON, the same in every process."""

from __future__ import annotations

import json
import math
from enum import Enum, IntEnum

import numpy as np
import pytest
import torch

from bench_service.pytest_plugin.plain import document, plain
from bench_service.pytest_plugin.rows import evenly


class Silent:
    pass


class Broken:
    def __repr__(self):
        raise RuntimeError("no text")


class Colour(Enum):
    RED = 1


class Size(IntEnum):
    SMALL = 3


CYCLE: list[object] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2.5, 2.5),
        ("text", "text"),
        (math.nan, None),
        (-math.inf, None),
        (Size.SMALL, 3),
        (Colour.RED, "<Colour.RED: 1>"),
        ((1, [2, {3: 4}]), [1, [2, {"3": 4}]]),
        ({"b", "a"}, ["a", "b"]),
        (b"ab", "b'ab'"),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (torch.tensor(7), 7),
        (torch.float32, "torch.float32"),
        (np.array([1, 2]), "array([1, 2])"),
        (math.sqrt, "math.sqrt"),
        (dict, "builtins.dict"),
        (Silent(), f"{__name__}.Silent"),
        (Broken(), f"{__name__}.Broken"),
        ("x" * 9000, "x" * 9000),
        (range(3), [0, 1, 2]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_becomes_what_json_can_say(value, expected):
    assert plain(value) == expected
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == expected


def test_what_contains_itself_ends():
    assert "[...]" in json.dumps(plain(CYCLE))


def test_the_text_of_an_object_ends_after_500_characters():
    assert plain(bytes(5000)) == repr(bytes(5000))[:500] + "…"


def test_no_mapping_is_an_empty_document():
    assert document(None) == {}


@pytest.mark.parametrize(
    ("most", "expected"), [(5, [0, 6, 12, 18, 24]), (25, range(25)), (2, [0, 24]), (99, range(25))]
)
def test_evenly_keeps_first_and_last_and_equal_distances_between(most, expected):
    assert evenly(np.arange(25.0), most).tolist() == list(expected)
