"""HTTP load whose own share of the processor is small: keep-alive connections, bodies in no memory of their own.

Usage: drain.py BASE CONNECTIONS SECONDS PATHS.json dropped|received
Asks the paths in turn and prints one JSON line. A dropped body is discarded by the kernel, unread (MSG_TRUNC): on a
machine where client and server share two cores, copying large bodies would take longer than making them. A received
one is read, into the same memory again and again. Any answer but a 200 with a Content-Length, and any that breaks
off, ends the run with an error.
"""

import json
import select
import socket
import sys
import time
from urllib.parse import urlsplit

LONGEST_DROP = 4 * 2**20
# One answer is waited for even beyond the time of the load: a large one may come from a cold disk.
LONGEST_WAIT = 120


class Connection:
    def __init__(self, address: tuple[str, int], load: "Load") -> None:
        self.address = address
        self.load = load
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(self.address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.load.watch(self)
        self.ask()

    def ask(self) -> None:
        self.head = b""
        self.left = -1
        self.asked = time.perf_counter()
        self.socket.send(self.load.next_request())

    def read(self) -> None:
        try:
            if self.left < 0:
                self.read_head()
            if self.left > 0:
                count = self.socket.recv_into(self.load.nowhere, min(self.left, LONGEST_DROP), self.load.flags)
                if count == 0:
                    sys.exit("an answer broke off")
                self.left -= count
                self.load.bytes += count
        except BlockingIOError:
            return
        if self.left == 0:
            self.load.note(time.perf_counter() - self.asked)
            self.ask_again()

    def read_head(self) -> None:
        part = self.socket.recv(2048)
        if not part:
            sys.exit("an answer broke off in its head")
        self.head += part
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return
        lines = self.head[:end].lower().split(b"\r\n")
        length = next((line[15:] for line in lines if line.startswith(b"content-length:")), None)
        if not lines[0].startswith(b"http/1.1 200") or length is None:
            sys.exit(f"not an answer to measure: {self.head[:end]!r}")
        self.closes = b"connection: close" in lines
        received = len(self.head) - end - 4
        self.left = int(length) - received
        self.load.bytes += received

    def ask_again(self) -> None:
        if not self.closes:
            self.ask()
            return
        self.load.forget(self)
        self.socket.close()
        self.open()


class Load:
    def __init__(self, base: str, paths: list[str], flags: int) -> None:
        self.flags = flags
        self.address = (urlsplit(base).hostname, urlsplit(base).port)
        self.requests = [f"GET {path} HTTP/1.1\r\nHost: {urlsplit(base).netloc}\r\n\r\n".encode() for path in paths]
        self.poll = select.epoll()
        self.connections: dict[int, Connection] = {}
        self.nowhere = memoryview(bytearray(LONGEST_DROP))
        self.sent = 0
        self.bytes = 0
        self.latencies: list[float] = []

    def watch(self, connection: Connection) -> None:
        self.connections[connection.socket.fileno()] = connection
        self.poll.register(connection.socket.fileno(), select.EPOLLIN)

    def forget(self, connection: Connection) -> None:
        self.poll.unregister(connection.socket.fileno())
        del self.connections[connection.socket.fileno()]

    def next_request(self) -> bytes:
        self.sent += 1
        return self.requests[self.sent % len(self.requests)]

    def note(self, seconds: float) -> None:
        self.latencies.append(seconds)

    def run(self, connections: int, seconds: float) -> dict[str, float]:
        began = time.perf_counter()
        for _ in range(connections):
            Connection(self.address, self)
        while time.perf_counter() < began + (seconds if self.latencies else LONGEST_WAIT):
            for number, _ in self.poll.poll(1):
                self.connections[number].read()
        elapsed = time.perf_counter() - began
        ordered = sorted(self.latencies)
        if not ordered:
            sys.exit("no answer in time")
        return {
            "requests": len(ordered),
            "requestsPerSecond": len(ordered) / elapsed,
            "p50Ms": ordered[len(ordered) // 2] * 1000,
            "p99Ms": ordered[int(len(ordered) * 0.99)] * 1000,
            "megabytesPerSecond": self.bytes / elapsed / 1e6,
        }


base, connections, seconds, paths, bodies = sys.argv[1:]
flags = {"dropped": socket.MSG_TRUNC, "received": 0}[bodies]
with open(paths) as file:
    print(json.dumps(Load(base, json.load(file), flags).run(int(connections), float(seconds))))
