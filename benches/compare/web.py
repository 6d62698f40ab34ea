"""A client over HTTP: connections that are kept, with one request in flight on each."""

import itertools
import json
import os
import select
import signal
import socket
import subprocess
import time

import messages

PATIENCE = 120
CHUNKED = "chunked"
LAST_CHUNK = b"0\r\n\r\n"


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.inbox, self.length = [], None

    def send(self, request):
        self.inbox, self.length = [], None
        self.socket.sendall(request)

    def receive(self):
        """The response, when all of it is there."""
        chunk = self.socket.recv(1 << 18)
        assert chunk, "the server has hung up"
        self.inbox.append(chunk)
        if self.length is None:
            self.length = length_of(b"".join(self.inbox))
        if self.length is CHUNKED:
            is_whole = b"".join(self.inbox).endswith(LAST_CHUNK)
        else:
            is_whole = self.length is not None and sum(map(len, self.inbox)) >= self.length
        return b"".join(self.inbox) if is_whole else None

    def ask(self, request):
        self.send(request)
        while (response := self.receive()) is None:
            pass
        return response


def length_of(response):
    """Of all of it, when its headers are there."""
    end = response.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = response[:end].lower()
    at = head.find(b"content-length:")
    if at >= 0:
        return end + 4 + int(head[at + 15:].split(b"\r\n", 1)[0])
    return CHUNKED if b"transfer-encoding: chunked" in head else end + 4


def body_of(response):
    head, body = response.split(b"\r\n\r\n", 1)
    assert b" 200 " in head.split(b"\r\n", 1)[0], response
    if length_of(response) is CHUNKED:
        body = b"".join(chunks_of(body))
    if b"text/event-stream" in head:
        body = [line[5:] for line in body.splitlines() if line.startswith(b"data:") and len(line) > 6][-1]
    return json.loads(body)


def chunks_of(body):
    while length := int(body[:body.index(b"\r\n")], 16):
        start = body.index(b"\r\n") + 2
        yield body[start:start + length]
        body = body[start + length + 2:]


class Web:
    """A server that was started, with so many connections, and a session of its own on each if `has_sessions`."""

    def __init__(self, command, environment, port, era, connections=4, has_sessions=False, errors=subprocess.DEVNULL):
        self.era, self.port = era, port
        self.server = subprocess.Popen(command, env=os.environ | environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=errors)
        self.pid = self.server.pid
        self.connections = []
        try:
            self.await_port()
            self.connections = [Connection(port) for _ in range(connections)]
            self.sessions = [self.open_session(at) if has_sessions else None for at in self.connections]
        except BaseException:
            self.end()
            raise

    def await_port(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.server.poll() is None, "the server has ended"
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
        raise TimeoutError("the server does not listen")

    def open_session(self, connection):
        hello, ready = messages.opening(messages.LEGACY)
        head, _ = connection.ask(self.post(hello)).split(b"\r\n\r\n", 1)
        # The floor has none.
        lines = [line for line in head.decode().split("\r\n") if line.lower().startswith("mcp-session-id:")]
        session = lines[0].split(":", 1)[1].strip() if lines else None
        connection.ask(self.post(ready, session))
        return session

    def post(self, body, session=None, repeated=()):
        headers = {"host": f"127.0.0.1:{self.port}", "content-type": "application/json",
                   "accept": "application/json, text/event-stream", "content-length": len(body),
                   "mcp-protocol-version": messages.REVISION[self.era], **dict(repeated)}
        if session:
            headers["mcp-session-id"] = session
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST /mcp HTTP/1.1\r\n{lines}\r\n".encode() + body

    def run(self, workload, count, first=messages.FIRST):
        """Asks, and looks at every answer."""
        for response in self.exchange(self.posts(workload, count, first)):
            workload.check(body_of(response))

    def posts(self, workload, count, first=messages.FIRST):
        """Requests, each for the connection whose turn it is."""
        sessions = itertools.cycle(self.sessions)
        return [self.post_of(workload, number, session) for number, session in zip(range(first, first + count), sessions)]

    def post_of(self, workload, number, session):
        repeated = workload.headers(number) if self.era == messages.MODERN else {}
        return self.post(workload.request(number, self.era), session, repeated)

    def exchange(self, posts):
        """The responses to all of these; a connection sends the next one when it has the response to the last."""
        every, responses = len(self.connections), []
        waiting, poll = {}, select.epoll()
        for at, connection in enumerate(self.connections):
            turns = iter(posts[at::every])
            if (first := next(turns, None)) is not None:
                waiting[connection.socket.fileno()] = connection, turns
                poll.register(connection.socket, select.EPOLLIN)
                connection.send(first)
        while waiting:
            ready = poll.poll(PATIENCE)
            assert ready, "the server has stopped answering"
            for descriptor, _ in ready:
                connection, turns = waiting[descriptor]
                if (response := connection.receive()) is None:
                    continue
                responses.append(response)
                if (post := next(turns, None)) is not None:
                    connection.send(post)
                else:
                    poll.unregister(descriptor)
                    del waiting[descriptor]
        poll.close()
        return responses

    def end(self):
        for connection in self.connections:
            connection.socket.close()
        self.server.send_signal(signal.SIGTERM)
        try:
            self.server.wait(PATIENCE)
        finally:
            self.server.kill()
            self.server.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
