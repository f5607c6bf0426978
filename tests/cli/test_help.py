from __future__ import annotations

import pytest

from bench_service.errors import BenchServiceError

VERBS = ("run", "plan", "list", "runs", "show", "compare", "doctor", "dashboard", "db")
STORE_VERBS = ("path", "upgrade", "check", "backup", "prune")


def test_the_help_names_every_verb_in_a_whole_sentence(call):
    said = call("--help")
    assert said.status == 0
    for verb in VERBS:
        assert f"\n  {verb} " in said.out
    assert "..." not in said.out.partition("Commands:")[2]
    assert "Exit status" in said.out


@pytest.mark.parametrize("verb", [(), *((v,) for v in VERBS), *(("db", v) for v in STORE_VERBS)])
def test_help_fits_into_eighty_columns(call, verb):
    said = call(*verb, "--help")
    assert (said.status, said.err) == (0, "")
    assert max(map(len, said.out.splitlines())) <= 80
    assert said.out == call(*verb, "-h").out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_the_store(call, verb):
    words = (verb, "path") if verb == "db" else (verb,)
    assert "--db URL" in call(*words, "--help").out


@pytest.mark.parametrize("verb", sorted({*VERBS} - {"dashboard", "db"}))
def test_every_verb_that_reads_takes_json(call, verb):
    assert "--json" in call(verb, "--help").out


def test_without_a_verb_the_help_comes_with_the_status_of_bad_input(call):
    assert call().status == 2
    assert call("db").status == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rn"], "Did you mean"),
        (["run", "--speed", "3"], "No such option: --speed"),
        (["show"], "Missing argument 'RUN'"),
        (["runs", "--limit", "0"], "--limit"),
        (["plan", "--numel", "many"], "--numel"),
    ],
)
def test_wrong_usage_is_said_on_stderr(call, words, said):
    answer = call(*words)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert "Traceback" not in answer.err


NEEDS_NO_STORE = {"plan": ["plan", "smoke"], "list": ["list", "metrics"]}


@pytest.mark.parametrize("words", NEEDS_NO_STORE.values(), ids=NEEDS_NO_STORE)
def test_a_store_named_to_a_verb_that_needs_none_is_accepted_and_said_to_change_nothing(
    call, db, words
):
    without = call(*words)
    assert (without.status, without.err) == (0, "")
    after, before = call(*words, "--db", db), call("--db", db, *words)
    assert after == before
    assert (after.status, after.out) == (0, without.out)
    assert after.err == (f"--db changed nothing: `{words[0]}` neither reads nor writes a store.\n")
    assert not db.exists()


@pytest.mark.parametrize("verb", [*NEEDS_NO_STORE, "doctor"])
def test_the_help_of_a_verb_that_needs_no_store_says_so(call, verb):
    assert "neither reads nor writes a store" in " ".join(call(verb, "--help").out.split())


def test_a_store_named_by_the_environment_is_no_news(call, db, monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_DB", str(db))
    assert call("list", "metrics").err == ""


def test_doctor_says_that_it_needs_no_store_before_it_measures(call, db, monkeypatch):
    def refuse():
        raise BenchServiceError("Stopped here.")

    monkeypatch.setattr("bench_service.environment.read_environment", refuse)
    said = call("doctor", "--db", db).err.splitlines()
    assert said[0].startswith("--db changed nothing: `doctor` neither")
    assert said[1] == "Stopped here."


def options_of(said):
    words = said.out.partition("Options:")[2].split()
    return {word.strip(",") for word in words if word.startswith("-") and word != "-"}


def test_whatever_a_run_may_be_asked_for_can_be_planned_with_the_same_words(call):
    of_run, of_plan = (options_of(call(verb, "--help")) for verb in ("run", "plan"))
    assert {"--activation", "-a", "--pass", "--seeds", "--label"} <= of_plan
    assert of_run - of_plan == {"--resume", "--seed", "--wait", "--no-wait"}
    assert of_plan - of_run == set()
