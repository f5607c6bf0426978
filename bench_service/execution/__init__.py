"""Executes a plan in child processes and hands every result over as soon as it is there.

A case that fails, crashes, hangs or exhausts memory becomes a stored outcome with a reason; it
stops neither the others nor the run.
"""

from bench_service.execution.execution import Execution
from bench_service.execution.naming import describe
from bench_service.execution.protocols import Progress, Quiet, Writer

__all__ = ["Execution", "Progress", "Quiet", "Writer", "describe"]
