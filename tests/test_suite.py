"""What a user asks for is validated, and every mistake is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_service.errors import SuiteError
from bench_service.result import Pass
from bench_service.suite import BUILT_IN, Suite, load_suite, parse_suite


def suite(timing: str = "", top: str = "") -> Suite:
    return parse_suite(f'name = "mine"\n{top}\n[timing]\n{timing}', "suite file mine.toml")


def test_a_suite_of_the_design_is_read_as_it_is_meant():
    made = parse_suite(
        """
        name = "mine"
        activations = ["relu", "gelu", "my_package.acts:swoosh"]
        backends = ["cpu-eager"]
        [timing]
        passes = ["forward", "backward"]
        dtypes = ["float32"]
        numels = [1024, 65536, 1048576]
        processes = 20
        [training]
        workloads = ["lr_stress", "digits_mlp"]
        seeds = 12
        """,
        "suite file mine.toml",
    )
    assert made.activations == ("relu", "gelu", "my_package.acts:swoosh")
    assert made.timing.passes == (Pass.FORWARD, Pass.BACKWARD)
    assert made.timing.numels == (1024, 65536, 1048576)
    assert made.training.workloads == ("lr_stress", "digits_mlp")


@pytest.mark.parametrize(
    ("timing", "field"),
    [
        ("numels = [0]", "timing.numels"),
        ("numels = [-1]", "timing.numels"),
        ("numels = []", "timing.numels"),
        ("numels = 1024", "timing.numels"),
        ('numels = ["1024"]', "timing.numels"),
        ("numels = [true]", "timing.numels"),
        ("numels = [1.5]", "timing.numels"),
        ("numels = [1099511627777]", "timing.numels"),
        ('passes = ["sideways"]', "timing.passes"),
        ("passes = []", "timing.passes"),
        ('dtypes = ["int8"]', "timing.dtypes"),
        ("dtypes = []", "timing.dtypes"),
        ("threads = [0]", "timing.threads"),
        ("threads = []", "timing.threads"),
        ('threads = ["some"]', "timing.threads"),
        ("threads = [true]", "timing.threads"),
        ("inputs = []", "timing.inputs"),
        ("layouts = []", "timing.layouts"),
        ("processes = 2", "timing.processes"),
        ("processes = 3.5", "timing.processes"),
        ("processes = true", "timing.processes"),
        ('processes = "20"', "timing.processes"),
        ("max_rounds = 2", "timing.max_rounds"),
        ("child_ms = 0", "timing.child_ms"),
        ("child_ms = nan", "timing.child_ms"),
        ("target_half_width = 0", "timing.target_half_width"),
        ("target_half_width = 1", "timing.target_half_width"),
        ("seconds = 0", "timing.seconds"),
        ("seconds = nan", "timing.seconds"),
        ("seconds = inf", "timing.seconds"),
        ('conditions = "some"', "timing.conditions"),
        ("rounds = 3", "timing.rounds"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_given(timing, field):
    with pytest.raises(SuiteError) as caught:
        suite(timing)
    assert field in caught.value.got
    assert field in caught.value.allowed
    assert "mine.toml" in caught.value.what


@pytest.mark.parametrize(
    ("top", "field"),
    [
        ("activations = []", "activations"),
        ('activations = ["relu", "relu"]', "activations"),
        ('activations = "relu"', "activations"),
        ('backends = "all"', "backends"),
        ("backends = []", "backends"),
        ("surprise = 1", "surprise"),
    ],
)
def test_a_wrong_field_at_the_top_is_named_too(top, field):
    with pytest.raises(SuiteError) as caught:
        suite(top=top)
    assert field in caught.value.got


def test_several_mistakes_are_all_named():
    with pytest.raises(SuiteError, match="3 wrong fields") as caught:
        suite("numels = [0]\nprocesses = 1", "surprise = 1")
    assert all(name in caught.value.got for name in ("timing.numels", "processes", "surprise"))


@pytest.mark.parametrize("text", ["name =", "name = 'a'\nname = 'b'", "\x00"])
def test_what_is_no_toml_says_where_it_is_wrong(text):
    with pytest.raises(SuiteError, match="isn't TOML"):
        parse_suite(text, "suite file x.toml")


@pytest.mark.parametrize("text", ["", "name = ''", "name = 3"])
def test_a_suite_needs_a_name(text):
    with pytest.raises(SuiteError) as caught:
        parse_suite(text, "suite file x.toml")
    assert "name" in caught.value.allowed


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_suites_are_valid_and_named_as_they_are_called(name):
    made = load_suite(name)
    assert made.name == name
    assert made.timing.processes <= made.timing.max_processes


def test_a_name_that_is_neither_built_in_nor_a_file_lists_what_there_is(tmp_path):
    with pytest.raises(SuiteError) as caught:
        load_suite("quik")
    assert "quick" in caught.value.allowed
    with pytest.raises(SuiteError, match="can't be read"):
        load_suite(str(tmp_path / "missing.toml"))
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(SuiteError, match="can't be read"):
        load_suite(str(tmp_path / "latin.toml"))


def test_changes_are_validated_like_the_whole():
    made = load_suite("quick")
    assert made.with_timing(processes=7).timing.processes == 7
    assert made.timing.processes != 7
    with pytest.raises(SuiteError, match="'quick'"):
        made.with_timing(processes=0)
    assert Suite(name="bare").with_timing(numels=[5]).timing.numels == (5,)


@given(
    st.lists(st.integers(1, 1 << 40), min_size=1),
    st.lists(st.sampled_from(list(Pass)), min_size=1),
    st.integers(3, 1000),
    st.floats(0.001, 0.9),
)
def test_a_suite_comes_back_from_its_document(numels, passes, processes, half_width):
    """As it is stored with a run, and read when the run is resumed."""
    made = Suite(name="a").with_timing(
        numels=numels, passes=passes, processes=processes, target_half_width=half_width
    )
    assert Suite.from_document(made.model_dump(mode="json"), "the stored suite") == made
