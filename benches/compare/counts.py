"""User-space instructions per request, counted by callgrind.

A server is run twice, with few requests and with many, and what the second run takes more is divided by how many it had more: so
the start is left out. Counts hardly depend on what else the machine does, and say nothing about the kernel.
"""

import os
import re
import tempfile

CALLGRIND = (os.environ.get("VALGRIND", "valgrind"), "--tool=callgrind", "--callgrind-out-file=/dev/null")
# How glibc copies what is large depends on the caches of the machine, and `rep movsb` counts as an instruction for each byte. With this
# it never does that.
STEADY = ("env", "GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1073741824:glibc.cpu.x86_rep_stosb_threshold=1073741824")


def over_stdio(server, workload, era, wrapper=CALLGRIND):
    return difference(workload, lambda log: server.stdio(workload.tools, era, wrapper, errors=log))


def over_http(server, workload, era, has_sessions=False, wrapper=CALLGRIND):
    return difference(workload, lambda log: server.http(workload.tools, era, has_sessions, wrapper, errors=log))


def difference(workload, start):
    few, many = (total(workload, count, start) for count in (workload.few, workload.many))
    return (many - few) / (workload.many - workload.few)


def total(workload, count, start):
    with tempfile.TemporaryFile("w+") as log:
        with start(log) as client:
            client.run(workload, count)
        log.seek(0)
        return int(re.search(r"Collected : (\d+)", log.read())[1])
