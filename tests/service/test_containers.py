"""Workers in containers of one name: real processes that see none of each other's.

Each is in a namespace of process ids of its own, as a container is, on this host's network and by
its name, as with ``docker run --network host``.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from waited_for import until

from bench_service.errors import NameTakenError
from bench_service.service.others import Others
from bench_service.service.presence import Presence, Self
from bench_service.service.silence import SILENT_S
from db import queries

HERE = platform.node()
CONTAINED = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
BEATS = """
import sys, time
from bench_service.service.presence import Presence, Self
from db.session import open_store
url, host, identity = sys.argv[1:]
with open_store(url) as store:
    presence = Presence(store, Self(identity, host, ("cpu",), "9.9"))
    assert presence.claim(lambda _: True)
    while True:
        presence.beat(None, None)
        time.sleep(0.2)
"""


def can_contain():
    """Whether this machine lets us make a namespace."""
    if shutil.which(CONTAINED[0]) is None:
        return False
    return subprocess.run([*CONTAINED, "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not can_contain(), reason="no right to make namespaces here")


@contextmanager
def contained(store, identity):
    """A worker that beats in a container of our name, from its first sign on."""
    command = [*CONTAINED, sys.executable, "-c", BEATS, store.url, HERE, identity]
    with subprocess.Popen(command) as process:
        try:
            until(lambda: len(queries.workers(store)) == 1)
            yield process
        finally:
            process.kill()


def test_a_worker_in_another_container_lives_until_it_is_silent(store):
    others = Others(store, f"{HERE}/me")
    with contained(store, f"{HERE}/other") as process:
        (row,) = queries.workers(store).to_dict("records")
        assert row["is_alive"]
        assert others.dead(0.0) == []
        process.kill()
        process.wait()
    assert [others.dead(moment_s) for moment_s in (10.0, 20.0, 30.0, 40.0)] == [[]] * 4
    (dead,) = others.dead(10.0 + SILENT_S + 1)
    assert dead["identity"] == f"{HERE}/other"


def test_a_worker_of_our_name_in_another_container_is_refused(store):
    with contained(store, f"{HERE}/main"):
        first = _beat(store)
        presence = Presence(store, Self(f"{HERE}/main", HERE, ("cpu",), "9.9"))
        with pytest.raises(NameTakenError):
            presence.claim(lambda _: until(lambda: _beat(store) > first))
        assert queries.workers(store)["version"].item() == "9.9"


def _beat(store):
    return queries.workers(store)["beat_at"].item()
