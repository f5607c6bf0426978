"""Activations of a user's, some of which misbehave."""

import os
import signal
import time

import torch


def sound(x):
    return torch.relu(x)


def raises(x):
    raise ValueError("[bold]no[/] :smile: ✓")


def other_shape(x):
    return torch.relu(x)[..., :-1]


def changes_input(x):
    return x.clamp_(min=0) if not x.requires_grad else torch.relu(x)


def not_a_number(x):
    return torch.sqrt(x)


def kills_its_process(x):
    os.kill(os.getpid(), signal.SIGKILL)


def hangs(x):
    time.sleep(3600)


class Box:
    @staticmethod
    def inner(x):
        return torch.relu(x)


def make_module():
    return torch.nn.ReLU()
