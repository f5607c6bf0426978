"""The pages in one process: each state, and what the address asks for."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from bench_service.result import Conditions

PAGES = ("overview", "throughput")


def charts(at):
    """The specifications of a page's charts."""
    return [json.loads(element.proto.spec) for element in at.get("arrow_vega_lite_chart")] or [
        json.loads(element.proto.spec) for element in at.get("vega_lite_chart")
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_whole_run_shows_charts_and_no_error(name, page, url, synthetic, rng):
    synthetic.record_run(url, rng)
    at = page(name)
    assert not at.exception
    assert not at.error
    assert charts(at)


@pytest.mark.parametrize("name", PAGES)
def test_without_a_store_a_page_says_which_command_makes_data(name, page, text):
    at = page(name)
    assert not at.exception
    assert "There are no measurements yet" in text(at)
    assert "bench-service run quick" in text(at)


def test_an_empty_store_says_which_command_makes_data(page, url, text):
    from db.session import open_store

    open_store(url).close()
    said = text(page())
    assert "is empty" in said
    assert "bench-service run quick" in said


def test_a_store_of_another_schema_says_how_to_upgrade(page, url, text, synthetic, rng):
    import sqlite3

    synthetic.record_run(url, rng, n_processes=3, names=("relu", "gelu"))
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE bench_service_schema SET version_num = 'v0_0_1'")
    connection.close()
    said = text(page())
    assert "needs an upgrade" in said
    assert "bench-service db upgrade" in said


def test_a_run_in_progress_shows_what_it_has_and_says_so(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng, status=None, n_planned=144)
    said = text(page())
    assert "still measuring" in said
    assert "72 of 144 cases" in said


def test_a_run_that_has_ended_comes_before_one_in_progress(page, url, synthetic, rng):
    earlier = synthetic.STARTED - timedelta(days=1)
    synthetic.record_run(url, rng, label="whole", started_at=earlier)
    synthetic.record_run(url, rng, label="begun", status=None)
    assert page().selectbox(key="run").value == "whole"


@pytest.mark.parametrize("name", PAGES)
def test_a_run_with_failures_alone_shows_their_reasons(name, page, url, text, synthetic, rng):
    synthetic.record_run(url, rng, failed=synthetic.COSTS, status="failed")
    at = page(name)
    assert not at.exception
    said = text(at)
    assert "72 failed" in said
    assert "The gradient differs from the float64 reference" in said


def test_a_run_without_any_case_says_so(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng, groups=[])
    assert "This run measured nothing" in text(page())


def test_hardware_with_test_sessions_alone_says_that_there_is_no_run(
    page, url, text, synthetic, rng
):
    synthetic.record_session(url, rng)
    assert "No run on this hardware" in text(page())


@pytest.mark.parametrize("name", PAGES)
def test_a_question_that_fails_leaves_the_rest_of_the_page(
    name, page, url, text, synthetic, rng, monkeypatch
):
    synthetic.record_run(url, rng)

    def broken(store, uid):
        raise RuntimeError("the disk went away")

    monkeypatch.setattr("db.queries.environment", broken)
    at = page(name)
    assert not at.exception
    assert "The environment can't be shown" in text(at)
    assert "the disk went away" in text(at)
    assert charts(at)


def test_a_partial_run_shows_its_coverage_as_a_badge(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng, failed=["mish"], skipped=["selu"], status="partial")
    said = text(page())
    assert "60 of 72 cases, 6 failed, 6 skipped" in said


def test_the_headline_names_the_fastest_and_its_interval(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng)
    at = page(size="1,048,576")
    assert [header.value for header in at.header] == ["hardtanh", "hardtanh"]
    assert "× ReLU (" in text(at)


def test_the_address_chooses_run_size_condition_and_activations(page, url, synthetic, rng):
    earlier = synthetic.STARTED - timedelta(days=1)
    groups = synthetic.groups_of(conditions=("default", "arena"))
    synthetic.record_run(url, rng, label="before", started_at=earlier, groups=groups)
    synthetic.record_run(url, rng, label="after", groups=groups)
    at = page(run="before", size="1,048,576", condition="warm arena", activations=["relu", "gelu"])
    assert at.selectbox(key="run").value == "before"
    assert at.selectbox(key="size").value == 1_048_576
    assert at.selectbox(key="condition").value == "arena"
    assert at.multiselect(key="activations").value == ["relu", "gelu"]
    assert not at.warning


def test_what_the_address_asks_for_in_vain_is_ignored_with_a_notice(page, url, synthetic, rng):
    synthetic.record_run(url, rng)
    at = page(hardware="Abacus", size="7", activations="rellu", backend="tpu")
    assert not at.exception
    said = at.warning[0].value
    for wanted in ("Abacus", "“7”", "rellu", "tpu"):
        assert wanted in said
    assert "ignored" in said


def test_the_address_of_a_view_leads_back_to_it(page, url, synthetic, rng):
    groups = synthetic.groups_of(conditions=("default", "arena"))
    synthetic.record_run(url, rng, groups=groups)
    at = page(size="1,048,576", condition="warm arena", activations=["relu", "gelu"])
    address = at.code[-1].value
    synthetic.record_run(url, rng, started_at=synthetic.STARTED + timedelta(days=1))
    asked = parse_qs(address.partition("?")[2])
    again = page(
        **{key: values if key == "activations" else values[0] for key, values in asked.items()}
    )
    assert not again.warning
    assert again.code[-1].value == address


def test_an_input_that_was_timed_at_one_size_alone_offers_that_size(page, url, synthetic, rng):
    swept = Conditions("cpu-eager", "forward", "float32", 32_768, input="denormal")
    synthetic.record_run(url, rng, groups=[*synthetic.groups_of(), swept])
    at = page("throughput", input="denormal")
    assert not at.exception
    assert not at.error
    assert at.selectbox(key="size").options == ["32,768"]


def test_on_a_gpu_the_launch_stands_where_the_allocator_stood(page, url, text, synthetic, rng):
    groups = synthetic.groups_of(
        conditions=("kernel", "hot", "wall", "graph"), backend="cuda-eager"
    )
    synthetic.record_run(url, rng, groups=groups, machine="H200")
    at = page("throughput")
    assert not at.error
    assert at.selectbox(key="condition").value == "kernel"
    assert "What does the launch add?" in text(at)


def test_hardware_is_chosen_first_and_nothing_else_is_mixed_in(page, url, synthetic, rng):
    earlier = synthetic.STARTED - timedelta(days=1)
    synthetic.record_run(url, rng, label="new", machine="Graviton")
    synthetic.record_run(url, rng, label="old", machine="Xeon", started_at=earlier)
    at = page()
    assert at.selectbox(key="hardware").value == "Graviton"
    at.selectbox(key="hardware").select("Xeon").run()
    assert [name.split(" ")[0] for name in at.selectbox(key="run").options] == ["old"]


def test_the_pass_and_the_measure_are_chosen_on_the_throughput_page(page, url, synthetic, rng):
    synthetic.record_run(url, rng)
    at = page("throughput")
    at.segmented_control(key="pass").select("backward")
    at.segmented_control(key="show").select("relative to ReLU").run()
    assert charts(at)[0]["title"]["text"] == "Time relative to ReLU against size"
    assert "backward" in charts(at)[0]["title"]["subtitle"][0]


def test_results_of_test_sessions_are_no_verdicts(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng)
    synthetic.record_session(url, rng)
    at = page("throughput")
    said = text(at)
    assert "not verdicts" in said
    table = next(each.value for each in at.dataframe if "Commit" in each.value.columns)
    assert list(table["Commit"].unique()) == ["3f2a91bc"]
    assert len(table) == 4


def test_a_single_pass_and_a_single_size_make_a_page_too(page, url, text, synthetic, rng):
    groups = synthetic.groups_of(sizes=(1024,), passes=("forward",))
    synthetic.record_run(url, rng, groups=groups, names=("relu", "gelu"), n_processes=3)
    at = page("throughput")
    assert not at.exception
    assert not at.error
    assert "Only one pass was measured" in text(at)
    assert "Only 1,024 elements were measured" in text(at)


def test_an_allocator_that_was_compared_at_one_size_is_shown_in_rows(page, url, synthetic, rng):
    groups = synthetic.groups_of(sizes=(1024, 1_048_576), conditions=("default", "arena"))
    synthetic.record_run(url, rng, groups=groups)
    titles = [spec["title"]["text"] for spec in charts(page("throughput"))]
    assert "Default allocator against warm arena" in titles
    assert "Page faults per call" not in titles


def test_no_page_imports_torch(url, synthetic, rng, tmp_path):
    import subprocess
    import sys

    synthetic.record_run(url, rng, n_processes=3, names=("relu", "gelu"))
    program = tmp_path / "pages.py"
    program.write_text(
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "from dashboard.launch import APP\n"
        "at = AppTest.from_file(str(APP), default_timeout=60).run()\n"
        "assert not at.exception\n"
        "for view in sorted((APP.parent / 'views').glob('[a-z]*.py')):\n"
        "    at.switch_page(f'views/{view.name}').run()\n"
        "    assert not at.exception, at.exception\n"
        "assert 'torch' not in sys.modules, 'a page imports torch'\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
