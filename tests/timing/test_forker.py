"""Whatever a user's function does to its process, the forker says who it was, and goes on."""

from __future__ import annotations

import pytest
from forking import commands_with, descendants, mis, spec_of

from bench_service.timing.events import probes_of

SILENCE_S = 20.0


def ended(forker, *activations, task="probe", silence_s=SILENCE_S, **more):
    spec = spec_of(*activations, **more)
    events = list(forker.ask(task, spec, silence_s))
    assert [event["event"] for event in events].count("end") == 1
    return events


def is_in_order(forker) -> bool:
    """The forker answers and nothing is left of the child."""
    found, end = probes_of(forker.ask("probe", spec_of("relu"), SILENCE_S))
    assert descendants(forker.pid) == []
    return end["status"] == "ok" and found["relu"].n_calls > 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises", "RuntimeError: no, thanks"),
        ("wrong_shape", "returns the shape"),
        ("wrong_dtype", "another dtype than its input's"),
        ("returns_number", "returns a float where a tensor is expected"),
        ("changes_input", "changes its input"),
        ("not_a_number", "returns NaN for a finite input"),
        ("missing", "has no attribute 'missing'"),
        ("eats_memory", "memory"),
    ],
)
def test_a_function_that_is_wrong_gets_its_reason_and_the_others_their_times(forker, name, reason):
    found, end = probes_of(ended(forker, "gelu", mis(name), "silu"))
    assert end["status"] == "ok"
    assert reason in found[name].reason
    assert found[name].n_calls == 0
    assert found["gelu"].n_calls > 0
    assert found["silu"].n_calls > 0


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("exits", "crashed", "exit status 7"),
        ("calls_sys_exit", "failed", "SystemExit: enough"),
        ("interrupts", "failed", "KeyboardInterrupt"),
        ("segfaults", "crashed", "SIGSEGV"),
        ("kills_itself", "crashed", "SIGKILL"),
        ("dies_of_a_real_time_signal", "crashed", "signal 37"),
        ("leaves_process_and_dies", "crashed", "exit status 9"),
        ("closes_descriptors", "crashed", "exit status 1"),
    ],
)
def test_a_function_that_ends_its_process_is_the_culprit(forker, name, status, reason):
    events = ended(forker, "gelu", mis(name), "silu")
    assert [event["probe"]["label"] for event in events[:-1]] == ["gelu"]
    assert events[-1]["status"] == status
    assert reason in events[-1]["reason"]
    assert events[-1]["culprit"] == name
    assert is_in_order(forker)


@pytest.mark.parametrize("name", ["hangs", "hangs_in_c"])
@pytest.mark.parametrize("task", ["probe", "measure"])
def test_a_function_that_hangs_is_killed_when_its_silence_is_over(forker, name, task):
    activations = ("gelu", mis(name), "silu")
    more = {"n_calls": 1, "n_rounds": 2} if task == "measure" else {}
    last = ended(forker, *activations, task=task, silence_s=1.0, **more)[-1]
    assert (last["status"], last["culprit"]) == ("timeout", name)
    assert last["reason"] == "no sign of life for 1 s"
    assert is_in_order(forker)


def test_a_function_that_writes_into_descriptors_reaches_no_one_but_its_own_child(forker):
    pid = forker.pid
    last = ended(forker, mis("writes_into_descriptors"))[-1]
    assert last["status"] in ("crashed", "timeout")
    assert last["culprit"] == "writes_into_descriptors"
    assert forker.pid == pid
    assert is_in_order(forker)


def test_a_function_that_prints_at_every_call_is_measured_like_any_other(forker):
    found, end = probes_of(ended(forker, mis("prints")))
    assert end["status"] == "ok"
    assert found["prints"].n_calls > 0
    assert is_in_order(forker)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("starts_thread", "3600"), ("leaves_process", "3601"), ("leaves_daemon", "3602")],
)
def test_nothing_that_a_function_starts_outlives_its_child(forker, name, seconds):
    found, end = probes_of(ended(forker, mis(name)))
    assert end["status"] == "ok", end
    assert found[name].n_calls > 0
    assert commands_with(seconds) == []
    assert is_in_order(forker)


def test_hundreds_of_children_leave_no_descriptors_and_no_zombies(forker):
    def descriptors():
        return len(list(forker_descriptors.iterdir()))

    from pathlib import Path

    assert is_in_order(forker)
    forker_descriptors = Path(f"/proc/{forker.pid}/fd")
    before = descriptors()
    for index in range(200):
        name = mis("exits") if index % 10 == 0 else "relu"
        more = {"n_calls": 1, "n_rounds": 1, "process_ix": index}
        ended(forker, name, task="measure", **more)
    assert descriptors() == before
    assert descendants(forker.pid) == []


def test_a_message_larger_than_the_pipe_arrives_whole(forker):
    (part, end) = ended(forker, "relu", task="measure", n_calls=1, n_rounds=20_000)
    assert end["status"] == "ok"
    assert len(part["blocks"][0]["wall_ns"]) == 20_000


def test_an_entry_that_failed_in_the_set_up_shifts_no_blame_to_another(forker):
    """The index that is shared is that of the specification, not of what was built."""
    activations = (mis("raises"), "gelu", mis("hangs_after_a_call"), "silu")
    events = ended(forker, *activations, task="measure", silence_s=1.0, n_calls=1, n_rounds=2)
    assert events[0]["event"] == "failed"
    assert events[0]["label"] == "raises"
    assert (events[-1]["status"], events[-1]["culprit"]) == ("timeout", "hangs_after_a_call")
