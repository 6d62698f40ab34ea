"""A client over standard input and output."""

import json
import os
import select
import subprocess

import messages

CHUNK = 1 << 18
PATIENCE = 120


class Pipe:
    """A server that was started, and greeted if the era wants that."""

    def __init__(self, command, environment, era, errors=subprocess.DEVNULL):
        self.era = era
        self.server = subprocess.Popen(command, env=os.environ | environment, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=errors, bufsize=0)
        self.pid = self.server.pid
        self.input, self.output = self.server.stdin.fileno(), self.server.stdout.fileno()
        os.set_blocking(self.input, False)
        os.set_blocking(self.output, False)
        if greeting := messages.opening(era):
            hello, ready = greeting
            [answer] = self.exchange([hello], 1)
            assert "result" in json.loads(answer), answer
            os.write(self.input, ready)

    def run(self, workload, count, first=messages.FIRST, window=None):
        """Asks, and looks at every answer."""
        lines = workload.requests(count, self.era, first)
        for answer in self.exchange(lines, window or workload.window, workload):
            workload.check(json.loads(answer))

    def exchange(self, lines, window, workload=None):
        """The answers to these requests, with at most `window` of them in flight."""
        talk = workload if workload and workload.is_talk else None
        outbox, inbox, answers, sent = bytearray(), [], [], 0
        while len(answers) < len(lines):
            upto = min(len(lines), len(answers) + window)
            outbox += b"".join(lines[sent:upto])
            sent = max(sent, upto)
            readable, writable, _ = select.select([self.output], [self.input] if outbox else [], [], PATIENCE)
            if writable:
                del outbox[:os.write(self.input, outbox[:CHUNK])]
            if not readable:
                assert writable, "the server has stopped answering"
                continue
            chunk = os.read(self.output, CHUNK)
            assert chunk, "the server has gone"
            inbox.append(chunk)
            if b"\n" in chunk:
                *whole, rest = b"".join(inbox).split(b"\n")
                inbox = [rest]
                if talk:
                    whole = self.finished(talk, whole, outbox)
                answers += whole
        return answers

    def finished(self, workload, lines, outbox):
        """Those that are answers. To the others, the client says what it has to say."""
        answers = []
        for line in lines:
            reaction = workload.react(line, self.era)
            if reaction is None:
                answers.append(line)
            else:
                outbox += reaction
        return answers

    def end(self):
        self.server.stdin.close()
        try:
            self.server.wait(PATIENCE)
        finally:
            self.server.kill()
            self.server.wait()
            self.server.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
