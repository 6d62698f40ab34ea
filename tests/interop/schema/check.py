"""Runs the scenario in every revision, over every transport, against every server, and judges each message that they sent."""

import json
import sys
from itertools import product
from pathlib import Path

from http_peer import EventsPeer, JsonPeer
from peer import StdioPeer
from revision import REVISIONS, Revision
from scenario import Scenario, reply

TRANSPORTS = {"stdio": StdioPeer, "http": JsonPeer, "http events": EventsPeer}
# Seconds for one session.
PATIENCE = 100
EVERYTHING = {"elicitation": {}, "sampling": {}, "roots": {}}


def main(spec, servers, of_stdio):
    revisions = [Revision(name, Path(spec)) for name in REVISIONS]
    lines, faults = dict.fromkeys(TRANSPORTS, 0), []
    for server, transport in [*product(servers, TRANSPORTS), *product(of_stdio, ["stdio"])]:
        for revision, capabilities in product(revisions, [{}, EVERYTHING]):
            checked, wrong = session(server, TRANSPORTS[transport], revision, capabilities)
            lines[transport] += checked
            faults += [f"{Path(server).name}, {transport}, {revision.name}: {fault}" for fault in wrong]
    for fault in dict.fromkeys(faults):
        print(fault, file=sys.stderr)
    if faults or not all(lines.values()):
        sys.exit(f"schema: {len(set(faults))} faults in {sum(lines.values())} messages")
    counts = ", ".join(f"{transport} {count}" for transport, count in lines.items())
    print(f"schema: {sum(lines.values())} messages checked in {len(revisions)} revisions: {counts}")


def session(server, transport, revision, capabilities):
    """One session; the number of messages judged, and what was wrong with them."""
    peer = transport(server, reply, revision)
    scenario = Scenario(peer, revision, capabilities)
    try:
        with peer.limit(PATIENCE, "the session"):
            scenario.run()
            code = peer.close()
    except Exception as error:
        peer.kill()
        last = peer.lines[-1][:300] if peer.lines else "nothing"
        return len(peer.lines), peer.faults + scenario.faults + [f"session ended early: {error!r}; last message: {last}"]
    exit_fault = [f"exit code {code} at the end"] if code else []
    faults = [*peer.faults, *scenario.faults, *exit_fault, *line_faults(peer, revision), *count_faults(peer)]
    return len(peer.lines), faults


def line_faults(peer, revision):
    """What the schema says against each line. A line is one message, or the answer to a batch where the revision has them."""
    for line in peer.lines:
        message = json.loads(line)
        if isinstance(message, list):
            wrong = [] if revision.name == "2025-03-26" and message else ["no batch may be answered here"]
            parts = message
        else:
            wrong, parts = [], [message]
        for part in parts:
            wrong = wrong + revision.message_problems(part, peer.asked)
        for problem in wrong:
            yield f"{problem} in {line[:600].decode()}"


def count_faults(peer):
    cancelled = {"tools/list", "resources/list", "prompts/list", "subscriptions/listen"}
    for id, method in peer.asked.items():
        count = len(peer.answers_to(id))
        if count > 1 or (count == 0 and method not in cancelled):
            yield f"{method} with id {id!r} was answered {count} times"


def split(arguments):
    """What stands before and after `--`."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


if __name__ == "__main__":
    main(sys.argv[1], *split(sys.argv[2:]))
