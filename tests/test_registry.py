from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_service.errors import UnknownNameError
from bench_service.registry import Registry


def registry() -> Registry[int]:
    made: Registry[int] = Registry("number")
    made.add("one", 1)
    made.add("two", 2)
    made.refuse("few", "one; two")
    return made


def test_entries_come_back_by_name_in_the_order_in_which_they_were_added():
    made = registry()
    assert (made.get("two"), made.names(), list(made), len(made)) == (2, ("one", "two"), [1, 2], 2)
    assert "one" in made
    assert "few" not in made
    assert made.add("three", 3) == 3


def test_an_unknown_name_lists_the_known_ones_and_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        registry().get("tow")
    assert caught.value.what == "There is no number named 'tow'."
    assert (caught.value.got, caught.value.allowed) == ("tow", "one, two")
    assert caught.value.next_step == "did you mean two?"


def test_a_name_far_from_all_others_gets_no_wild_guess():
    with pytest.raises(UnknownNameError) as caught:
        registry().get("hippopotamus")
    assert caught.value.next_step == "pick one of the above"


def test_an_ambiguous_name_is_refused_with_what_it_may_mean():
    made = registry()
    with pytest.raises(UnknownNameError, match="more than one meaning") as caught:
        made.get("few")
    assert caught.value.allowed == "one; two"
    assert made.refused() == {"few": "one; two"}


@pytest.mark.parametrize("name", ["one", "few"])
def test_a_taken_name_cannot_be_added_again(name):
    with pytest.raises(ValueError, match="registered twice"):
        registry().add(name, 9)


def test_a_registered_name_cannot_be_refused():
    with pytest.raises(ValueError, match="can't be refused"):
        registry().refuse("one", "why")


@given(st.dictionaries(st.text(), st.integers()))
def test_what_goes_in_comes_out(entries):
    made: Registry[int] = Registry("thing")
    for name, entry in entries.items():
        made.add(name, entry)
    assert {name: made.get(name) for name in made.names()} == entries
