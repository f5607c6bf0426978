"""The backends: devices and execution modes. Importing this package registers them all."""

from bench_service.backends import cpu, cuda, mps, xpu
from bench_service.backends.base import BACKENDS, Backend

__all__ = ["BACKENDS", "Backend", "cpu", "cuda", "mps", "xpu"]
