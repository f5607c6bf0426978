from dataclasses import dataclass, field

import pytest

from bench_service.backends.nvml import Sample, SensorError
from bench_service.timing.simulated import SimulatedGpu


@dataclass
class SimulatedSensors:
    """Sensors of a simulated GPU, with episodes set from outside."""

    gpu: SimulatedGpu
    reasons: int = 0
    power_w: float = 300.0
    temperature_c: int = 55
    fails_after: int = 1 << 30
    taken: list[Sample] = field(default_factory=list)

    def sample(self):
        if len(self.taken) >= self.fails_after:
            raise SensorError("NVML: GPU is lost")
        self.taken.append(
            Sample(self.gpu.sm_mhz, 2619, self.power_w, self.temperature_c, self.reasons)
        )
        return self.taken[-1]

    def facts(self):
        return {"driver": "580.95", "other_processes": 0}


@pytest.fixture
def gpu():
    return SimulatedGpu(launch_ns=5000, cache_bytes=1 << 20)


@pytest.fixture
def sensors(gpu):
    return SimulatedSensors(gpu)
