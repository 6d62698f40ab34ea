#!/usr/bin/env python3
"""Compares the instructions that a request takes with those that are recorded in .ci/instructions.json.

    python3 .ci/instructions.py            fails where they differ by more than 5 %, in either direction
    python3 .ci/instructions.py --record   records what they are now

Fewer is no mistake, but is to be recorded, so that what was won is not lost unseen. Valgrind counts (benches/compare/counts.py): its
processor is nearly the same everywhere. What differs between machines is how glibc and `memchr` copy and search (by the vectors
that the processor has), and between compilers what they make of the source: the record names both. The server is built without link-time optimization.
"""

import concurrent.futures
import json
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches/compare"))

import counts  # noqa: E402
import servers  # noqa: E402
from messages import LEGACY, MODERN, Add, Big, Book, Echo, Listing  # noqa: E402

RECORD = ROOT / ".ci/instructions.json"
TOLERANCE = 0.05
# In how many pieces a long list leaves depends on how fast its reader is.
LOOSE = {"stdio tools/list of 200, legacy": 0.25}

COUNTER = counts.STEADY + counts.CALLGRIND

KINDS = {
    "stdio add, legacy": lambda server: stdio(server, Add(), LEGACY),
    "stdio add, modern": lambda server: stdio(server, Add(), MODERN),
    "stdio tools/list of 200, legacy": lambda server: stdio(server, Listing(), LEGACY),
    "stdio echo of 64 KiB, legacy": lambda server: stdio(server, Echo(), LEGACY),
    "stdio result of 1 MiB, legacy": lambda server: stdio(server, Big(), LEGACY),
    "stdio call with 12 bounded values, modern": lambda server: stdio(server, Book(), MODERN),
    "HTTP add, modern": lambda server: http(server, Add(), MODERN),
    "HTTP add, legacy session": lambda server: http(server, Add(), LEGACY, has_sessions=True),
}


def stdio(*what):
    return counts.over_stdio(*what, wrapper=COUNTER)


def http(*what, **how):
    return counts.over_http(*what, **how, wrapper=COUNTER)


def main():
    # With it, building would take longer than all the rest.
    os.environ["CARGO_PROFILE_RELEASE_LTO"] = "off"
    now = measure(servers.build_ours())
    if sys.argv[1:] == ["--record"]:
        RECORD.write_text(json.dumps({"made with": setting(), "instructions per request": now}, indent=2) + "\n")
        return 0
    recorded = json.loads(RECORD.read_text())
    differing = [kind for kind, count in now.items() if not tell(kind, count, recorded["instructions per request"])]
    if not differing:
        return 0
    print(f"recorded with {recorded['made with']}, counted with {setting()}")
    print("where that is meant: python3 .ci/instructions.py --record", file=sys.stderr)
    return 1


def measure(server):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = {kind: pool.submit(count, server) for kind, count in KINDS.items()}
        return {kind: round(count.result()) for kind, count in counted.items()}


def tell(kind, count, recorded):
    before = recorded.get(kind, 0)
    is_near = abs(count - before) <= LOOSE.get(kind, TOLERANCE) * before
    change = f"{count / before - 1:+.1%}" if before else "not recorded"
    print(f"{kind}: {count:,} ({change}){'' if is_near else ' <--'}")
    return is_near


def setting():
    rustc = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    return f"rustc {rustc}, glibc {platform.libc_ver()[1]}, {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
