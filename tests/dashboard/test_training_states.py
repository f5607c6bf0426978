"""What pages say where a run has nothing for them, and which run and workload they begin with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from training_store import STARTED, record_training

PAGES = ("convergence", "neurons")
LATER = STARTED + timedelta(days=1)


@pytest.mark.parametrize("name", PAGES)
def test_without_a_store_a_page_says_which_command_trains(name, page, text):
    at = page(name)
    assert not at.exception
    assert "There are no measurements yet" in text(at)
    assert "bench-service run smoke --kind training" in text(at)


@pytest.mark.parametrize("name", PAGES)
def test_a_store_of_timings_alone_says_which_command_trains(name, page, url, text, synthetic, rng):
    synthetic.record_run(url, rng, label="timed", n_processes=3, names=("relu", "gelu"))
    at = page(name)
    assert not at.exception
    said = text(at)
    assert "This run trained nothing" in said
    assert "*Overview* and *Throughput* show what it has" in said
    assert "bench-service run smoke --kind training -w digits_mlp -w lr_stress --seeds 12" in said


def test_pages_about_timings_say_so_of_a_run_that_only_trained(page, url, text, rng):
    record_training(url, rng)
    for name in ("overview", "throughput"):
        at = page(name)
        assert not at.exception
        said = text(at)
        assert "This run timed nothing" in said
        assert "*Convergence* and *Neurons*" in said
        assert "bench-service run quick" in said


def test_each_page_begins_with_the_newest_run_that_has_what_it_shows(
    page, url, text, synthetic, rng
):
    machine = {"hardware": {**synthetic.HARDWARE, "name": "Xeon"}}
    record_training(url, rng, label="trained", **machine)
    synthetic.record_run(
        url, rng, label="timed", started_at=LATER, machine="Xeon", n_processes=3,
        names=("relu", "gelu"),
    )  # fmt: skip
    record_training(
        url, rng, label="lost", started_at=LATER, status="failed", n_seeds=2,
        broken=lambda _case: True, **machine,
    )  # fmt: skip
    at = page()
    assert at.selectbox(key="hardware").options == ["Xeon"]
    assert at.selectbox(key="run").value == "timed"
    at.switch_page("views/convergence.py").run()
    assert at.selectbox(key="run").value == "trained"
    at.switch_page("views/throughput.py").run()
    assert at.selectbox(key="run").value == "timed"


def test_a_run_that_was_chosen_stays_when_the_page_changes_and_others_are_named(
    page, url, text, synthetic, rng
):
    machine = {**synthetic.HARDWARE, "name": "Xeon"}
    record_training(url, rng, label="trained", hardware=machine)
    for day, label in enumerate(("first", "second"), start=1):
        synthetic.record_run(
            url, rng, label=label, started_at=STARTED + timedelta(days=day), machine="Xeon",
            n_processes=3, names=("relu", "gelu"),
        )  # fmt: skip
    at = page()
    at.selectbox(key="run").select("first").run()
    at.switch_page("views/convergence.py").run()
    assert at.selectbox(key="run").value == "first"
    assert "Of the runs above, these trained something: **trained**." in text(at)


def test_each_page_begins_with_its_own_workload_and_a_choice_stays(page, url, rng):
    record_training(url, rng)
    at = page("convergence")
    assert at.selectbox(key="workload").value == "digits_mlp"
    at.switch_page("views/neurons.py").run()
    assert at.selectbox(key="workload").value == "lr_stress"
    at.switch_page("views/convergence.py").run()
    assert at.selectbox(key="workload").value == "digits_mlp"
    at.selectbox(key="workload").select("lr_stress").run()
    at.switch_page("views/neurons.py").run()
    at.switch_page("views/convergence.py").run()
    assert not at.exception


@pytest.mark.parametrize("name", PAGES)
def test_what_the_address_asks_for_in_vain_is_ignored_with_a_notice(name, page, url, rng):
    record_training(url, rng)
    at = page(name, workload="imagenet", rate="7", activations="rellu")
    assert not at.exception
    said = " ".join(warning.value for warning in at.warning)
    for wanted in ("imagenet", "“7”", "rellu"):
        assert wanted in said


@pytest.mark.parametrize("name", PAGES)
def test_initialisations_are_held_apart(name, page, url, rng):
    record_training(url, rng)
    at = page(name)
    assert "init" not in {each.key for each in at.selectbox}


@pytest.mark.parametrize("name", PAGES)
def test_a_question_that_fails_leaves_the_rest_of_the_page(name, page, url, text, rng, monkeypatch):
    record_training(url, rng)

    def broken(*_args, **_asked):
        raise RuntimeError("the disk went away")

    monkeypatch.setattr("db.queries.training_curves", broken)
    monkeypatch.setattr("db.queries.neuron_masks", broken)
    at = page(name)
    assert not at.exception
    said = text(at)
    assert "can't be shown" in said
    assert "the disk went away" in said
    assert "Failed and skipped" in said


@pytest.mark.parametrize("name", PAGES)
def test_a_run_that_is_still_training_shows_what_it_has(name, page, url, text, synthetic, rng):
    record_training(
        url, rng, status=None, state=synthetic.this_process(), n_planned=500,
        keep=lambda case: case.activation == "relu",
    )  # fmt: skip
    at = page(name)
    assert not at.exception
    assert not at.error
    assert "still measuring" in text(at)
    assert "of 500 cases" in text(at)
