"""A TCP proxy before PostgreSQL that strikes at a chosen byte or message of what a client sends."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

CHUNK_BYTES = 16 << 10
# Closing with it sends a reset, as a router does that forgot the connection.
RESET = struct.pack("ii", 1, 0)


@dataclass
class Proxy:
    """The proxy.

    Attributes:
        target_port: Port of the server on 127.0.0.1.
        at_byte: Strike when this many bytes were sent; None for never.
        at_message: Strike before this many pieces were sent; None for never.
        strike: What to do then, once, while the client waits.
        sent_bytes: Bytes that clients sent.
        sent_messages: Pieces in which they came.
    """

    target_port: int
    at_byte: int | None = None
    at_message: int | None = None
    strike: Callable[[], None] = lambda: None
    sent_bytes: int = 0
    sent_messages: int = 0
    _sockets: list[socket.socket] = field(default_factory=list)
    _struck: bool = False

    def __enter__(self) -> Proxy:
        """Listen."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self._listener.close()
        self.cut()

    @property
    def port(self) -> int:
        """Port to connect to."""
        return int(self._listener.getsockname()[1])

    def cut(self) -> bool:
        """Drop every connection with a reset on both sides, and tell whether there was one."""
        was_any = bool(self._sockets)
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                # A thread that reads keeps a closed socket open; shutting it down wakes the thread.
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._sockets.clear()
        return was_any

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:
                if self._listener.fileno() < 0:
                    return
                client.close()
                continue
            self._sockets += [client, server]
            for source, sink, is_client in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._forward, args=(source, sink, is_client), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, is_client: bool) -> None:
        try:
            while chunk := source.recv(CHUNK_BYTES):
                if is_client:
                    chunk = self._counted(chunk, sink)
                sink.sendall(chunk)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _counted(self, chunk: bytes, sink: socket.socket) -> bytes:
        """Count what a client sends; at the chosen place send what comes before it, strike, and return the rest."""
        before = self.sent_bytes
        self.sent_bytes += len(chunk)
        self.sent_messages += 1
        at_byte = self.at_byte is not None and self.sent_bytes >= self.at_byte
        at_message = self.at_message is not None and self.sent_messages >= self.at_message
        if self._struck or not (at_byte or at_message):
            return chunk
        self._struck = True
        kept = max(0, (self.at_byte or 0) - before) if at_byte else 0
        sink.sendall(chunk[:kept])
        self.strike()
        return chunk[kept:]
