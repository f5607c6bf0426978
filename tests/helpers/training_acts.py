"""Activations of a user's that misbehave while they train, named by this file's path.

Each is sound while it is asked whether it is; what happens, happens in a stack.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

import torch

FILE = Path(__file__)


def reference(name):
    """How a case names an activation of this file."""
    return f"{FILE}:{name}"


def is_stacked(x):
    """True within ``torch.func.vmap``: not while the function is held against itself."""
    return torch._C._functorch.is_batchedtensor(x)


def sound(x):
    return torch.relu(x)


def raises(x):
    if is_stacked(x):
        raise ValueError("no, thanks")
    return torch.relu(x)


def raises_at_once(x):
    raise ValueError("no, thanks")


def depends_on_values(x):
    return torch.relu(x) if float(x.detach().sum()) > -1e9 else x


def calls_sys_exit(x):
    if is_stacked(x):
        sys.exit("enough")
    return torch.relu(x)


def interrupts(x):
    if is_stacked(x):
        raise KeyboardInterrupt
    return torch.relu(x)


def kills_itself(x):
    if is_stacked(x):
        os.kill(os.getpid(), signal.SIGKILL)
    return torch.relu(x)


def segfaults(x):
    if is_stacked(x):
        ctypes.string_at(0)
    return torch.relu(x)


def exits(x):
    if is_stacked(x):
        os._exit(7)
    return torch.relu(x)


def exits_with_success(x):
    if is_stacked(x):
        os._exit(0)
    return torch.relu(x)


def hangs(x):
    """Leaves a file that names the process, where MARK says which folder: now it hangs."""
    if is_stacked(x):
        if folder := os.environ.get("MARK"):
            Path(folder, str(os.getpid())).touch()
        time.sleep(3600)
    return torch.relu(x)


def hangs_too(x):
    return hangs(x)


def prints(x):
    print("printed by a user's function " * 50)
    os.write(2, b"written by a user's function\n")
    return torch.relu(x)


def closes_descriptors(x):
    os.closerange(3, 256)
    return torch.relu(x)


def eats_memory(x):
    kept = []
    while is_stacked(x):
        kept.append(torch.zeros(1 << 24))
    return torch.relu(x)
