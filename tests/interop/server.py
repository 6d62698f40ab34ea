"""A server that is started for a test and listens on a port that was free."""

import os
import re
import signal
import subprocess
import threading

PATIENCE = 20
LISTENS = re.compile(r"^\S+ \S+ serves .* at (http://\S+)$")


class Listening:
    """`url` is its endpoint, `said` what it wrote to standard error since it listens."""

    def __init__(self, command, environment):
        self.said = []
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        self.announcement = self.announced(command)
        self.url = LISTENS.match(self.announcement)[1]
        self.reader = threading.Thread(target=self.listen, daemon=True)
        self.reader.start()

    def announced(self, command):
        for line in self.process.stderr:
            if LISTENS.match(line):
                return line.strip()
        raise EOFError(f"{command} ended before it listened, with exit code {self.process.wait()}")

    def listen(self):
        self.said.extend(line.rstrip("\n") for line in self.process.stderr)

    def stop(self):
        """Tells it to stop; its exit code and what it complained about. What begins with its own name is no complaint."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code, [line for line in self.said if not line.startswith("weather: ")]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
