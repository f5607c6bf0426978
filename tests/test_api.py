"""The few names that notebooks import."""

from __future__ import annotations

import shlex
import subprocess
import sys
from importlib import import_module

import pandas as pd
import pytest

import bench_service
from bench_service.errors import (
    ActivationError,
    InputError,
    InterruptedRunError,
    SuiteError,
    UnknownNameError,
)
from bench_service.timing.forker_client import Forker
from db.errors import NotFoundError, StoreError

SMALL = bench_service.Suite.from_document(
    {
        "name": "small",
        "activations": ["relu", "gelu"],
        "backends": ["cpu-eager"],
        "timing": {
            "passes": ["forward"], "numels": [256], "processes": 3, "max_processes": 3,
            "child_ms": 10,
        },
    },
    "the test's suite",
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_LOCK", str(tmp_path / "lock"))
    monkeypatch.setenv("BENCH_SERVICE_DB", str(tmp_path / "default.db"))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A run, and the path of its store."""
    folder = tmp_path_factory.mktemp("api")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BENCH_SERVICE_LOCK", str(folder / "lock"))
        path = folder / "store.db"
        return bench_service.run(SMALL, db=path, label="before", seed=5), path


def test_the_public_names_are_these():
    assert bench_service.__all__ == ["Suite", "activation", "load", "plan", "resume", "run"]
    assert dir(bench_service) == sorted(bench_service.__all__)
    for name in bench_service.__all__:
        value = getattr(bench_service, name)
        assert callable(value)
        assert value.__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bench_service.nothing


def test_the_functions_stay_functions_after_their_modules_were_imported():
    for module in ("api", "execution", "planning", "suite", "cli.run", "cli.plan", "loaded"):
        import_module(f"bench_service.{module}")
    for name in ("run", "plan", "load", "resume", "activation"):
        assert callable(getattr(bench_service, name))
        assert type(getattr(bench_service, name)).__name__ == "function"


@pytest.mark.parametrize(
    "statement", ["import bench_service", "import bench_service; dir(bench_service)"]
)
def test_importing_the_package_imports_nothing_heavy(statement):
    program = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"torch", "sqlalchemy", "pandas", "numpy", "pydantic", "rich", "typer"}
    assert not heavy & set(done.stdout.split())


def test_loading_a_run_needs_no_torch(done):
    program = (
        "import sys; from bench_service import load\n"
        f"print(load('latest', db={str(done[1])!r}), 'torch' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip().endswith("False")


def test_a_plan_describes_itself_in_a_line():
    planned = bench_service.plan(SMALL)
    assert repr(planned).startswith(
        "<Plan of suite small: 2 cases in 1 group, 0 skipped, 0 slices to train, about "
    )
    assert [case.activation for case in planned.cases] == ["relu", "gelu"]
    with pytest.raises(AttributeError):
        planned.groups = ()


def test_a_suite_may_be_a_name_a_path_or_a_suite(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nbackends = ["cpu-eager"]\n[timing]\nnumels = [8]')
    assert bench_service.plan("smoke").suite.name == "smoke"
    assert bench_service.plan(path) == bench_service.plan(str(path))


@pytest.mark.parametrize(
    ("suite", "kind"),
    [
        ("nosuch", SuiteError),
        (SMALL.model_copy(update={"timing": None}), SuiteError),
        (SMALL.model_copy(update={"activations": ("reluu",)}), UnknownNameError),
        (SMALL.model_copy(update={"backends": ("cpu",)}), UnknownNameError),
    ],
)
def test_what_cant_be_planned_is_an_input_error(suite, kind):
    with pytest.raises(kind) as caught:
        bench_service.plan(suite)
    assert isinstance(caught.value, InputError)
    assert caught.value.got or caught.value.allowed


def test_a_run_is_a_frozen_value_with_a_frame(done):
    run, _ = done
    assert isinstance(run.timing, pd.DataFrame)
    assert list(run.timing["activation"]) == ["relu", "gelu"]
    assert (run.timing["status"] == "ok").all()
    assert run.benchmarks.empty
    assert run.status == "done"
    assert run.header["seed"] == 5
    assert repr(run) == f"<Run {run.uid} (before), suite small, done: 2 ok, 0 failed, 0 skipped>"
    with pytest.raises(AttributeError):
        run.timing = None


@pytest.mark.parametrize("reference", ["latest", "before", None])
def test_a_stored_run_is_the_same_however_it_is_named(done, reference):
    run, path = done
    again = bench_service.load(run.uid if reference is None else reference, db=path)
    assert again.uid == run.uid
    assert again.header == run.header
    pd.testing.assert_frame_equal(again.timing, run.timing)


def test_a_store_that_isnt_there_is_an_error_and_isnt_made(tmp_path):
    with pytest.raises(NotFoundError):
        bench_service.load(db=tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_the_default_store_is_that_of_the_environment(done, monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_DB", str(done[1]))
    assert bench_service.load().uid == done[0].uid


def test_a_run_that_is_done_has_nothing_to_resume(done):
    with pytest.raises(InputError, match="nothing of it is missing"):
        bench_service.resume("before", db=done[1])


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_that_cant_be_is_refused(seed, tmp_path):
    with pytest.raises(InputError, match="seed"):
        bench_service.run(SMALL, seed=seed, db=tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


class Interrupting:
    """Progress that interrupts when the first child is done."""

    def __init__(self, error):
        self.error = error

    def waiting(self): ...
    def begin(self, plan, n_children): ...
    def now(self, what, conditions): ...
    def failed(self, label, conditions, reason): ...

    def child_done(self, n_left):
        raise self.error


def test_an_interrupted_run_says_how_to_go_on_and_does(tmp_path):
    path = tmp_path / "a store.db"
    with pytest.raises(InterruptedRunError) as caught:
        bench_service.run(SMALL, db=path, progress=Interrupting(KeyboardInterrupt()))
    stopped = bench_service.load(db=path)
    assert stopped.status == "interrupted"
    assert caught.value.next_step == f"bench-service run --resume {stopped.uid} --db '{path}'"
    assert set(stopped.timing["n_processes"]) == {1}
    finished = bench_service.resume(stopped.uid, db=path)
    assert (finished.uid, finished.status) == (stopped.uid, "done")
    assert set(finished.timing["n_processes"]) == {3}


def test_a_run_of_a_file_in_the_current_folder_goes_on_from_any_other(tmp_path, monkeypatch):
    workshop, elsewhere = tmp_path / "workshop", tmp_path / "elsewhere"
    for folder in (workshop, elsewhere):
        folder.mkdir()
    (workshop / "own.py").write_text("import torch\n\ndef bent(x):\n    return torch.relu(x)\n")
    monkeypatch.chdir(workshop)
    suite = SMALL.model_copy(update={"activations": ("relu", "own.py:bent")})
    with pytest.raises(InterruptedRunError) as caught:
        bench_service.run(suite, db="a.db", progress=Interrupting(KeyboardInterrupt()))
    assert shlex.split(caught.value.next_step)[-2:] == ["--db", str(workshop / "a.db")]
    monkeypatch.chdir(elsewhere)
    # Another function of the same name, which the run didn't begin with.
    (elsewhere / "own.py").write_text("bent = None\n")
    finished = bench_service.resume("latest", db=workshop / "a.db")
    assert finished.status == "done"
    assert list(finished.timing["activation"]) == ["relu", "own.py:bent"]
    assert set(finished.timing["n_processes"]) == {3}


def test_a_file_that_has_gone_since_is_named_with_the_folder_that_the_run_began_in(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("import torch\n\nbent = torch.relu\n")
    suite = SMALL.model_copy(update={"activations": ("own.py:bent",)})
    with pytest.raises(InterruptedRunError):
        bench_service.run(suite, db="a.db", progress=Interrupting(KeyboardInterrupt()))
    (tmp_path / "own.py").unlink()
    monkeypatch.chdir("/")
    with pytest.raises(ActivationError, match=r"no file 'own\.py'") as caught:
        bench_service.resume("latest", db=tmp_path / "a.db")
    assert str(tmp_path) in caught.value.next_step


def test_a_store_that_fails_in_mid_run_leaves_an_interrupted_run(tmp_path):
    path = tmp_path / "store.db"
    error = StoreError("The store failed.", got="a cable", next_step="plug it in")
    with pytest.raises(StoreError) as caught:
        bench_service.run(SMALL, db=path, progress=Interrupting(error))
    stopped = bench_service.load(db=path)
    assert stopped.status == "interrupted"
    assert caught.value.got == "a cable"
    assert caught.value.next_step.startswith("plug it in; then `bench-service run --resume ")


def test_a_second_interrupt_changes_nothing_of_what_is_said(tmp_path, monkeypatch):
    from bench_service.record import Recorder

    def interrupted(self, uid, status):
        raise KeyboardInterrupt

    monkeypatch.setattr(Recorder, "close_run", interrupted)
    with pytest.raises(InterruptedRunError, match="what was measured is kept"):
        bench_service.run(
            SMALL, db=tmp_path / "store.db", progress=Interrupting(KeyboardInterrupt())
        )


def test_an_activation_comes_by_its_name_or_from_its_place():
    assert bench_service.activation("relu").name == "relu"
    assert bench_service.activation("torch.nn.functional:relu").family == "user"
    with pytest.raises(UnknownNameError):
        bench_service.activation("swish")


def test_no_process_is_left_behind(done, monkeypatch, tmp_path):
    started = []
    begin = Forker.__enter__
    monkeypatch.setattr(Forker, "__enter__", lambda self: started.append(begin(self)) or self)
    bench_service.run(SMALL, db=tmp_path / "store.db")
    assert {forker.pid for forker in started} == {None}
