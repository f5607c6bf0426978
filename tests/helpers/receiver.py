"""A web server of this machine that takes what is posted, and answers as it is told."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """What came, and what is answered: ``answers`` one after another, then 200."""

    def __init__(self, port):
        self.port = port
        self.came = []
        self.paths = []
        self.answers = []

    def address(self, path="/hook"):
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def ids(self):
        return [document["id"] for document in self.came]


@contextmanager
def receiving():
    """A receiver that listens while in here."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            receiver = self.server.receiver
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.paths.append(self.path)
            status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
            if status == 200:
                receiver.came.append(json.loads(body))
            said = b"thanks\nmore" if status == 200 else b"no"
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(said))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.receiver = Receiver(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.receiver
        finally:
            server.shutdown()
            thread.join()
