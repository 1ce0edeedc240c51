"""Receivers of notifications on this machine: a webhook and a mail server, that take, refuse or stay silent."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"


class Webhook(ThreadingHTTPServer):
    """Takes what is posted, unless told otherwise.

    Attributes:
        taken: What was answered with 200 at once, in its order.
        tries: Requests that came.
        came: Set by the first request.
        status: What to answer.
        silence: Seconds before the answer.
        trickles: Whether to send a byte now and then, and never an end.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        self.taken: list[dict[str, Any]] = []
        self.tries = 0
        self.came = threading.Event()
        self.status = 200
        self.silence = 0.0
        self.trickles = False
        super().__init__((HOST, port), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self) -> str:
        """Address for apprise, with a password in it."""
        return f"json://hook:s3cret-pass@{HOST}:{self.server_address[1]}/s3cret-path"

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast(Webhook, self.server)
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.tries += 1
        server.came.set()
        try:
            if server.trickles:
                self._trickle()
            time.sleep(server.silence)
            self.send_response(server.status)
            self.end_headers()
        except OSError:
            # The sender has gone.
            return
        if server.status == 200:
            server.taken.append(content)

    def _trickle(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(100):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass
class Mailbox:
    """What a mail server took."""

    taken: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail."""
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class MailServer(Controller):
    """A mail server on a free port."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        super().__init__(self.mailbox, hostname=HOST, port=0)

    def _trigger_server(self) -> None:
        # Controller expects to be told the port.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    @property
    def address(self) -> str:
        """Address for apprise."""
        return f"mailto://{HOST}:{self.port}?from=warehouse@shop.example&to=planner@shop.example"
