"""Results become rows. With the command line and the service the only code that writes the store.

It imports no torch: whoever records needs nothing that measures.
"""

from bench_service.record.recorder import Recorder
from bench_service.record.values import ActivationFacts, CiBenchmark, RecordedChild, RunHeader

__all__ = ["ActivationFacts", "CiBenchmark", "RecordedChild", "Recorder", "RunHeader"]
