#!/usr/bin/env python3
"""Prints the tables of docs/performance.md.

    python3 benches/compare                      all of them
    python3 benches/compare instructions build   these sections
    python3 benches/compare --write              writes them into the page, too
    python3 benches/compare --rounds 3 time      with fewer rounds

It builds `examples/bench` and the rivals in `benches/peers` first. Servers take turns in each round, so that what else the
machine does falls on all of them alike; what is shown is the median of the rounds.
"""

import argparse
import contextlib
import io
import re
import sys

import build
import machine
import scale
import servers
import spent
import speed

PAGE = servers.ROOT / "docs/performance.md"

SECTIONS = {
    "instructions": speed.instructions,
    "spent": spent.spent,
    "more": speed.more,
    "time": speed.time,
    "calls": speed.system_calls,
    "waits": scale.waits,
    "memory": scale.memory,
    "start": scale.start,
    "cores": scale.cores,
    "build": build.costs,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(unknown)}")
    measured = servers.build_all()
    publish("machine", f"{machine.description()}\n", arguments.write)
    for section in arguments.sections or SECTIONS:
        said = Said()
        with contextlib.redirect_stdout(said):
            SECTIONS[section](measured, arguments.rounds)
        publish(section, said.getvalue(), arguments.write)


class Said(io.StringIO):
    """What is printed, which is also seen at once, aside."""

    def write(self, text):
        sys.stderr.write(text)
        return super().write(text)


def publish(section, text, is_written):
    print(f"## {section}\n\n{text}", flush=True)
    if is_written:
        begin, end = f"<!-- {section} -->\n", "<!-- end -->"
        page = PAGE.read_text()
        assert begin in page, f"the page has no place for {section}"
        PAGE.write_text(re.sub(f"{begin}.*?{end}", lambda _: f"{begin}{text}{end}", page, count=1, flags=re.DOTALL))


if __name__ == "__main__":
    main()
