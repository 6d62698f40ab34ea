"""A client that sends messages to a server and keeps every message that comes back."""

import json
import os
import queue
import subprocess
import tempfile
import threading
from contextlib import contextmanager

from scenario import BLANKS, RESPONSES

# Seconds for one message.
PATIENCE = 20


class Peer:
    """One client. `asked` maps ids to methods, `lines` holds all that the server sent: messages, and answers to batches.

    `silent` and `bad` are what is ignored or refused over this transport: lines, and lines with code and id of the error.
    """

    def __init__(self, reply):
        self.scratch = tempfile.TemporaryDirectory()
        self.environment = {"WEATHER_DATE": "2026-07-28", "NOTES_DB": f"{self.scratch.name}/notes.db"}
        self.reply = reply
        self.lines, self.asked, self.answers, self.faults = [], {}, {}, []
        self.next_id = 0

    @contextmanager
    def limit(self, seconds, what):
        """Kills the server if that takes longer: whoever waits for it learns it at once."""
        timer = threading.Timer(seconds, self.give_up, [f"{what} took longer than {seconds} s"])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def give_up(self, fault):
        self.faults.append(fault)
        self.kill()

    def send(self, message):
        self.write(json.dumps(message, ensure_ascii=False).encode())

    def request(self, method, params):
        """A request with an id of its own, whole numbers and text in turn."""
        self.next_id += 1
        id = self.next_id if self.next_id % 2 else f"request-{self.next_id}"
        self.asked[id] = method
        return {"jsonrpc": "2.0", "id": id, "method": method, **({} if params is None else {"params": params})}

    def ask(self, method, params):
        """Sends a request and waits for its answer."""
        message = self.request(method, params)
        self.send(message)
        return self.answer(message["id"])

    def answer(self, id):
        while not self.answers_to(id):
            self.read()
        return self.answers_to(id)[0]

    def answers_to(self, id):
        return self.answers.get(json.dumps(id), [])

    def keep(self, line):
        """Takes one line; a request of the server is answered at once."""
        self.lines.append(line)
        message = json.loads(line)
        for message in message if isinstance(message, list) else [message]:
            if "method" in message and "id" in message:
                self.send({"jsonrpc": "2.0", "id": message["id"], **self.reply(message)})
            elif "method" not in message:
                self.answers.setdefault(json.dumps(message.get("id")), []).append(message)


class StdioPeer(Peer):
    """One running server, line by line."""

    silent, bad = [*BLANKS, *RESPONSES], []

    def __init__(self, command, reply, revision):
        super().__init__(reply)
        self.unread = queue.Queue()
        self.process = subprocess.Popen(
            [command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **self.environment},
        )
        threading.Thread(target=self.pump, daemon=True).start()

    def pump(self):
        for line in self.process.stdout:
            self.unread.put(line)
        self.unread.put(None)

    def write(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def read(self):
        line = self.unread.get(timeout=PATIENCE)
        if line is None:
            raise EOFError("the server closed its output")
        self.keep(line)

    def listen(self, request, act, count):
        """Sends a request that is answered when the server ends, and keeps so many messages before that; `act` follows the first."""
        self.send(request)
        self.keep_told(request["id"], 1)
        act()
        self.keep_told(request["id"], count)

    def keep_told(self, id, count):
        while sum(subscription(line) == id for line in self.lines) < count:
            self.read()

    def close(self):
        """Ends the input, keeps what is still to come, gives the exit code."""
        self.process.stdin.close()
        while (line := self.unread.get(timeout=PATIENCE)) is not None:
            self.keep(line)
        return self.process.wait(timeout=PATIENCE)

    def kill(self):
        self.process.kill()


def subscription(line):
    """To which subscription a notification belongs, if it does to one."""
    message = json.loads(line)
    params = message.get("params", {}) if isinstance(message, dict) else {}
    return params.get("_meta", {}).get("io.modelcontextprotocol/subscriptionId")
