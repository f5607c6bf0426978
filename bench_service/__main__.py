"""``python -m bench_service``: the command line, where the console script isn't on the path."""

from bench_service.cli import main

main()
