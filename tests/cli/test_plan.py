from __future__ import annotations

import sys

import pytest

SUITE = """
name = "mine"
activations = ["relu", "gelu", "my_package.acts:swoosh"]
backends = ["cpu-eager"]            # or "auto": all that this machine has

[timing]
passes = ["forward", "backward"]
dtypes = ["float32"]
numels = [1024, 65536, 1048576]
processes = 20                      # rounds, target half-width and budgets have defaults

[training]
workloads = ["lr_stress", "digits_mlp"]
seeds = 12
"""


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A folder with a package of the user's whose import would be noticed."""
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    (package / "acts.py").write_text("def swoosh(x): return x")
    (tmp_path / "own.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_plan_says_cases_groups_time_and_activations(call):
    said = call("plan", "smoke")
    assert (said.status, said.err) == (0, "")
    assert "6 cases to time in 2 groups; about" in said.out
    assert "3 activations: relu, leaky_relu, gelu." in said.out


def test_a_plan_as_json_is_json_alone(call):
    document = call("plan", "smoke", "--json").document
    assert document["n_cases"] == len(document["cases"]) == 6
    assert document["expected_seconds"] > 0
    assert document["skips"] == document["training"] == document["training_skips"] == []
    assert set(document["cases"][0]) == {
        "activation", "params", "backend", "pass", "dtype", "numel", "condition", "layout",
        "threads", "input",
    }  # fmt: skip


def test_the_suite_of_the_design_loads_where_its_module_exists(call, workshop):
    (workshop / "mine.toml").write_text(SUITE)
    document = call("plan", "mine.toml", "--json").document
    assert document["n_cases"] == 18
    assert any(case["activation"] == "my_package.acts:swoosh" for case in document["cases"])
    assert "my_package" not in sys.modules


def test_training_beside_timing_is_planned_chain_by_chain(call, workshop):
    (workshop / "mine.toml").write_text(SUITE)
    document = call("plan", "mine.toml", "--json").document
    chains = {(c["workload"], c["activation"]): c for c in document["training"]}
    assert len(chains) == 2 * 3
    # 7 rates on 3 tuning seeds, and 12 seeds at the tuned and at the default rate
    assert chains["digits_mlp", "gelu"]["n_slices"] == 7 * 3 + 2 * 12
    # a sweep: 6 rates on all 12 seeds, and nothing is tuned
    assert chains["lr_stress", "relu"]["n_slices"] == 6 * 12
    assert chains["lr_stress", "relu"]["tuning_seeds"] == []
    assert document["n_slices"] == 3 * (45 + 72)
    assert call("plan", "mine.toml", "--kind", "timing", "--json").document["training"] == []
    alone = call("plan", "mine.toml", "--kind", "training", "--json").document
    assert (alone["n_cases"], alone["n_slices"]) == (0, document["n_slices"])


def test_seeds_and_workloads_of_the_command_line_take_the_place_of_the_suites(call):
    words = ["--workload", "digits_mlp", "--seeds", 3, "-a", "relu", "-a", "gelu"]
    document = call("plan", "smoke", *words, "--json").document
    assert [chain["seeds"] for chain in document["training"]] == [[0, 1, 2]] * 2
    assert {chain["workload"] for chain in document["training"]} == {"digits_mlp"}
    text = call("plan", "smoke", *words).out
    assert "54 slices to train in 2 chains" in text  # 2 x (7 x 3 + 2 x 3)


def test_relu_is_trained_beside_whatever_is_asked_for(call):
    document = call("plan", "smoke", "-w", "digits_mlp", "-a", "gelu", "--json").document
    assert [chain["activation"] for chain in document["training"]] == ["relu", "gelu"]


def test_an_activation_without_a_place_in_the_model_is_skipped_with_the_reason(call):
    words = ["-w", "digits_mlp", "-a", "relu", "-a", "crelu"]
    document = call("plan", "smoke", *words, "--json").document
    (skip,) = document["training_skips"]
    assert (skip["activation"], skip["workload"]) == ("crelu", "digits_mlp")
    assert "width_doubled" in skip["reason"]
    assert "Skipped, 1 chain: crelu changes" in call("plan", "smoke", *words).out


def test_training_without_a_workload_is_refused(call, workshop):
    (workshop / "only.toml").write_text('name = "t"\n[training]\nseeds = 3')
    said = call("plan", "only.toml")
    assert (said.status, said.out) == (2, "")
    assert "names no workload" in said.err
    assert "digits_mlp" in said.err
    assert call("plan", "only.toml", "--kind", "timing").status == 0


@pytest.mark.parametrize("words", [["--workload", "digits_mlp"], ["--seeds", "3"]])
@pytest.mark.parametrize("verb", ["plan", "run"])
def test_options_of_training_are_refused_where_only_timing_is_asked_for(call, verb, words):
    said = call(verb, "smoke", "--kind", "timing", *words)
    assert (said.status, said.out) == (2, "")
    assert "about training" in said.err
    assert words[1] in said.err


def test_the_workload_of_a_step_is_an_option_of_timing(call):
    words = ["--kind", "timing", "--pass", "step", "-w", "digits_mlp"]
    document = call("plan", "smoke", *words, "--json").document
    assert {(c["pass"], c["input"]) for c in document["cases"]} == {("step", "digits_mlp")}
    assert document["training"] == []


@pytest.mark.parametrize(
    "reference",
    ["own.py:swoosh", "own.py:Box.inner", "own:swoosh", "my_package:a", "my_package.acts:b.c",
     "torch.nn.functional:relu"],
)  # fmt: skip
def test_a_users_own_activation_is_planned_without_being_imported(call, workshop, reference):
    said = call("plan", "smoke", "-a", reference, "--json")
    assert said.document["cases"][0]["activation"] == reference
    assert not {"own", "my_package"} & set(sys.modules)


BAD = {
    "unknown activation": (["-a", "reluu"], "did you mean relu"),
    "nothing like it": (["-a", "qqqq"], "bench-service list activations"),
    "ambiguous activation": (["-a", "swish"], "more than one meaning"),
    "file that isn't there": (["-a", "none.py:f"], "no file 'none.py'"),
    "module that isn't there": (["-a", "nomodule:f"], "no module 'nomodule'"),
    "submodule that isn't there": (["-a", "my_package.none:f"], "no module 'my_package.none'"),
    "no package": (["-a", "own.sub:f"], "no module 'own.sub'"),
    "no attribute": (["-a", "own.py:"], "two parts"),
    "no place": (["-a", ":f"], "two parts"),
    "attribute that is none": (["-a", "own.py:f(x)"], "two parts"),
    "named twice": (["-a", "relu", "-a", "relu"], "named twice: relu"),
    "unknown backend": (["-b", "cpu-eagre"], "did you mean cpu-eager"),
    "unknown dtype": (["--dtype", "float8"], "float32"),
    "no elements": (["--numel", "0"], "greater than or equal to 1"),
    "unknown pass": (["--pass", "sideways"], "'forward', 'backward'"),
    "too few processes": (["--processes", "1"], "greater than or equal to 3"),
    "unknown kind": (["--kind", "both"], "timing, training"),
    "unknown workload": (["-w", "digit_mlp"], "did you mean digits_mlp"),
    "no seeds": (["-w", "digits_mlp", "--seeds", "0"], "greater than or equal to 1"),
    "step of no workload": (["--pass", "step"], "--workload"),
}


@pytest.mark.parametrize(("words", "said"), BAD.values(), ids=BAD)
def test_what_cant_be_is_refused_with_what_was_given_and_what_is_allowed(
    call, workshop, words, said
):
    answer = call("plan", "smoke", *words)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert "got: " in answer.err
    assert "allowed: " in answer.err
    assert "next: " in answer.err
    assert "Traceback" not in answer.err


FILES = {
    "wrong types": ('name = 3\nactivations = "relu"\n[timing]\nnumels = ["a"]\nspeed = 3', 4),
    "unknown table": ('name = "x"\n[timings]\nnumels = [1]', 1),
    "empty list": ('name = "x"\n[timing]\npasses = []', 1),
    "no name": ("[timing]", 1),
}


@pytest.mark.parametrize(("text", "n_wrong"), FILES.values(), ids=FILES)
def test_a_wrong_suite_file_names_every_wrong_field(call, workshop, text, n_wrong):
    (workshop / "bad.toml").write_text(text)
    said = call("plan", "bad.toml")
    assert (said.status, said.out) == (2, "")
    assert f"bad.toml has {n_wrong} wrong field" in said.err
    assert len(said.err.splitlines()) == 4


def test_suites_that_cant_be_read_are_refused(call, workshop):
    (workshop / "broken.toml").write_text("name = [")
    (workshop / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (workshop / "folder.toml").mkdir()
    for name in ("broken.toml", "binary.toml", "folder.toml", "missing.toml", "nosuch"):
        said = call("plan", name)
        assert (said.status, said.out) == (2, "")
        assert name in said.err
        assert "next: " in said.err


def test_an_unavailable_backend_is_a_skip_with_its_reason(call):
    document = call("plan", "smoke", "-b", "mps-eager", "--json").document
    assert document["n_cases"] == 0
    assert len(document["skips"]) == 6
    assert all(skip["reason"] for skip in document["skips"])
    assert "Skipped, 6 cases: " in call("plan", "smoke", "-b", "mps-eager").out


def test_a_size_that_doesnt_fit_into_memory_is_a_skip_with_both_sizes(call):
    said = call("plan", "smoke", "--numel", 10**12, "--pass", "forward")
    assert said.status == 0
    assert "1,000,000,000,000 elements need about 24,000.0 GB" in said.out


def test_no_backend_at_all_is_refused(call, monkeypatch):
    from bench_service.backends import BACKENDS

    for backend in BACKENDS:
        monkeypatch.setattr(type(backend), "unavailable", lambda self: "broken on purpose")
    said = call("plan", "smoke", "-b", "auto")
    assert said.status == 2
    assert "No backend can run" in said.err
