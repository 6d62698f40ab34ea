"""Runs every command of the `console` blocks of a document, in order, and compares what it prints with what stands below it.

`…` stands for what differs from run to run. `weather --http` starts a server, on a port that is free; it ends when the next
one starts.
"""

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from server import Listening

ADDRESS = "127.0.0.1:8000"
ENVIRONMENT = {"WEATHER_DATE": "2026-07-28"}
PATIENCE = 20


class Transcript:
    """What has been run so far. The commands share a directory, and the server that was started last."""

    def __init__(self, binary):
        self.binary, self.server = binary, None
        self.directory = tempfile.TemporaryDirectory()
        self.checked, self.faults = 0, []

    def step(self, command, expected):
        is_server = command.startswith("weather --http")
        found = self.serve(command) if is_server else self.run(command)
        self.checked += 1
        if not matches(found, expected):
            self.faults.append(f"$ {command}\n  expected\n{indented(expected)}\n  found\n{indented(found)}")

    def serve(self, command):
        self.stop()
        arguments = [("127.0.0.1:0" if part == ADDRESS else part) for part in shlex.split(command)[1:]]
        self.server = Listening([self.binary, *arguments], ENVIRONMENT)
        return self.server.announcement.replace(self.address(), ADDRESS)

    def run(self, command):
        command = command.replace(ADDRESS, self.address())
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=self.directory.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
        )
        return run.stdout.decode().replace("\r\n", "\n").replace(self.address(), ADDRESS)

    def address(self):
        return self.server.url.split("/")[2]

    def stop(self):
        if self.server and (outcome := self.server.stop()) != (0, []):
            self.faults.append(f"the server ended with exit code {outcome[0]} and said {outcome[1]}")


def main(document, binary):
    transcript = Transcript(binary)
    for command, expected in commands(Path(document).read_text()):
        transcript.step(command, expected)
    transcript.stop()
    for fault in transcript.faults:
        print(fault, file=sys.stderr)
    if transcript.faults or not transcript.checked:
        sys.exit(f"curl: {len(transcript.faults)} of {transcript.checked} commands print something else than the document shows")
    print(f"curl: {transcript.checked} commands print what the document shows")


def commands(document):
    """Each command, and the text below it."""
    for block in re.findall(r"^```console\n(.*?)^```$", document, re.DOTALL | re.MULTILINE):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = step.splitlines()
            end = next(end for end in range(1, len(lines) + 1) if is_whole("\n".join(lines[:end])))
            yield "\n".join(lines[:end]), "\n".join(lines[end:])


def is_whole(command):
    """Whether all of its quotes are closed."""
    try:
        return bool(shlex.split(command))
    except ValueError:
        return False


def matches(found, expected):
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, found.strip()) is not None


def indented(text):
    return "\n".join(f"    {line}" for line in text.strip().split("\n"))


if __name__ == "__main__":
    main(*sys.argv[1:])
