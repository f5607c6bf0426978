from __future__ import annotations

import pytest

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
