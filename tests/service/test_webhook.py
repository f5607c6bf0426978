"""A webhook is told, or an error says why not; its secrets are kept."""

from __future__ import annotations

import socket

import pytest
from receiver import receiving

from bench_service.errors import JobError
from bench_service.service import webhook
from bench_service.service.webhook import WebhookError, checked_webhook, trial

DOCUMENT = {"id": "job:a", "reason": "µ"}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def receiver():
    with receiving() as listening:
        yield listening


def test_a_document_comes_as_it_is_and_the_answer_is_told(receiver):
    assert checked_webhook(receiver.address()).tell(DOCUMENT) == "200 OK: thanks"
    assert receiver.came == [DOCUMENT]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_takes_the_document_along(receiver, status):
    receiver.answers = [(status, {"Location": receiver.address("/there")})]
    checked_webhook(receiver.address()).tell(DOCUMENT)
    assert receiver.paths == ["/hook", "/there"]
    assert receiver.came == [DOCUMENT]


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "data:,x", "gopher:x"]
)
def test_a_redirect_to_another_scheme_is_not_followed(receiver, target):
    receiver.answers = [(302, {"Location": target})]
    with pytest.raises(WebhookError) as caught:
        checked_webhook(receiver.address()).tell(DOCUMENT)
    assert "302" in caught.value.got
    assert receiver.came == []


def test_a_redirect_that_would_lose_the_document_is_not_followed(receiver):
    receiver.answers = [(303, {"Location": receiver.address("/there")})]
    with pytest.raises(WebhookError, match="303"):
        checked_webhook(receiver.address()).tell(DOCUMENT)
    assert receiver.paths == ["/hook"]


def test_redirects_in_a_circle_end(receiver):
    receiver.answers = [(302, {"Location": receiver.address()})] * 50
    with pytest.raises(WebhookError):
        checked_webhook(receiver.address()).tell(DOCUMENT)
    assert len(receiver.paths) < 20


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_refusal_is_an_error_with_the_answer_and_without_the_address(receiver, status):
    receiver.answers = [(status, {})]
    with pytest.raises(WebhookError) as caught:
        checked_webhook(receiver.address("/secret?token=hidden")).tell(DOCUMENT)
    assert str(status) in caught.value.got
    assert ": no" in caught.value.got
    assert f"http://127.0.0.1:{receiver.port}" in caught.value.got
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_nobody_there_is_an_error(receiver):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(WebhookError, match="refused"):
        checked_webhook(f"http://127.0.0.1:{port}/").tell(DOCUMENT)


def test_an_answer_that_never_comes_is_given_up(monkeypatch):
    monkeypatch.setattr(webhook, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(WebhookError, match="timed out"):
            checked_webhook(address).tell(DOCUMENT)


@pytest.mark.parametrize(
    "url",
    [
        "", "hook", "file:///etc/passwd", "ftp://host/", "http://", "https:///x", "http://host:0/",
        "http://host:99999/", "http://a b/", "http://host/\n", "http://[", "http://é/",
        "http://ann:secret@host/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_webhook_is_refused_without_its_secrets(url):
    with pytest.raises(JobError, match="isn't the address of a webhook") as caught:
        checked_webhook(url)
    assert "secret" not in str(caught.value)


def test_a_trial_says_that_it_is_one():
    document = trial()
    assert document["event"] == "trial"
    assert document["text"].startswith("A trial")
