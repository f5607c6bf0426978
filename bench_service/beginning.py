"""What a run begins with: its header, the catalogue's facts, and whether it may go on at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_service.errors import InputError, OtherMachineError, RunIsLiveError
from bench_service.result import RunStatus
from bench_service.seeds import SEEDS

if TYPE_CHECKING:
    from bench_service.environment import Environment
    from bench_service.planning import Plan
    from bench_service.record import Recorder, RunHeader

FOLDER = "folder"
"""What a run's state calls the folder it began in."""


def require_sound(label: str | None, seed: int) -> None:
    """InputError where a run, or a job, can't have that label or seed."""
    if not 0 <= seed < SEEDS:
        raise InputError(
            "That can't be a seed.",
            got=str(seed),
            allowed=f"0 to {SEEDS - 1}",
            next_step="leave it out for a new one",
        )
    if label == "latest":
        raise InputError(
            "Nothing can be labelled 'latest': that means the newest.",
            got=label,
            next_step="choose another label",
        )
    if label is not None and not label.isprintable():
        raise InputError(
            "A label is a line of text.",
            got=ascii(label),
            allowed="characters that can be printed",
            next_step="choose another label",
        )


def record_activations(recorder: Recorder, planned: Plan) -> None:
    """Store what the catalogue says of the activations of a plan."""
    from bench_service.activations import ACTIVATIONS
    from bench_service.record import ActivationFacts

    training = planned.suite.training
    wanted = {*planned.suite.activations, *(training.activations if training else ()), "relu"}
    recorder.activations(
        ActivationFacts(
            name=a.name, version=a.version, parameters=dict(a.parameters), family=a.family,
            shape_class=a.shape_class.value, formula=a.formula, latex=a.latex, source=a.source,
        )
        for a in ACTIVATIONS
        if a.name in wanted
    )  # fmt: skip


def header_of(
    planned: Plan,
    environment: Environment,
    label: str | None,
    seed: int,
    trigger: str,
    idempotency_key: str | None = None,
) -> RunHeader:
    """The header of a run that begins now."""
    from importlib.metadata import version

    from bench_service.environment import code_facts
    from bench_service.record import RunHeader

    return RunHeader(
        suite=planned.suite.name,
        suite_document=planned.suite.model_dump(mode="json"),
        hardware=environment.hardware,
        software=environment.software,
        hardware_fingerprint=environment.hardware_fingerprint,
        software_fingerprint=environment.software_fingerprint,
        hardware_label=environment.hardware_label,
        software_label=environment.software_label,
        torch_version=str(environment.software["packages"]["torch"]),
        trigger=trigger,
        label=label,
        seed=seed,
        idempotency_key=idempotency_key,
        n_planned=len(planned.cases) + len(planned.skips) + planned.training.n_slices,
        engine_version=version("bench-service"),
        code=code_facts(Path(__file__).parent),
        state={**environment.state, FOLDER: str(planned.folder)},
    )


def folder_of(header: Mapping[str, Any]) -> Path:
    """Where the run began, and where paths of the user's activations are read from."""
    return Path((header["state"] or {}).get(FOLDER, Path.cwd()))


def require_resumable(header: Mapping[str, Any]) -> None:
    """InputError where a run can't go on: it is at work, or it is a test session's."""
    if header["trigger"] == "ci":
        raise InputError(
            "A test session's run can't be resumed.",
            got=f"{header['uid']}, which pytest-benchmark measured",
            next_step="run the tests again",
        )
    status = RunStatus(header["status"])
    if status is RunStatus.DONE:
        raise InputError(
            "The run is done: nothing of it is missing.",
            got=str(header["uid"]),
            next_step=f"`bench-service show {header['uid']}` shows it",
        )
    if status is RunStatus.RUNNING:
        state = header.get("state") or {}
        raise RunIsLiveError(
            f"Run {header['uid']} is being measured right now.",
            got=f"process {state.get('pid')} on {state.get('host')} is at it",
            next_step="wait for it to end, or interrupt it first",
        )


def require_same_environment(header: Mapping[str, Any], now: Environment) -> None:
    """OtherMachineError where a run began on another machine, or with other software."""
    for kind, then, current in (
        ("hardware", header["hardware_fingerprint"], now.hardware_fingerprint),
        ("software", header["software_fingerprint"], now.software_fingerprint),
    ):
        if then != current:
            raise OtherMachineError(
                f"Run {header['uid']} began on other {kind}; its halves couldn't be compared.",
                got=f"{kind} fingerprint {current}",
                allowed=then,
                next_step="resume it where it began, or start a new run",
            )
