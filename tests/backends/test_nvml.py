import sys
from types import SimpleNamespace

import pytest

from bench_service.backends.nvml import NvmlSensors, Sample, SensorError, open_sensors


class NVMLError(Exception):
    pass


def fake_pynvml(**replaced):
    """The part of pynvml that is used, for one GPU."""
    answers = {
        "nvmlInit": None,
        "nvmlDeviceGetHandleByUUID": "gpu",
        "nvmlDeviceGetPowerUsage": 412_500,
        "nvmlDeviceGetTemperature": 61,
        "nvmlDeviceGetCurrentClocksEventReasons": 0x4,
        "nvmlDeviceGetEnforcedPowerLimit": 700_000,
        "nvmlSystemGetDriverVersion": "580.95.05",
        "nvmlDeviceGetMaxClockInfo": 1980,
        "nvmlDeviceGetComputeRunningProcesses": [SimpleNamespace(pid=1)],
        "nvmlDeviceGetGraphicsRunningProcesses": [],
    } | replaced

    def function(answer):
        def call(*_arguments):
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    module = SimpleNamespace(
        NVMLError=NVMLError,
        NVML_CLOCK_SM=1,
        NVML_CLOCK_MEM=2,
        NVML_TEMPERATURE_GPU=0,
        nvmlDeviceGetClockInfo=lambda _gpu, kind: {1: 1950, 2: 3201}[kind],
    )
    for name, answer in answers.items():
        setattr(module, name, function(answer))
    return module


def test_a_sample_is_in_megahertz_watts_and_degrees():
    assert NvmlSensors(fake_pynvml(), "GPU-1").sample() == Sample(1950, 3201, 412.5, 61, 0x4)


def test_the_facts_name_driver_limits_and_other_processes():
    assert NvmlSensors(fake_pynvml(), "GPU-1").facts() == {
        "driver": "580.95.05",
        "sm_clock_limit_mhz": 1980,
        "power_limit_w": 700.0,
        "other_processes": 0,
    }


def test_processes_beside_ours_are_counted_once_each():
    both = [SimpleNamespace(pid=pid) for pid in (1, 2)]
    nvml = fake_pynvml(
        nvmlDeviceGetComputeRunningProcesses=both,
        nvmlDeviceGetGraphicsRunningProcesses=[SimpleNamespace(pid=2), SimpleNamespace(pid=3)],
    )
    assert NvmlSensors(nvml, "GPU-1").facts()["other_processes"] == 2


def test_facts_that_a_board_keeps_back_are_none():
    refused = NVMLError("Not Supported")
    nvml = fake_pynvml(
        nvmlDeviceGetEnforcedPowerLimit=refused, nvmlDeviceGetComputeRunningProcesses=refused
    )
    facts = NvmlSensors(nvml, "GPU-1").facts()
    assert facts["power_limit_w"] is None
    assert facts["other_processes"] is None


@pytest.mark.parametrize("function", ["nvmlInit", "nvmlDeviceGetHandleByUUID"])
def test_a_library_or_a_gpu_that_is_not_there_is_a_sensor_error(function):
    nvml = fake_pynvml(**{function: NVMLError("Driver Not Loaded")})
    with pytest.raises(SensorError, match="NVML: Driver Not Loaded"):
        NvmlSensors(nvml, "GPU-1")


def test_a_sample_that_the_driver_refuses_is_a_sensor_error():
    sensors = NvmlSensors(fake_pynvml(nvmlDeviceGetPowerUsage=NVMLError("GPU is lost")), "GPU-1")
    with pytest.raises(SensorError, match="GPU is lost"):
        sensors.sample()


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(SensorError, match=r"bench-service\[gpu\]"):
        open_sensors("GPU-1")


def test_with_the_package_the_sensors_are_those_of_the_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", fake_pynvml())
    assert open_sensors("GPU-1").sample().sm_mhz == 1950
