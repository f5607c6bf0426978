"""Activations that misbehave, for tests that name them by this file's path.

What should happen only in the rounds happens where the environment variable MISBEHAVE says so:
a forker inherits it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

import torch

KEPT = []


def plain(x):
    return torch.relu(x)


def raises(x):
    raise RuntimeError("no, thanks")


def wrong_shape(x):
    return torch.relu(x)[..., :-1]


def wrong_dtype(x):
    return torch.relu(x).double() if x.dtype != torch.float64 else torch.relu(x).float()


def returns_number(x):
    return 3.0


def changes_input(x):
    return x.clamp_(min=0) if not x.requires_grad else torch.relu(x)


def not_a_number(x):
    return torch.sqrt(x)


def hangs(x):
    while True:
        time.sleep(1)


def hangs_in_c(x):
    ctypes.CDLL(None).pause()
    return x


def exits(x):
    os._exit(7)


def calls_sys_exit(x):
    sys.exit("enough")


def interrupts(x):
    raise KeyboardInterrupt


def segfaults(x):
    ctypes.string_at(0)


def kills_itself(x):
    os.kill(os.getpid(), signal.SIGKILL)


def dies_of_a_real_time_signal(x):
    os.kill(os.getpid(), signal.SIGRTMIN + 3)
    time.sleep(1)


def eats_memory(x):
    while True:
        KEPT.append(torch.empty(1 << 28))


def closes_descriptors(x):
    os.closerange(3, 256)
    return torch.relu(x)


def writes_into_descriptors(x):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"garbage that is no message at all")
        except OSError:
            continue
    return torch.relu(x)


def prints(x):
    print("printed " * 1000)
    return torch.relu(x)


def starts_thread(x):
    if not KEPT:
        KEPT.append(threading.Thread(target=time.sleep, args=(3600,)))
        KEPT[0].start()
    return torch.relu(x)


def leaves_process(x):
    if not KEPT:
        KEPT.append(subprocess.Popen(["sleep", "3601"]))
    return torch.relu(x)


def leaves_daemon(x):
    """A process of a session of its own, which holds whatever its parent had open."""
    if not KEPT:
        KEPT.append(True)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp("sleep", ["sleep", "3602"])
            os._exit(0)
    return torch.relu(x)


def leaves_process_and_dies(x):
    """Its pipe stays open in what it leaves behind."""
    if os.fork() == 0:
        time.sleep(3603)
    os._exit(9)


def crashes_others(x):
    """The process dies of it a moment later, while somebody else is at work."""
    if not KEPT:
        KEPT.append(threading.Timer(0.002, os.kill, (os.getpid(), signal.SIGKILL)))
        KEPT[0].start()
    return torch.relu(x)


def hangs_after_a_call(x):
    """It passes the set-up and hangs in the rounds."""
    KEPT.append(None)
    if len(KEPT) > 1:
        time.sleep(3604)
    return torch.relu(x)


def leaves_process_and_hangs(x):
    subprocess.Popen(["sleep", "3605"], start_new_session=True)
    time.sleep(3606)


def changes_input_later(x):
    """Innocent while it is checked and calibrated; in the rounds, it rectifies what all read."""
    KEPT.append(None)
    return torch.relu_(x) if os.environ.get("MISBEHAVE") == "rounds" else torch.relu(x)


def adds_one(x):
    return x + 1


def scales(x):
    return 0.5 * x


def breaks_the_graph(x):
    print("a side effect that can't be compiled")
    return torch.relu(x)
