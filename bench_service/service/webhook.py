"""A JSON document sent to an address of the user's.

``POST``, ``Content-Type: application/json``, the document of ``notices.Notice``: ``id, event, text,
schedule, due_at, n_moments, job, status, reason, run, at, command``. Any answer of 200 to 299 means
that it came; anything else, or none, that it is sent again later.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import IO, Any
from urllib.parse import urlsplit

from bench_service.errors import JobError

ENVIRONMENT_VARIABLE = "BENCH_SERVICE_WEBHOOK"
SCHEMES = ("http", "https")
TIMEOUT_S = 5.0
"""For each step of a connection: a notice has a thread of its own, and nobody waits for it."""
ANSWER_BYTES = 1000
KEEPING_METHOD = (301, 302, 307, 308)
"""Redirects after which the document is sent again, to where they lead."""


class WebhookError(JobError):
    """A webhook that couldn't be told."""


class RefusedNoticeError(WebhookError):
    """A webhook that answered, and didn't take this notice; it may take others."""


@dataclass(frozen=True)
class Webhook:
    """An address that takes notices; it may hold a secret, so only ``host`` is ever shown."""

    url: str

    @property
    def host(self) -> str:
        """Scheme and host, without what may be secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")

    def tell(self, document: Mapping[str, Any]) -> str:
        """What came back, in a few words; WebhookError where it didn't take the document."""
        request = urllib.request.Request(  # noqa: S310  # the schemes are checked
            self.url,
            json.dumps(document, allow_nan=False).encode(),
            {"Content-Type": "application/json", "User-Agent": _agent()},
            method="POST",
        )
        try:
            with _opener().open(request, timeout=TIMEOUT_S) as answer:
                said = _first_words(answer)
                return f"{answer.status} {answer.reason}{said}"
        except urllib.error.HTTPError as error:
            with error:
                why = f"{error.code} {error.reason}{_first_words(error)}"
                raise self._error(why, RefusedNoticeError) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._error(str(getattr(error, "reason", "") or error)) from None

    def _error(self, why: str, kind: type[WebhookError] = WebhookError) -> WebhookError:
        return kind(
            "The webhook didn't take the notice.",
            got=f"{self.host}: {why}",
            allowed="any answer of 200 to 299",
            next_step="`bench-service webhook URL` tries it",
        )


def checked_webhook(url: str) -> Webhook:
    """The webhook at an address; JobError where it isn't one."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
        is_usable = is_usable and parts.username is None and url.isascii() and url.isprintable()
    except ValueError:
        is_usable = False
    if not is_usable or " " in url:
        raise JobError(
            "That isn't the address of a webhook.",
            got=url.partition("?")[0] if "@" not in url else "an address with a user or a password",
            allowed="http://HOST/... or https://HOST/..., in ASCII",
            next_step="give another one",
        )
    return Webhook(url)


def trial() -> dict[str, Any]:
    """A notice of nothing, to see whether it comes."""
    from bench_service.service.notices import TRIAL, Notice

    moment = datetime.now(UTC)
    return Notice(
        f"trial:{moment.isoformat()}", TRIAL, "none", "nothing went wrong",
        moment,
    ).document  # fmt: skip


class _SameAgain(urllib.request.HTTPRedirectHandler):
    """Sends the document where a redirect leads; never from https to http, nor to other schemes."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str,
        headers: http.client.HTTPMessage, newurl: str,
    ) -> urllib.request.Request:  # fmt: skip
        """The same request to the other address; HTTPError where that isn't to be done."""
        scheme = urlsplit(newurl).scheme
        allowed = ("https",) if req.type == "https" else SCHEMES
        if code not in KEEPING_METHOD or scheme not in allowed:
            why = f"{msg}, and a redirect to {scheme or 'nowhere'} isn't followed"
            raise urllib.error.HTTPError(req.full_url, code, why, headers, fp)
        return urllib.request.Request(  # noqa: S310
            newurl, req.data, dict(req.headers), method="POST", origin_req_host=req.host
        )


def _opener() -> urllib.request.OpenerDirector:
    """What speaks HTTP and HTTPS and nothing else: no files, no FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor(),
        _SameAgain(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener


def _first_words(answer: Any) -> str:  # noqa: ANN401  # a response, or an error that is one
    try:
        said = answer.read(ANSWER_BYTES).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException, ValueError):
        return ""
    line = "".join(c if c.isprintable() else " " for c in said.partition("\n")[0])[:200]
    return f": {line}" if line else ""


def _agent() -> str:
    return f"bench-service/{version('bench-service')}"
