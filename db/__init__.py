"""The store: tables, one way to open it, migrations, and read-only queries.

Nothing here imports ``bench_service``, ``dashboard`` or torch, so a program that only looks at
results starts fast and needs little.
"""
