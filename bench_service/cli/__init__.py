"""The command line: one small file a verb. Only this package prints and exits."""

from bench_service.cli.main import main

__all__ = ["main"]
