"""What the CI service says of its job through environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A CI service: the names of the variables that its jobs find set."""

    name: str
    sign: str
    """Set in every job of this service, and nowhere else."""
    run: str
    attempt: str = ""
    job: str = ""
    node: str = ""
    """Which of the machines that share one job."""
    repository: str = ""
    commit: str = ""
    ref: str = ""


PROVIDERS = (
    Provider(
        name="github",
        sign="GITHUB_ACTIONS",
        run="GITHUB_RUN_ID",
        attempt="GITHUB_RUN_ATTEMPT",
        job="GITHUB_JOB",
        repository="GITHUB_REPOSITORY",
        commit="GITHUB_SHA",
        ref="GITHUB_REF",
    ),
    Provider(  # a job that is tried again gets a new id
        name="gitlab",
        sign="GITLAB_CI",
        run="CI_PIPELINE_ID",
        job="CI_JOB_ID",
        repository="CI_PROJECT_PATH",
        commit="CI_COMMIT_SHA",
        ref="CI_COMMIT_REF_NAME",
    ),
    Provider(
        name="buildkite",
        sign="BUILDKITE",
        run="BUILDKITE_BUILD_ID",
        attempt="BUILDKITE_RETRY_COUNT",
        job="BUILDKITE_JOB_ID",
        repository="BUILDKITE_PIPELINE_SLUG",
        commit="BUILDKITE_COMMIT",
        ref="BUILDKITE_BRANCH",
    ),
    Provider(
        name="azure",
        sign="TF_BUILD",
        run="BUILD_BUILDID",
        attempt="SYSTEM_JOBATTEMPT",
        job="SYSTEM_JOBID",
        repository="BUILD_REPOSITORY_NAME",
        commit="BUILD_SOURCEVERSION",
        ref="BUILD_SOURCEBRANCH",
    ),
    Provider(  # the number counts jobs, and tries of one job as jobs of their own
        name="circleci",
        sign="CIRCLECI",
        run="CIRCLE_WORKFLOW_ID",
        job="CIRCLE_BUILD_NUM",
        node="CIRCLE_NODE_INDEX",
        repository="CIRCLE_PROJECT_REPONAME",
        commit="CIRCLE_SHA1",
        ref="CIRCLE_BRANCH",
    ),
    Provider(  # the tag holds the job's name and the build's number
        name="jenkins",
        sign="JENKINS_URL",
        run="BUILD_TAG",
        commit="GIT_COMMIT",
        ref="GIT_BRANCH",
    ),
)


def ci_context(variables: Mapping[str, str]) -> dict[str, str]:
    """The provider's name and what it says: run, attempt, job, node, repository, commit, ref.

    Empty outside of CI; what a provider doesn't say is left out.
    """
    for provider in PROVIDERS:
        if variables.get(provider.sign):
            named = {f.name: getattr(provider, f.name) for f in fields(provider)[2:]}
            said = {name: variables.get(variable, "") for name, variable in named.items()}
            return {"provider": provider.name, **{k: v for k, v in said.items() if v}}
    return {}


def job_key(context: Mapping[str, str]) -> str | None:
    """What tells this attempt at this job from all others; None where no run is named."""
    if not context.get("run"):
        return None
    parts = ("provider", "repository", "run", "attempt", "job", "node")
    return ":".join(context.get(part, "") for part in parts)
