"""What CI services say of their jobs, by the variables that their manuals list."""

from __future__ import annotations

import pytest

from bench_service.pytest_plugin.context import ci_context, job_key


def test_outside_of_ci_there_is_no_context_and_no_key():
    assert ci_context({"PATH": "/bin", "GITHUB_RUN_ID": "1"}) == {}
    assert job_key({}) is None


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"GITLAB_CI": "true", "CI_PIPELINE_ID": "5", "CI_JOB_ID": "9", "CI_COMMIT_SHA": "ab"},
            {"provider": "gitlab", "run": "5", "job": "9", "commit": "ab"},
        ),
        (
            {"BUILDKITE": "true", "BUILDKITE_BUILD_ID": "u", "BUILDKITE_RETRY_COUNT": "0"},
            {"provider": "buildkite", "run": "u", "attempt": "0"},
        ),
        (
            {"TF_BUILD": "True", "BUILD_BUILDID": "12", "SYSTEM_JOBATTEMPT": "2"},
            {"provider": "azure", "run": "12", "attempt": "2"},
        ),
        (
            {"CIRCLECI": "true", "CIRCLE_WORKFLOW_ID": "w", "CIRCLE_NODE_INDEX": "3"},
            {"provider": "circleci", "run": "w", "node": "3"},
        ),
        (
            {"JENKINS_URL": "http://j/", "BUILD_TAG": "jenkins-x-4", "GIT_COMMIT": "cd"},
            {"provider": "jenkins", "run": "jenkins-x-4", "commit": "cd"},
        ),
    ],
    ids=lambda value: value.get("provider"),
)
def test_a_provider_is_known_by_its_variables(variables, expected):
    assert ci_context(variables) == expected


def test_a_job_s_key_tells_machines_that_share_it_apart():
    job = {"provider": "circleci", "run": "w", "job": "3"}
    assert job_key({**job, "node": "0"}) != job_key({**job, "node": "1"})


def test_a_job_that_names_no_run_has_no_key():
    assert job_key({"provider": "github", "job": "perf"}) is None
