"""Where the instructions of a request go: those of each function, by what they are for."""

import collections
import re
import tempfile

import counts
import servers
import speed
import table
from messages import Add, Echo

# The first that matches says what a function is for. What the compiler has inlined counts for the function around it.
PURPOSES = (
    ("allocator", r"malloc|free$|free_|calloc|realloc|__rdl|rust_(de)?alloc|unlink_chunk|drop_in_place|Arc<.*drop_slow"),
    ("copying and comparing memory", r"^__mem|memcpy|memmove|memcmp|bcmp"),
    ("our side of HTTP", r"^<?mcp_runtime::transport::http"),
    ("hyper, http, httparse", r"hyper|httparse|\bhttp::|httpdate|\bbytes::"),
    ("tokio, mio, asking the kernel", r"\btokio|\bmio\b|^recv|^writev|^read$|^write$|epoll|asynccancel"),
    ("checking arguments against the schema", r"mcp_runtime::schema|regex_lite"),
    ("giving arguments to the function", r"mcp_runtime::arguments|__mcp_|bench::"),
    ("reading JSON", r"mcp_runtime::(json::(scan|value|escapes|plain)|jsonrpc::(read|notification|RequestId)|params)|from_utf8|dec2flt"),
    ("writing the answer", r"mcp_runtime::(shape|reply|content|json|answer|jsonrpc|transport::outbox)|serde_json|write_answer|itoa"),
    ("lines of stdio", r"^<?mcp_runtime::transport|memchr"),
    ("finding the tool, running and supervising the call", r"mcp_runtime|Fn(Once)?::call|Timespec|clock_gettime|pow|float"),
)


def spent(*_):
    server = servers.build_ours(CARGO_PROFILE_RELEASE_STRIP="none")
    ways = (
        (Add(), speed.STDIO_LEGACY), (Add(), speed.STDIO_MODERN), (Add(), speed.HTTP_MODERN), (Add(), speed.HTTP_STATELESS),
        (Add(), speed.HTTP_SESSION), (Echo(), speed.STDIO_LEGACY),
    )
    found = [by_purpose(server, workload, way) for workload, way in ways]
    table.head("instructions per request", *(speed.title(*way) for way in ways))
    purposes = [name for name, _ in PURPOSES] + ["all else"]
    for purpose in sorted(purposes, key=lambda purpose: -sum(one[purpose] / sum(one.values()) for one in found)):
        table.row(purpose, *(table.count(one[purpose]) for one in found))
    table.row("in all", *(table.count(sum(one.values())) for one in found))


def by_purpose(server, workload, way):
    """What each purpose takes of a request."""
    per_request = collections.Counter()
    few, many = (functions(server, workload, way, count) for count in (workload.few, workload.many))
    for name in many.keys() | few.keys():
        per_request[purpose(name)] += (many[name] - few[name]) / (workload.many - workload.few)
    return per_request


def purpose(function):
    return next((name for name, pattern in PURPOSES if re.search(pattern, function)), "all else")


def functions(server, workload, way, count):
    """Instructions of each function itself, in a run of so many requests."""
    _, transport, era, has_sessions = way
    with tempfile.NamedTemporaryFile("r") as profile, tempfile.TemporaryFile("w+") as log:
        wrapper = (*counts.STEADY, *counts.CALLGRIND[:2], "--compress-strings=no", f"--callgrind-out-file={profile.name}")
        options = (workload.tools, era) if transport == "stdio" else (workload.tools, era, has_sessions)
        with getattr(server, transport)(*options, wrapper, errors=log) as client:
            client.run(workload, count)
        with open(profile.name) as written:
            return itself(written)


def itself(profile):
    """Of a file of callgrind: the lines under `fn=` are the function's own, but the one after `calls=`."""
    costs, function, is_call = collections.Counter(), None, False
    for line in profile:
        if line.startswith("fn="):
            function = line[3:].rstrip()
        elif line.startswith("calls="):
            is_call = True
        elif line[0].isdigit() or line[0] in "+-*":
            if not is_call:
                costs[function] += int(line.split()[1])
            is_call = False
    return costs
