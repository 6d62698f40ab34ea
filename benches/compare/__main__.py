#!/usr/bin/env python3
"""Prints the tables of docs/performance.md.

    python3 benches/compare                      all of them
    python3 benches/compare instructions build   these sections
    python3 benches/compare --rounds 3 time      with fewer rounds

It builds `examples/bench` and the rivals in `benches/peers` first. Servers take turns in each round, so that what else the
machine does falls on all of them alike; what is shown is the median of the rounds.
"""

import argparse

import build
import machine
import scale
import servers
import speed

SECTIONS = {
    "instructions": speed.instructions,
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
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(unknown)}")
    measured = servers.build_all()
    print(f"{machine.description()}\n")
    for section in arguments.sections or SECTIONS:
        print(f"## {section}\n", flush=True)
        SECTIONS[section](measured, arguments.rounds)
        print(flush=True)


if __name__ == "__main__":
    main()
