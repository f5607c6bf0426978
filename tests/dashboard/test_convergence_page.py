"""The page about convergence, of stores that hold what people's do."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from training_store import leaky_at_1, record_training, record_untrained

SECTIONS = [
    "How do they learn?", "How much better or worse than ReLU?", "How soon is the target reached?",
    "How much does the learning rate matter?", "How often does it diverge?",
    "How was it trained?", "Failed and skipped",
]  # fmt: skip


def headlines(at):
    return [header.value for header in at.header]


def labels(spec):
    """The activations that a chart has a colour for."""
    scales = [layer["encoding"].get("color", {}).get("scale") for layer in spec["layer"]]
    return next(scale["domain"] for scale in scales if scale)


def titles(charts, at):
    return [spec["title"]["text"] for spec in charts(at)]


@pytest.fixture
def convergence(page):
    def run(**query):
        at = page("convergence", **query)
        assert not at.exception
        assert not at.error
        return at

    return run


def test_it_lands_on_the_answer_with_its_interval_and_test(convergence, url, text, rng):
    record_training(url, rng)
    at = convergence()
    assert headlines(at)[:2] == ["gelu", "gelu"]
    said = text(at)
    assert "gelu: test loss" in said
    assert "lower than ReLU's" in said
    assert "after Holm" in said
    assert "Worse than ReLU: elu." in said
    assert [each.value for each in at.subheader] == SECTIONS


def test_its_charts_are_of_curves_differences_the_target_and_rates(charts, convergence, url, rng):
    record_training(url, rng, diverges=lambda case: case.lr == 0.1)
    assert titles(charts, convergence()) == [
        "Validation loss over training",
        "Test loss against ReLU",
        "Seeds that haven't reached the target",
        "Mean steps to the target",
        "Validation loss by learning rate",
        "Range of good rates",
        "Share that diverged",
        "Diverged of trained, by rate",
    ]


def test_the_default_rate_and_another_curve_are_chosen_and_stand_in_the_address(
    charts, convergence, url, rng
):
    record_training(url, rng)
    at = convergence()
    at.segmented_control(key="rate").select("default")
    at.segmented_control(key="curve").select("validation accuracy").run()
    first = charts(at)[0]
    assert first["title"]["text"] == "Validation accuracy over training"
    assert first["title"]["subtitle"] == ["digits_mlp · at the default rate"]
    asked = parse_qs(at.code[-1].value.partition("?")[2])
    assert (asked["rate"], asked["curve"]) == (["default"], ["validation accuracy"])
    assert asked["workload"] == ["digits_mlp"]
    again = convergence(**{key: values[0] for key, values in asked.items()})
    assert again.code[-1].value == at.code[-1].value


def test_a_workload_that_sweeps_rates_is_compared_rate_by_rate(convergence, url, text, rng):
    record_training(url, rng, diverges=leaky_at_1)
    at = convergence(workload="lr_stress", rate="1")
    said = text(at)
    assert "Trains best at a rate of 1" in said
    assert "Diverged, and counted as chance: leaky_relu (9 of 12)." in said
    assert "This workload has no target" in said
    assert headlines(at)[-1] == "leaky_relu", "it alone diverges"


def test_only_chosen_activations_are_shown_and_verdicts_stay_what_they_were(
    charts, convergence, url, text, rng
):
    record_training(url, rng)
    every = convergence()
    some = convergence(activations=["relu", "gelu"])
    assert "elu" in labels(charts(every)[0])
    assert set(labels(charts(some)[0])) == {"relu", "gelu"}
    tests = [
        next(line for line in text(at).splitlines() if "after Holm" in line) for at in (every, some)
    ]
    assert tests[0] == tests[1], "Holm adjusts for all that were trained, shown or not"


def test_one_seed_has_no_interval_and_the_page_says_so(convergence, url, text, rng):
    record_training(url, rng, n_seeds=1)
    at = convergence()
    said = text(at)
    assert headlines(at) == ["Can't tell"] * 3
    assert "one seed has no interval" in said
    assert "One seed: a line each, and **no interval**." in said
    assert "One seed: **no interval and no verdict**" in said
    assert "One seed has no interval." in said
    assert "With one seed there is no interval" in said


def test_few_seeds_are_no_ranking_with_the_reason(convergence, url, text, rng):
    record_training(url, rng, n_seeds=4)
    said = text(convergence())
    assert "No ranking: 4 seeds; at least 10 are needed." in said
    assert "fewer than six have **no interval**" in said


def test_where_everything_diverged_that_is_the_answer(convergence, url, text, rng):
    record_training(url, rng, diverges=lambda _case: True)
    at = convergence()
    said = text(at)
    assert "12 of 12" in said
    assert "No seed got there in 100 steps." in said
    assert "at every rate, half of the tuning seeds or more failed" in said or "Can't tell" in said


def test_without_relu_there_is_nothing_to_hold_others_against(convergence, url, text, rng):
    record_training(url, rng, names=("gelu", "elu"))
    said = text(convergence())
    assert "nothing to hold" in said


def test_relu_alone_is_no_comparison(convergence, url, text, rng):
    record_training(url, rng, names=("relu",))
    assert "Only ReLU was trained here" in text(convergence())


def test_an_activation_that_nobody_knows_with_a_long_name_is_shown_like_any_other(
    charts, convergence, url, rng
):
    long = "my_package.activations.experimental:swoosh_with_a_very_long_name_indeed"
    record_training(url, rng, names=("relu", long))
    for spec in charts(convergence())[:2]:
        assert long in labels(spec)


def test_fifty_activations_are_drawn_within_the_limit_of_marks(charts, convergence, url, text, rng):
    names = ("relu", *(f"act{index}" for index in range(49)))
    record_training(url, rng, names=names, has_neurons=False)
    at = convergence()
    assert "Too much to draw" not in text(at)
    assert titles(charts, at)[0] == "Validation loss over training"
    assert len(labels(charts(at)[0])) == 50


def test_a_run_that_has_only_tuned_says_that_there_is_nothing_to_compare(
    charts, convergence, url, text, rng
):
    record_training(url, rng, keep=lambda case: case.lr_role == "tune", status=None, n_planned=200)
    at = convergence()
    assert "Only rates were tried so far" in text(at)
    assert titles(charts, at) == ["Validation loss by learning rate", "Range of good rates"]


def test_what_went_wrong_is_listed_with_its_reason_and_is_no_divergence(
    convergence, url, text, rng
):
    record_training(
        url, rng, broken=lambda case: (case.activation, case.lr_role) == ("elu", "eval")
    )
    said = text(convergence())
    assert "**12 error** — The data weren't there." in said
    assert "Not ranked: elu (0 seeds; at least 10 are needed)." in said or "have no score" in said


def test_the_protocol_is_told_in_plain_words(convergence, url, text, rng):
    record_training(url, rng)
    said = text(convergence())
    for word in ("**Task.**", "**Seeds.** 12 seeds", "**Tuned rate.** The best of 3 rates",
                 "**Default rate.** 0.001 for all", "**Start.**", "**Score.**",
                 "**Target.** A validation accuracy of 95.0 %"):  # fmt: skip
        assert word in said
    assert "bench-service run quick --kind training -w digits_mlp --seeds 20" in said


def test_where_nothing_is_trained_it_speaks_of_networks_as_they_begin(
    charts, convergence, url, text, rng
):
    record_untrained(url, rng)
    at = convergence()
    said = text(at)
    assert "Nothing is trained here" in said
    assert "Begins best, untrained" in said
    assert "Trains best" not in said
    assert titles(charts, at) == ["Test loss against ReLU"]


def test_a_workload_that_trains_comes_before_one_that_does_not(convergence, url, rng):
    record_untrained(url, rng, is_alone=False)
    assert "workload=lr_stress" in convergence().code[-1].value
