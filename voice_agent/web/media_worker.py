"""gunicorn's thread worker, which gives media sockets to whoever has the fewest.

Whichever worker is quickest accepts a connection, or holds it already, kept alive by a proxy. For a webhook that is
right. A media socket lasts as long as its call, so once its request is read the connection goes to the worker that
`WorkerBoard` names: the file descriptor and the request, over a socket pair that was made before the workers.
"""

from __future__ import annotations

import selectors
import signal
import socket
import time
from types import FrameType
from typing import Any, Final

import structlog
from gunicorn.workers.gthread import TConn, ThreadWorker

log = structlog.get_logger(__name__)

MEDIA_PATH: Final = "/twilio/media/"
LONGEST_REQUEST: Final = 64 * 1024
"""Bytes. Twilio's upgrade is some hundred; a longer one stays where it came."""
SUCCESSORS_S: Final = 60.0
"""How long a worker that is replaced waits for all of its successors; after that, one that takes calls is enough."""


class Inboxes:
    """A socket pair for each row of the board; whoever holds the row reads, all others write."""

    def __init__(self, rows: int) -> None:
        self._pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(rows)]
        for pair in self._pairs:
            for end in pair:
                end.setblocking(False)

    def fileno(self, row: int) -> int:
        """To wait for."""
        return self._pairs[row][0].fileno()

    def send(self, row: int, connection: socket.socket, request: bytes) -> bool:
        """Hand a connection on; False when the other side has no room for it."""
        if not 0 < len(request) <= LONGEST_REQUEST:
            return False
        try:
            socket.send_fds(self._pairs[row][1], [request], [connection.fileno()])
        except OSError as error:
            log.warning("socket_not_handed_on", problem=str(error))
            return False
        return True

    def receive(self, row: int) -> tuple[socket.socket, bytes] | None:
        """The next connection with its request; None when there is none."""
        try:
            request, files, _, _ = socket.recv_fds(self._pairs[row][0], LONGEST_REQUEST, 1)
        except BlockingIOError:
            return None
        if not files:
            return None
        connection = socket.socket(fileno=files[0])
        connection.set_inheritable(False)
        return connection, request

    def clear(self, row: int) -> None:
        """Close what a dead worker did not take any more: Twilio then asks how the call goes on."""
        while found := self.receive(row):
            found[0].close()

    def close(self) -> None:
        """Close all of them."""
        for pair in self._pairs:
            for end in pair:
                end.close()


class MediaWorker(ThreadWorker):  # type: ignore[misc]
    """See the module. Its application is a `server.Server`."""

    told_to_stop_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM, at any moment, and more than once: take no lock here. The main thread sees to it."""
        if self.told_to_stop_at is None:
            self.told_to_stop_at = time.monotonic()
        if self.booted:
            self.method_queue.defer(lambda: None)  # wakes the main thread
        else:
            self.app.row.drain()  # nobody needs to wait until this one takes calls

    def run(self) -> None:
        inbox = self.app.inboxes.fileno(self.app.row.number)
        self.poller.register(inbox, selectors.EVENT_READ, self.take_handed)
        super().run()

    def notify(self) -> None:
        """In the main thread, each second: the parent and the other workers see that this one lives."""
        super().notify()
        self.app.row.beat()
        if self.alive and self.told_to_stop_at is not None and self._may_leave(self.told_to_stop_at):
            self.app.drain()
            super().handle_exit(signal.SIGTERM, None)

    def _may_leave(self, told_at: float) -> bool:
        """gunicorn stops the old workers of a reload while the new ones have just begun to start."""
        return bool(self.app.row.may_leave(without_some=time.monotonic() - told_at > SUCCESSORS_S))

    def handle_request(self, req: Any, conn: Any) -> bool:
        """In a thread of the pool."""
        if not is_media(req):
            return bool(super().handle_request(req, conn))
        board, own = self.app.row.board, self.app.row.number
        was_handed = conn.__dict__.pop("was_handed", False)
        if not was_handed and (row := board.place_socket(own)) != own:
            if self.app.inboxes.send(row, conn.sock, head(req) + conn.parser.unreader.take_buffered()):
                conn.is_handed_on = True
                conn.sock.close()  # the other worker's end of it stays open
                return False
            board.socket_gone(row)
        try:
            return bool(super().handle_request(req, conn))
        finally:
            board.socket_gone(own)

    def take_handed(self, _inbox: int) -> None:
        """In the main thread: another worker has handed a connection to us."""
        found = self.app.inboxes.receive(self.app.row.number)
        if found is None:
            return
        connection, request = found
        try:
            conn = TConn(self.cfg, connection, connection.getpeername(), connection.getsockname())
            conn.was_handed = conn.data_ready = True
            conn.init()
        except OSError:  # the caller is gone already
            connection.close()
            self.app.row.board.socket_gone(self.app.row.number)
            return
        conn.parser.unreader.unread(request)
        self.nr_conns += 1
        self.enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """In the main thread: a request is done with."""
        if getattr(conn, "is_handed_on", False):
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)


def is_media(req: Any) -> bool:
    """Whether this request opens a media socket."""
    upgrades = any(name == "UPGRADE" and value.lower() == "websocket" for name, value in req.headers)
    return upgrades and str(req.path).startswith(MEDIA_PATH)


def head(req: Any) -> bytes:
    """A request as it can be parsed again."""
    version = ".".join(str(number) for number in req.version)
    lines = [f"{req.method} {req.uri} HTTP/{version}", *(f"{name}: {value}" for name, value in req.headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
