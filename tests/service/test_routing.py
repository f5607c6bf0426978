"""What a machine has by its driver's lists, and what a suite needs."""

from __future__ import annotations

import pytest
from asked_jobs import SUITE

from bench_service.errors import JobError
from bench_service.service import routing
from bench_service.service.routing import checked, gpu_models, gpu_route, route_of, routes_here
from bench_service.suite import parse_suite


@pytest.fixture
def gpus(tmp_path):
    """``gpus(*models)``: the driver's folder of a machine with those."""

    def made(*models):
        for number, model in enumerate(models):
            folder = tmp_path / f"0000:{number:02x}:00.0"
            folder.mkdir()
            text = f"Model: \t\t {model}\nIRQ:   \t\t 42\nGPU UUID: \t GPU-1\n"
            (folder / "information").write_text(text)
        return tmp_path

    return made


def test_a_machine_without_a_driver_has_its_cpu_and_its_name(tmp_path):
    assert routes_here(tmp_path / "none", "lab") == ("cpu", "host:lab")


def test_a_machine_with_gpus_has_each_kind_once(gpus):
    folder = gpus("NVIDIA H200", "NVIDIA H200", "NVIDIA A100-SXM4-40GB")
    assert gpu_models(folder) == ["NVIDIA H200", "NVIDIA H200", "NVIDIA A100-SXM4-40GB"]
    expected = ("cpu", "host:lab", "cuda", "gpu:A100-SXM4-40GB", "gpu:H200")
    assert routes_here(folder, "lab") == expected


@pytest.mark.parametrize(
    ("model", "route"),
    [
        ("NVIDIA H200", "gpu:H200"),
        ("Tesla T4", "gpu:T4"),
        ("NVIDIA GeForce RTX 4090", "gpu:RTX-4090"),
        ("NVIDIA RTX A6000", "gpu:RTX-A6000"),
    ],
)
def test_a_gpus_name_is_told_without_its_makers(model, route):
    assert gpu_route(model) == route
    assert checked(route) == route


def test_a_list_without_a_model_or_that_can_not_be_read_counts_for_nothing(gpus, tmp_path):
    folder = gpus("NVIDIA H200")
    (folder / "odd").mkdir()
    (folder / "odd" / "information").write_text("IRQ: 42\n")
    (folder / "worse" / "information").mkdir(parents=True)
    assert gpu_models(folder) == ["NVIDIA H200"]


@pytest.mark.parametrize(
    ("backends", "route"),
    [
        ('["cpu-eager"]', "cpu"),
        ('"auto"', "cpu"),
        ('["cuda-eager"]', "cuda"),
        ('["cpu-eager", "cuda-compile"]', "cuda"),
    ],
)
def test_a_suite_needs_a_gpu_where_it_names_a_backend_for_one(backends, route):
    suite = parse_suite(SUITE.replace('["cpu-eager"]', backends), "a test")
    assert route_of(suite) == route


@pytest.mark.parametrize("route", ["", "CPU", "gpu:", "host:", "tpu", "cpu ", "gpu"])
def test_what_no_machine_can_have_is_refused_with_what_is_allowed(route):
    with pytest.raises(JobError, match="isn't something a machine can have") as error:
        checked(route)
    assert "gpu:NAME" in str(error.value)


def test_a_worker_may_take_a_part_of_what_its_machine_has_and_no_more(monkeypatch):
    monkeypatch.setattr(routing, "routes_here", lambda: ("cpu", "host:lab", "cuda", "gpu:H200"))
    assert routing.require_here(["gpu:H200", "cpu", "gpu:H200"]) == ("gpu:H200", "cpu")
    with pytest.raises(JobError, match="only jobs for what its machine has") as error:
        routing.require_here(["cpu", "gpu:A100"])
    assert "got: --on gpu:A100" in str(error.value)
    assert "allowed: cpu, host:lab, cuda, gpu:H200" in str(error.value)
