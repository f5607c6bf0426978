"""Arrays survive as bytes, whatever they hold, and take little room."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from db.arrays import floats_from_bytes, floats_to_bytes, integers_from_bytes, integers_to_bytes

LIMITS = np.iinfo(np.int64)
edges = st.sampled_from([LIMITS.min, LIMITS.max, -129, -128, 127, 128, -(2**31), 2**31 - 1, 2**31])
integers = st.lists(st.integers(LIMITS.min, LIMITS.max) | edges | st.integers(-9, 9), max_size=120)


@given(integers)
def test_integers_come_back_as_they_were(numbers):
    array = np.array(numbers, dtype=np.int64)
    back = integers_from_bytes(integers_to_bytes(array))
    assert back.dtype == np.int64
    np.testing.assert_array_equal(back, array)


@given(st_numpy.arrays(np.float64, st.integers(0, 120)))
def test_floats_come_back_bit_by_bit(array):
    back = floats_from_bytes(floats_to_bytes(array))
    assert back.dtype == np.float64
    assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", ">i8", "uint64"])
def test_integers_of_any_width_and_byte_order_are_taken(dtype):
    back = integers_from_bytes(integers_to_bytes(np.array([0, 1, 100], dtype=dtype)))
    assert back.tolist() == [0, 1, 100]


@pytest.mark.parametrize(("largest", "width"), [(0, 1), (127, 1), (128, 2), (2**40, 8)])
def test_integers_take_the_narrowest_width_that_holds_them(largest, width):
    assert len(integers_to_bytes(np.array([largest] * 3))) == 1 + 3 * width


def test_long_arrays_are_compressed_where_that_is_smaller():
    assert len(integers_to_bytes(np.zeros(10_000, dtype=np.int64))) < 100
    noise = np.random.default_rng(0).integers(LIMITS.min, LIMITS.max, 10_000)
    assert len(integers_to_bytes(noise)) == 1 + 8 * 10_000


def test_what_comes_back_cannot_be_changed():
    for back in (
        integers_from_bytes(integers_to_bytes(np.arange(3))),
        floats_from_bytes(floats_to_bytes(np.arange(3.0))),
    ):
        with pytest.raises(ValueError, match="read-only"):
            back[0] = 1


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 2), dtype=int), np.array([1.5]), np.array(3), np.array([2**63])]
)
def test_what_is_no_row_of_64_bit_integers_is_refused(wrong):
    with pytest.raises(ValueError, match="integer"):
        integers_to_bytes(wrong)


def test_floats_of_two_dimensions_are_refused():
    with pytest.raises(ValueError, match="1-d"):
        floats_to_bytes(np.zeros((2, 2)))


@pytest.mark.parametrize("blob", [b"", b"\x00", b"\x03abc", b"\x19", b"\xff"])
def test_bytes_of_another_kind_are_refused(blob):
    with pytest.raises(ValueError, match="no array"):
        integers_from_bytes(blob)
