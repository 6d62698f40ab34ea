"""A server at work over HTTP: where it listens, and whether it lived and ended as it should."""

import queue
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

STARTING = 30
STOPPING = 15


class Served:
    """Within `with`, the server runs; after it, `faults` says what was wrong with how it ended."""

    def __init__(self, binary):
        self.command = [Path(binary).absolute(), "--http", "127.0.0.1:0"]
        self.said, self.faults = queue.Queue(), []

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        # Somebody has to read what it says, or it could not go on when the pipe is full.
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self.url = self._find_url()
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(self, error, *_):
        if error:
            self.process.kill()
        elif self.process.poll() is not None:
            self.faults.append(f"server: ended before it was told to, with {self.process.returncode}; {self._last_words()}")
        else:
            self._stop()

    def _listen(self):
        for line in self.process.stderr:
            self.said.put(line)
        self.said.put(None)

    def _find_url(self):
        heard = []
        while line := self._next_line():
            if found := re.search(r" at (http://\S+)", line):
                return found[1]
            heard.append(line)
        sys.exit(f"conformance: the server does not say where it listens, but: {''.join(heard) or 'nothing'}")

    def _next_line(self):
        try:
            return self.said.get(timeout=STARTING)
        except queue.Empty:
            return None

    def _stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.faults.append(f"server: still there {STOPPING} s after SIGTERM")
        else:
            if code:
                self.faults.append(f"server: ended with {code} after SIGTERM, not with 0; {self._last_words()}")

    def _last_words(self):
        lines = []
        while not self.said.empty():
            lines.append(self.said.get() or "")
        return f"its last words: {''.join(lines[-20:]).strip() or 'none'}"
