"""The instrument measured: false positives, power, honesty, cost, agreement, crash safety.

``python -m benchmarks`` lists them; ``python -m benchmarks NAME`` runs one and prints its figures
as JSON, the last line of its output.
"""
