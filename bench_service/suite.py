"""What a user asks for: a suite, frozen and validated, read from TOML or from options."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bench_service.errors import SuiteError
from bench_service.result import Pass

BUILT_IN = ("smoke", "quick", "standard", "rigorous")

Names = Annotated[tuple[str, ...], Field(min_length=1)]
# Numbers are numbers: neither "1024" nor true is one.
Size = Annotated[int, Field(strict=True, ge=1, le=1 << 40)]
Sizes = Annotated[tuple[Size, ...], Field(min_length=1)]
Threads = Annotated[int, Field(strict=True, ge=1, le=4096)] | Literal["all"]
Dtype = Literal["float32", "float64", "float16", "bfloat16"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class TimingSuite(_Frozen):
    """How to time: what is crossed, and how much certainty is asked for."""

    passes: tuple[Pass, ...] = Field((Pass.FORWARD, Pass.BACKWARD), min_length=1)
    dtypes: tuple[Dtype, ...] = Field(("float32",), min_length=1)
    numels: Sizes = (1024, 65536, 1048576)
    layouts: Names = ("contiguous",)
    inputs: Names = ("normal",)
    input_sweep: tuple[str, ...] = ()
    """Further inputs, measured for the first pass and the middle size alone."""
    threads: tuple[Threads, ...] = Field((1,), min_length=1)
    workloads: tuple[str, ...] = ()
    """Whose training step the pass ``step`` times; empty for those of ``training``."""
    conditions: Literal["main", "all"] = "main"
    """``all`` also measures with a warm allocator (CPU) or every clock (GPU)."""
    processes: int = Field(20, strict=True, ge=3, le=10_000)
    """Forked children per group before the first look at the precision."""
    max_processes: int = Field(40, strict=True, ge=3, le=10_000)
    parents: int = Field(default=10, ge=1, le=100)
    """Interpreters that the children are forked from in turn: each has a memory layout its own."""
    max_rounds: int = Field(40, strict=True, ge=3, le=10_000)
    """Most rounds of one child."""
    child_ms: float = Field(120.0, gt=0, le=600_000)
    """Time of one child's rounds that is aimed at."""
    target_half_width: float = Field(0.025, gt=0, lt=1)
    """Half-width of the 95 % interval of a ratio at which a group has had enough children."""
    seconds: float = Field(600.0, gt=0, allow_inf_nan=False)
    """Time after which no further look is waited for; what is measured by then is the result."""


class TrainingSuite(_Frozen):
    """Which workloads to train, and with how many seeds."""

    activations: tuple[str, ...] = ()
    """What to train with; empty for what the suite names. ReLU is always trained beside it."""
    workloads: tuple[str, ...] = ()
    seeds: int = Field(12, strict=True, ge=1, le=1000)
    """Evaluation seeds: 0, 1, ... With one there is no interval."""
    tuning_seeds: int = Field(3, strict=True, ge=0, le=100)
    """Seeds on which learning rates are chosen; 0 to train at each workload's default one alone."""
    inits: tuple[Literal["gain", "he", "torch_default"], ...] = ()
    """How weights begin; empty for what each workload says."""
    workers: int = Field(0, strict=True, ge=0, le=1024)
    """Processes that train side by side, one thread each; 0 for one a core."""
    time_limit_s: float = Field(900.0, gt=0, allow_inf_nan=False)
    """Time of one stack, after which its slices have run out of time."""


class Suite(_Frozen):
    """What a user asks for."""

    name: str = Field(min_length=1, max_length=100)
    description: str = ""
    activations: Names = ("relu",)
    backends: Literal["auto"] | Names = "auto"
    timing: TimingSuite | None = None
    training: TrainingSuite | None = None

    @field_validator("activations")
    @classmethod
    def _no_duplicates(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        return names

    @classmethod
    def from_document(cls, document: dict[str, Any], origin: str) -> Self:
        """The suite of a parsed document; SuiteError names every wrong field."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise _suite_error(error, origin) from None

    def with_timing(self, **changes: Any) -> Suite:  # noqa: ANN401  # validated by the model
        """A copy with some fields of ``timing`` changed, validated again."""
        timing = (self.timing or TimingSuite()).model_dump() | changes
        return Suite.from_document(self.model_dump() | {"timing": timing}, f"suite {self.name!r}")


def _suite_error(error: ValidationError, origin: str) -> SuiteError:
    found = error.errors(include_url=False)
    places = [problem["loc"] for problem in found]
    # A wrong item makes its list wrong too, which says nothing new.
    problems = [
        problem
        for problem in found
        if not any(problem["loc"] == place[: len(problem["loc"])] != place for place in places)
    ]
    named = [(".".join(map(str, problem["loc"])), problem) for problem in problems]
    return SuiteError(
        f"{origin} has {len(problems)} wrong field{'s' if len(problems) > 1 else ''}.",
        got="; ".join(f"{name} = {problem['input']!r}"[:200] for name, problem in named),
        allowed="; ".join(f"{name}: {_in_words(problem['msg'])}" for name, problem in named),
        next_step="correct what is named above",
    )


def _in_words(message: str) -> str:
    return WORDS.get(message, message.removeprefix("Value error, "))


WORDS = {
    "Input should be a valid tuple": "Input should be a list",
    "Extra inputs are not permitted": "there is no such field",
}
"""Messages of the validation that say more of Python than of a suite."""


def load_suite(name: str) -> Suite:
    """The built-in suite of that name, or the one in a TOML file; SuiteError otherwise."""
    if name in BUILT_IN:
        text = resources.files("bench_service").joinpath("suites", f"{name}.toml").read_text()
        return parse_suite(text, f"suite {name!r}")
    path = Path(name)
    if path.suffix != ".toml":
        raise SuiteError(
            f"There is no suite named {name!r}.",
            got=name,
            allowed=f"{', '.join(BUILT_IN)}, or the path of a .toml file",
            next_step="see bench-service list suites",
        )
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(
            f"The suite file {name} can't be read.",
            got=str(error),
            allowed="a TOML file in UTF-8",
            next_step=f"check the path; it is read from {Path.cwd()}",
        ) from None
    return parse_suite(text, f"suite file {name}")


def parse_suite(text: str, origin: str) -> Suite:
    """The suite in a TOML text; SuiteError says where it is wrong."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SuiteError(
            f"The {origin} isn't TOML.", got=str(error), next_step="correct that line"
        ) from None
    return Suite.from_document(document, f"The {origin}")
