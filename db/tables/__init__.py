"""The tables. ``Base.metadata`` is the schema that the newest migration leads to."""

from db.tables.base import Base
from db.tables.catalogue import Activation, Meta, Quantity
from db.tables.ci import CiBenchmark
from db.tables.environment import Environment, Hardware, Software
from db.tables.run import Run
from db.tables.service import Firing, Job, JobAttempt, Schedule, Worker
from db.tables.timing import TimingBlock, TimingCase, TimingOutcome, TimingPart
from db.tables.training import (
    NeuronCurve,
    NeuronMask,
    TrainingCase,
    TrainingCurve,
    TrainingOutcome,
    Workload,
)

__all__ = [
    "Activation",
    "Base",
    "CiBenchmark",
    "Environment",
    "Firing",
    "Hardware",
    "Job",
    "JobAttempt",
    "Meta",
    "NeuronCurve",
    "NeuronMask",
    "Quantity",
    "Run",
    "Schedule",
    "Software",
    "TimingBlock",
    "TimingCase",
    "TimingOutcome",
    "TimingPart",
    "TrainingCase",
    "TrainingCurve",
    "TrainingOutcome",
    "Worker",
    "Workload",
]
