"""The process that measures: what it says, how it dies, and what it leaves behind."""

from __future__ import annotations

import os
import sys
import time

import psutil
import pytest
from asked_jobs import SAYS_DONE, WAITS, python
from waited_for import until

from bench_service.service.attempt import Ended
from bench_service.service.child import LOG_BYTES, Child, measuring_command


def ended(script):
    heard = []
    return Child(python(script), heard.append).wait(), heard


def test_it_is_heard_as_it_goes_on_and_how_it_ended():
    assert ended(SAYS_DONE) == (Ended("done"), [{"share": 0.5, "now": "gelu"}])


def test_what_else_it_prints_is_passed_over():
    script = """
for line in ("plain words", "[1, 2]", "3", "null", '{"progress": 5}', '{"end": "done"}', "{", ""):
    print(line)
sys.stdout.buffer.write(b"\\xff\\xfe\\n")
say({"end": {"outcome": "sold"}})
say({"end": {"outcome": "partial", "reason": "2 cases failed", "run": "abc", "more": 1}})
say({"progress": {"share": 1.0}, "end": 7})
"""
    assert ended(script) == (Ended("partial", "2 cases failed", "abc"), [{"share": 1.0}])


@pytest.mark.parametrize(
    ("script", "how"),
    [
        ("", "ended with status 0 and without a word"),
        ("sys.exit(7)", "ended with status 7 and without a word"),
        ("os.kill(os.getpid(), 9)", "was killed by SIGKILL"),
        ("os.kill(os.getpid(), 11)", "was killed by SIGSEGV"),
        ("os.kill(os.getpid(), 40)", "was killed by signal 40"),
    ],
)
def test_one_that_ends_without_a_word_is_lost_and_how(script, how):
    assert ended(script)[0] == Ended("lost", f"the measuring process {how}")


def test_the_end_of_what_it_complained_of_is_kept():
    last = ended(f"sys.stderr.write('a' * {LOG_BYTES} + 'b\\0é'); raise SystemExit(1)")[0]
    assert len(last.log) <= LOG_BYTES
    assert last.log.startswith("aaa")
    assert last.log.endswith("abé")


def test_it_is_asked_to_stop_once_however_often():
    script = WAITS.replace("def interrupt(*_):", "def interrupt(*_):\n    time.sleep(0.3)")

    def heard(progress):
        for _ in range(5):
            child.stop()

    child = Child(python(script), heard)
    assert child.wait() == Ended("released", "told to")
    child.stop()
    child.kill()


def test_one_that_does_not_stop_is_killed():
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"

    def heard(progress):
        child.stop()
        child.kill()

    child = Child(python(script + "say({'progress': {}}); time.sleep(60)"), heard)
    assert child.wait().reason == "the measuring process was killed by SIGKILL"


def test_what_it_leaves_behind_neither_lives_on_nor_keeps_the_worker_waiting():
    script = """
import subprocess
left = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
say({"progress": {"pid": left.pid}})
say({"end": {"outcome": "done", "reason": "", "run": None}})
"""
    begun = time.monotonic()
    last, (said,) = ended(script)
    assert last == Ended("done")
    assert time.monotonic() - begun < 30
    until(lambda: not psutil.pid_exists(said["pid"]) or is_zombie(said["pid"]))


def is_zombie(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_signal_to_the_workers_group_does_not_reach_it():
    heard = []
    child = Child(python("say({'progress': {'group': os.getpgrp()}})"), heard.append)
    child.wait()
    assert heard[0]["group"] != os.getpgrp()


def test_a_command_that_is_not_there_is_an_error_of_the_system():
    with pytest.raises(FileNotFoundError):
        Child(["/nowhere/python"], print)


def test_a_job_is_measured_by_our_own_module_that_ends_with_this_process():
    command = measuring_command("uid", "sqlite:////store.db")
    assert command[0] == sys.executable
    assert command[-3:] == ["uid", "sqlite:////store.db", str(os.getpid())]
