"""The queue: the only package that knows DBOS, which keeps it.

DBOS Transact (https://docs.dbos.dev/python) delivers a job to one worker, and again after that
worker was declared dead. A workflow is a job; its id is the job's, so that enqueuing twice is
enqueuing once. What it stores is the id alone: the rest is in the store.
"""

from bench_service.service.engine.asking import JobQueue, Queued
from bench_service.service.engine.taking import Engine, Fire, Work

__all__ = ["Engine", "Fire", "JobQueue", "Queued", "Work"]
