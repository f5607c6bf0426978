"""Messages between the forker, its children and whoever asked: JSON, one document a message."""

from __future__ import annotations

import json
from multiprocessing.connection import Connection
from typing import Any

Event = dict[str, Any]


def send(connection: Connection, event: Event) -> None:
    """Send one message."""
    connection.send_bytes(json.dumps(event).encode())


def receive(connection: Connection) -> Event:
    """The next message; EOFError or OSError when the other side is gone, ValueError for no JSON."""
    event: Event = json.loads(connection.recv_bytes())
    return event


def end(status: str, reason: str = "", culprit: str = "") -> Event:
    """The last event of every child: ``ok``, ``failed``, ``crashed`` or ``timeout``."""
    return {"event": "end", "status": status, "reason": reason, "culprit": culprit}
