"""Runs the scenario in every revision against every server and judges each line that they wrote."""

import json
import sys
from pathlib import Path

from peer import Peer
from revision import REVISIONS, Revision
from scenario import Scenario, reply

EVERYTHING = {"elicitation": {}, "sampling": {}, "roots": {}}


def main(spec, servers):
    revisions = [Revision(name, Path(spec)) for name in REVISIONS]
    lines, faults = 0, []
    for server in servers:
        for revision in revisions:
            for capabilities in [{}, EVERYTHING]:
                checked, wrong = session(server, revision, capabilities)
                lines += checked
                faults += [f"{Path(server).name} {revision.name}: {fault}" for fault in wrong]
    for fault in dict.fromkeys(faults):
        print(fault, file=sys.stderr)
    if faults or not lines:
        sys.exit(f"schema: {len(set(faults))} faults in {lines} messages")
    print(f"schema: {lines} messages of {len(servers)} servers checked in {len(revisions)} revisions")


def session(server, revision, capabilities):
    """One session; the number of messages judged, and what was wrong with them."""
    peer = Peer([server], reply)
    scenario = Scenario(peer, revision, capabilities)
    try:
        scenario.run()
        code = peer.close()
    except Exception as error:
        peer.process.kill()
        last = peer.lines[-1][:300] if peer.lines else "nothing"
        return len(peer.lines), scenario.faults + [f"session ended early: {error!r}; last line: {last}"]
    exit_fault = [f"exit code {code} at end of input"] if code else []
    return len(peer.lines), scenario.faults + [*exit_fault, *line_faults(peer, revision), *count_faults(peer)]


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


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
