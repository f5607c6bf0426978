"""The exceptions that this package raises.

::

    BenchServiceError            what was wrong, what was given, what is allowed, what to do next
    ├── InputError               the command line turns it into exit status 2
    │   ├── UnknownNameError     a name that no registry knows; lists the known and the nearest
    │   ├── SuiteError           a suite file or an option with a wrong value
    │   ├── ActivationError      a user's own activation that can't be loaded
    │   ├── WorkloadError        a workload whose data, model or settings can't be used
    │   ├── OtherMachineError    a run that began elsewhere, or with other software
    │   ├── RunIsLiveError       a run that another process is measuring
    │   ├── MachineLockError     the machine's lock, which can't be used
    │   └── JobError             a job, a worker or a queue that can't be used as asked
    │       └── NameTakenError   a worker of that name is at work
    ├── MeasurementError         something measured failed: stored as a result, exit status 1
    │   └── ForkerError          the process that forks measuring children went away
    └── InterruptedRunError      exit status 130; what was measured is kept

The store's own errors (``db.errors.StoreError`` and below) carry the same four parts: ``db``
imports nothing of this package, so they stand beside this tree, and the command line treats
them as it treats an InputError.
"""

from __future__ import annotations


class BenchServiceError(Exception):
    """Base of everything raised on purpose: four parts, each a plain sentence or empty."""

    def __init__(self, what: str, *, got: str = "", allowed: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.got = got
        self.allowed = allowed
        self.next_step = next_step

    def __str__(self) -> str:
        labelled = (
            (self.what, ""),
            (self.got, "got: "),
            (self.allowed, "allowed: "),
            (self.next_step, "next: "),
        )
        return "\n".join(label + text for text, label in labelled if text)


class InputError(BenchServiceError):
    """The user asked for something that can't be done as asked."""


class UnknownNameError(InputError):
    """A name that a registry doesn't hold."""


class SuiteError(InputError):
    """A suite, a suite file or an option with a wrong value."""


class ActivationError(InputError):
    """A user's own activation that can't be loaded or called."""


class WorkloadError(InputError):
    """A workload that can't be trained as it is: its data, its model, its settings, an extra."""


class OtherMachineError(InputError):
    """A run that began on another machine or with other software: its halves don't compare."""


class RunIsLiveError(InputError):
    """A run that another process is measuring at this moment."""


class MachineLockError(InputError):
    """The lock that says who measures on this machine can't be used."""


class JobError(InputError):
    """A job, a worker or a queue that can't be used as asked."""


class NameTakenError(JobError):
    """Another worker of that name is at work."""


class MeasurementError(BenchServiceError):
    """Something that was measured failed; it is stored as a result with this text as its reason."""


class ForkerError(MeasurementError):
    """The process that forks the measuring children ended before its work was done."""


class InterruptedRunError(BenchServiceError):
    """The run was interrupted; what was measured is kept."""
