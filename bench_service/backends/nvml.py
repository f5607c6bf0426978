"""The sensors of an NVIDIA GPU through nvidia-ml-py, which is optional."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

# Bits of nvmlDeviceGetCurrentClocksEventReasons, from nvml.h.
SETTING = 0x02  # application clocks, or clocks locked by an administrator
SOFTWARE_POWER_CAP = 0x04
HARDWARE_SLOWDOWN = 0x08
SOFTWARE_THERMAL = 0x20
HARDWARE_THERMAL = 0x40
POWER_BRAKE = 0x80

SPOILS = {
    HARDWARE_SLOWDOWN: "hardware slowdown",
    SOFTWARE_THERMAL: "software thermal slowdown",
    HARDWARE_THERMAL: "hardware thermal slowdown",
    POWER_BRAKE: "power brake",
}
"""The reasons for which a round isn't used, in words."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the sensors said at one time."""

    sm_mhz: int
    memory_mhz: int
    power_w: float
    temperature_c: int
    reasons: int
    """Why the clock isn't at its highest: bits as above."""


class SensorError(Exception):
    """The sensors can't be read, or no longer; the text says why."""


class Sensors(Protocol):
    """Where samples come from."""

    def sample(self) -> Sample:
        """One reading; SensorError where it fails."""
        ...

    def facts(self) -> dict[str, Any]:
        """Driver, limits and other processes on the GPU."""
        ...


class NvmlSensors:
    """The sensors of one GPU."""

    def __init__(self, nvml: Any, uuid: str) -> None:  # noqa: ANN401  # pynvml has no types
        """``nvml`` is the module pynvml; SensorError where the library or the GPU isn't there."""
        self._nvml = nvml
        try:
            nvml.nvmlInit()
            self._gpu = nvml.nvmlDeviceGetHandleByUUID(uuid)
        except nvml.NVMLError as error:
            raise SensorError(f"NVML: {error}") from error

    def sample(self) -> Sample:
        """One reading; SensorError where the driver refuses."""
        nvml, gpu = self._nvml, self._gpu
        try:
            return Sample(
                nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_SM),
                nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_MEM),
                nvml.nvmlDeviceGetPowerUsage(gpu) / 1000,
                nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU),
                nvml.nvmlDeviceGetCurrentClocksEventReasons(gpu),
            )
        except nvml.NVMLError as error:
            raise SensorError(f"NVML: {error}") from error

    def facts(self) -> dict[str, Any]:
        """The driver's version, the highest clock, the power limit, and who else is there.

        A fact that the GPU doesn't give (consumer boards keep some back) is None.
        """
        nvml, gpu = self._nvml, self._gpu
        power_limit_mw = self._ask(nvml.nvmlDeviceGetEnforcedPowerLimit, gpu)
        return {
            "driver": self._ask(nvml.nvmlSystemGetDriverVersion),
            "sm_clock_limit_mhz": self._ask(
                nvml.nvmlDeviceGetMaxClockInfo, gpu, nvml.NVML_CLOCK_SM
            ),
            "power_limit_w": None if power_limit_mw is None else power_limit_mw / 1000,
            "other_processes": self._other_processes(),
        }

    def _other_processes(self) -> int | None:
        # In a container a process doesn't know its own number as the driver sees it, so ours is
        # taken off by count.
        nvml, found = self._nvml, set()
        for ask in (
            nvml.nvmlDeviceGetComputeRunningProcesses,
            nvml.nvmlDeviceGetGraphicsRunningProcesses,
        ):
            processes = self._ask(ask, self._gpu)
            if processes is None:
                return None
            found |= {process.pid for process in processes}
        return max(0, len(found) - 1)

    def _ask(self, function: Any, *arguments: object) -> Any:  # noqa: ANN401  # as above
        try:
            return function(*arguments)
        except self._nvml.NVMLError:
            return None


def open_sensors(uuid: str) -> Sensors:
    """The sensors of that GPU; SensorError where the package, the library or the GPU is missing."""
    try:
        import pynvml
    except ImportError as error:
        raise SensorError(
            "nvidia-ml-py isn't installed: pip install 'bench-service[gpu]'"
        ) from error
    return NvmlSensors(pynvml, uuid)
