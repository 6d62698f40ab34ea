"""A client that writes lines to a server and keeps every line that comes back."""

import json
import os
import queue
import subprocess
import tempfile
import threading

PATIENCE = 20


class Peer:
    """One running server. `asked` maps ids to methods, `lines` holds all that the server wrote."""

    def __init__(self, command, reply):
        self.scratch = tempfile.TemporaryDirectory()
        environment = {**os.environ, "WEATHER_DATE": "2026-07-28", "NOTES_DB": f"{self.scratch.name}/notes.db"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        self.reply = reply
        self.lines, self.asked, self.answers = [], {}, {}
        self.unread = queue.Queue()
        self.next_id = 0
        threading.Thread(target=self.pump, daemon=True).start()

    def pump(self):
        for line in self.process.stdout:
            self.unread.put(line)
        self.unread.put(None)

    def write(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

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

    def read(self):
        """Takes one line; a request of the server is answered at once."""
        line = self.unread.get(timeout=PATIENCE)
        if line is None:
            raise EOFError("the server closed its output")
        self.keep(line)

    def keep(self, line):
        self.lines.append(line)
        message = json.loads(line)
        for message in message if isinstance(message, list) else [message]:
            if "method" in message and "id" in message:
                self.send({"jsonrpc": "2.0", "id": message["id"], **self.reply(message)})
            elif "method" not in message:
                self.answers.setdefault(json.dumps(message.get("id")), []).append(message)

    def close(self):
        """Ends the input, keeps what is still to come, gives the exit code."""
        self.process.stdin.close()
        while (line := self.unread.get(timeout=PATIENCE)) is not None:
            self.keep(line)
        return self.process.wait(timeout=PATIENCE)
