"""Lets the conformance suite ask a server, and counts what it saw: one line per revision.

The suite passes a scenario that has no FAILURE. Three scored ones can only warn, so those "pass" where no server is at all,
and others skip what does not apply. Here a scenario passes if a check succeeded and none failed, warned or was skipped.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from served import Served

MODULES = Path(__file__).parent / "node_modules"
SUITE = [MODULES / "node/bin/node", MODULES / "@modelcontextprotocol/conformance/dist/index.js"]
LONGEST_RUN = 600

# How many scenarios the suite scores in a revision, and how many it runs without scoring them.
REVISIONS = {"2025-11-25": (30, 3), "2026-07-28": (37, 13)}

# Checks that a scenario may leave out, or only mention, where they say the most.
ESSENTIAL = {"server-sse-polling": {"server-sse-priming-event", "server-sse-retry-field", "server-sse-disconnect-resume"}}

# The suite skips these whatever the server does, until it is rewritten. They are counted on their own.
ALWAYS_SKIPPED = {"tasks-status-notifications"}


def main(binary, directory=None):
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(directory or scratch).absolute()
        with Served(binary) as server:
            reports = [Report(revision, ask(server.url, revision, results / revision)) for revision in REVISIONS]
    faults = [fault for report in reports for fault in report.faults] + server.faults
    for fault in faults:
        print(f"conformance, {fault}", file=sys.stderr)
    for report in reports:
        print(report.line())
    sys.exit(1 if faults else 0)


def ask(url, revision, directory):
    """The checks of each scenario; none where the suite left none."""
    suite("server", "--url", url, "--requirements", revision, "-o", directory)
    found = {}
    for path in directory.glob("server-*/checks.json"):
        scenario = re.fullmatch(r"server-(.+)-\d{4}-\d\d-\d\dT.*", path.parent.name)[1]
        found[scenario] = json.loads(path.read_text())
    return found


def scenarios(revision):
    """The names of the scenarios that are scored, and of those that are not."""
    listed = suite("list", "--server", "--requirements", revision)
    # Those for clients are listed too, below a heading of their own.
    scored = re.findall(r"^  - (\S+)$", listed.partition("\nClient scenarios")[0], re.MULTILINE)
    unscored = re.findall(r"^    - (\S+) \[server\]$", listed, re.MULTILINE)
    if (len(scored), len(unscored)) != REVISIONS[revision]:
        sys.exit(f"conformance: the suite lists other scenarios for {revision} than it should:\n{listed}")
    return scored, unscored


def suite(*arguments):
    # What it found is in the files that it writes; its exit code says nothing more.
    run = subprocess.run([*SUITE, *arguments], capture_output=True, text=True, timeout=LONGEST_RUN, check=False)
    # Here it says which scenario it could not run to its end.
    sys.stderr.write(run.stderr)
    return run.stdout


class Report:
    """What the suite found in one revision."""

    def __init__(self, revision, found):
        self.revision, self.found = revision, found
        self.scored, self.unscored = scenarios(revision)
        self.warnings, self.faults = 0, []
        self.skipped = [name for name in self.scored + self.unscored if self.skips(name)]
        tried = [name for name in self.scored + self.unscored if name not in self.skipped]
        self.passed = [name for name in tried if self.passes(name)]

    def skips(self, scenario):
        statuses = {check["status"] for check in self.found.get(scenario, [])}
        return scenario in ALWAYS_SKIPPED and statuses == {"SKIPPED"}

    def passes(self, scenario):
        """Whether the scenario counts; what is wrong with it is noted."""
        faults = self.faults_of(scenario)
        for check, status, message in faults:
            self.warnings += status == "WARNING"
            self.fault(scenario, f"{status} {check}: {message}")
        return not faults

    def faults_of(self, scenario):
        """The checks that keep the scenario from passing, with what they say."""
        checks = self.found.get(scenario, [])
        bad = {"FAILURE", "WARNING", "SKIPPED"}
        faults = [(check["id"], check["status"], one_line(check)) for check in checks if check["status"] in bad]
        succeeded = {check["id"] for check in checks if check["status"] == "SUCCESS"}
        if not faults and not succeeded:
            faults.append(("nothing", "MISSING", "no check succeeded"))
        for check in ESSENTIAL.get(scenario, set()) - succeeded:
            faults.append((check, "MISSING", "not tried"))
        return faults

    def fault(self, scenario, what):
        self.faults.append(f"{self.revision}, {scenario}: {what}")

    def line(self):
        passed = lambda names: f"{sum(name in self.passed for name in names)}/{len(names)}"
        return (
            f"{self.revision}: {passed(self.scored)} scored, {passed(self.unscored)} unscored, "
            f"{self.warnings} warnings; skipped by the suite itself: {', '.join(self.skipped) or 'nothing'}"
        )


def one_line(check):
    return " ".join((check.get("errorMessage") or "no message").split())[:500]


if __name__ == "__main__":
    main(*sys.argv[1:])
