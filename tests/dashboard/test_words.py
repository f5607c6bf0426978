"""Labels and lists as people read them."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard import words


def test_sizes_on_axes_are_short_where_that_is_exact():
    assert words.short_size(65_536) == "64 Ki"
    assert words.short_size(4 * 2**20) == "4 Mi"
    assert words.short_size(1_000_000) == "1,000,000"


def test_sizes_in_sentences_have_their_bytes():
    assert words.elements(65_536, "float32") == "65,536 float32 elements (262 kB)"
    assert words.elements(16, "bfloat16") == "16 bfloat16 elements (32 B)"
    assert words.elements(16, "int4") == "16 int4 elements"


def test_lists_read_as_sentences_and_say_what_they_leave_out():
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
    assert words.listing(list("abcdefgh"), limit=3) == "a, b, c and 5 more"


def test_parameters_are_shown_only_where_a_name_alone_is_ambiguous():
    frame = pd.DataFrame(
        {
            "activation": ["leaky_relu", "leaky_relu", "elu"],
            "params": [{"negative_slope": 0.01}, {"negative_slope": 0.2}, {"alpha": 1.0}],
        }
    )
    assert list(words.labels(frame)) == [
        "leaky_relu(negative_slope=0.01)",
        "leaky_relu(negative_slope=0.2)",
        "elu",
    ]


def test_a_run_without_cases_has_no_labels():
    empty = pd.DataFrame({"activation": [], "params": []})
    assert list(words.labels(empty)) == []


def test_equal_names_get_their_tails():
    assert words.unique(["a", "b", "a"], ["1", "2", "3"]) == ["a (1)", "b", "a (3)"]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (0.0037, "0.37 %"), (0.0961, "9.6 %"), (0.0999, "10 %"), (0.996, "100 %"),
     (1.234, "123 %"), (-0.05, "-5 %")],
)  # fmt: skip
def test_a_share_is_written_in_per_cent_and_never_with_an_exponent(share, text):
    assert words.percent(share) == text
