from __future__ import annotations

import pytest

LISTS = ("activations", "backends", "workloads", "suites", "metrics", "claims")


@pytest.mark.parametrize("what", LISTS)
def test_every_list_comes_as_text_and_as_json(call, what):
    text, document = call("list", what), call("list", what, "--json").document
    assert text.status == 0
    assert isinstance(document, list)
    for row in document:
        assert row["name"] in text.out


@pytest.mark.parametrize("what", ["claims"])
def test_what_this_version_hasnt_is_said_in_a_sentence(call, what):
    assert call("list", what).out.startswith(f"There are no {what} in this version")
    assert call("list", what, "--json").document == []


def test_an_unknown_list_is_refused(call):
    said = call("list", "runs")
    assert (said.status, said.out) == (2, "")
    assert "allowed: activations, backends" in said.err


def test_backends_say_whether_they_can_run_and_why_not(call):
    rows = {row["name"]: row for row in call("list", "backends", "--json").document}
    assert rows["cpu-eager"]["available"] is True
    assert rows["cpu-eager"]["reason"] is None
    for row in rows.values():
        assert bool(row["reason"]) is not row["available"]
