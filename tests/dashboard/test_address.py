"""What the address of a page asks for, and what it leads back to."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

from bench_service.result import Conditions


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


def test_hardware_is_chosen_first_and_nothing_else_is_mixed_in(page, url, synthetic, rng):
    earlier = synthetic.STARTED - timedelta(days=1)
    synthetic.record_run(url, rng, label="new", machine="Graviton")
    synthetic.record_run(url, rng, label="old", machine="Xeon", started_at=earlier)
    at = page()
    assert at.selectbox(key="hardware").value == "Graviton"
    at.selectbox(key="hardware").select("Xeon").run()
    assert [name.split(" ")[0] for name in at.selectbox(key="run").options] == ["old"]


def test_pass_and_measure_are_chosen_on_the_throughput_page(charts, page, url, synthetic, rng):
    synthetic.record_run(url, rng)
    at = page("throughput")
    at.segmented_control(key="pass").select("backward")
    at.segmented_control(key="show").select("relative to ReLU").run()
    assert charts(at)[0]["title"]["text"] == "Time relative to ReLU against size"
    assert "backward" in charts(at)[0]["title"]["subtitle"][0]
