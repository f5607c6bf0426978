from __future__ import annotations

import pytest


def test_runs_that_are_the_same_compare_as_equal(call, db, recorded):
    recorded.run(db, label="one")
    recorded.run(db, label="two")
    said = call("compare", "one", "two", "--db", db)
    assert (said.status, said.err) == (0, "")
    assert "The environments are the same." in said.out
    document = call("compare", "one", "two", "--json", "--db", db).document
    assert len(document["cases"]) == 6
    assert all(row["change"] == pytest.approx(1) for row in document["cases"])


def test_what_differs_between_machines_comes_before_the_verdicts(call, db, recorded):
    recorded.run(db, label="one")
    recorded.run(db, label="two", hardware={"cpu": "another"}, names=["relu"])
    said = call("compare", "one", "two", "--db", db).out
    assert "hardware.cpu: a CPU -> another" in said
    assert said.index("differences of machines") < said.index("change of ratio")
    assert "4 cases only in base." in said


@pytest.mark.parametrize("other", ["session", "nothing"])
def test_runs_that_share_nothing_say_so(call, db, recorded, other):
    recorded.run(db, label="one")
    head = recorded.session(db) if other == "session" else recorded.run(db, children=0)
    said = call("compare", "one", head, "--db", db)
    assert (said.status, said.err) == (0, "")
    assert "No case was measured in both runs" in said.out
    assert call("compare", "one", head, "--json", "--db", db).document["cases"] == []


def test_a_run_compared_with_itself_is_noticed(call, db, recorded):
    recorded.run(db, label="one")
    said = call("compare", "one", "latest", "--json", "--db", db)
    assert said.document["base"] == said.document["head"]
    assert "compared with itself" in said.err


def test_an_invalid_case_has_no_verdict_and_says_why(call, db, recorded):
    recorded.run(db, label="before")
    recorded.run(db, label="after", ns_per_call={"gelu": 100})
    document = call("compare", "before", "after", "--json", "--db", db).document
    gelu = [row for row in document["cases"] if row["activation"] == "gelu"]
    assert {(row["verdict"], row["quality"]) for row in gelu} == {(None, "invalid")}
    others = [row for row in document["cases"] if row["activation"] != "gelu"]
    assert all(row["verdict"] is not None for row in others)
    said = call("compare", "before", "after", "--db", db).out
    assert (
        "No verdict on gelu (forward, 1,024 float32, cpu-eager), invalid in head: impossible "
        "bandwidth"
    ) in said


def test_a_case_that_fails_since_is_told_with_its_reason(call, db, recorded):
    recorded.run(db, label="before")
    recorded.run(db, label="after", failed=["gelu"])
    said = call("compare", "before", "after", "--db", db).out
    assert (
        "gelu (forward, 1,024 float32, cpu-eager) was ok in base and failed in head: It raised "
        "[bold]ValueError[/]: :no:\n"
    ) in said
    document = call("compare", "before", "after", "--json", "--db", db).document
    assert [(row["activation"], row["pass"]) for row in document["outcomes"]] == [
        ("gelu", "forward"), ("gelu", "backward"),
    ]  # fmt: skip


def test_a_machine_that_changed_between_the_runs_is_told(call, db, recorded):
    recorded.run(db, label="quiet")
    recorded.run(db, label="busy", ns_per_call={"copy": 750})
    said = call("compare", "quiet", "busy", "--db", db).out
    assert (
        "The machine itself changed between the runs: a plain copy took 1.50 times as "
        "long in head. What that may explain is inconclusive"
    ) in said
    assert "machine itself" not in call("compare", "quiet", "quiet", "--db", db).out
