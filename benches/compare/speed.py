"""What a request costs: instructions, processor time, system calls."""

import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor

import counts
import machine
import table
from messages import FIRST, LEGACY, MODERN, Add, Ask, Big, Book, Echo, Listing, Prompt, Read, Steps

# How a server is reached: by which transport, in which era, with a session or without.
STDIO_LEGACY = ("stdio, legacy", "stdio", LEGACY, False)
STDIO_MODERN = ("stdio, modern", "stdio", MODERN, False)
HTTP_MODERN = ("HTTP, modern", "http", MODERN, False)
HTTP_STATELESS = ("HTTP, legacy, stateless", "http", LEGACY, False)
HTTP_SESSION = ("HTTP, legacy session", "http", LEGACY, True)

BOTH_PIPES = (STDIO_LEGACY, STDIO_MODERN)


def instructions(servers, _):
    """The requests of which a server is asked most."""
    table.head("instructions per request", "floor", "rmcp", "ours", "gate", "aim")
    for workload, way, gate, aim in [
        (Add(), STDIO_LEGACY, "10 k", "6 k"),
        (Add(), STDIO_MODERN, "14 k", "9 k"),
        (Add(), HTTP_MODERN, "32 k", "25 k"),
        (Add(), HTTP_STATELESS, "26 k", "20 k"),
        (Add(), HTTP_SESSION, "30 k", "22 k"),
        (Listing(), STDIO_LEGACY, "80 k", "40 k"),
        (Listing(), STDIO_MODERN, "80 k", "40 k"),
        (Echo(), STDIO_LEGACY, "1.85 M", "0.8 M"),
        (Echo(), STDIO_MODERN, "1.85 M", "0.8 M"),
        (Big(), STDIO_LEGACY, "10.2 M", "4 M"),
        (Big(), STDIO_MODERN, "10.2 M", "4 M"),
    ]:
        table.row(title(workload, way), *map(table.count, counted(servers, workload, way).values()), gate, aim)


def more(servers, _):
    """What a server has besides tools that are called."""
    table.head("instructions per request", "rmcp", "ours", "ours / rmcp")
    ways = {Read: (*BOTH_PIPES, HTTP_MODERN), Prompt: (*BOTH_PIPES, HTTP_MODERN), Steps: BOTH_PIPES, Ask: BOTH_PIPES}
    for kind, kinds_ways in ways.items():
        for way in kinds_ways:
            found = counted(servers, kind(), way)
            ours, rmcp = found["ours"], found["rmcp"]
            table.row(title(kind(), way), table.count(rmcp), table.count(ours), table.ratio(ours, rmcp))
    print()
    table.head("instructions per request", "floor", "rmcp", "ours", "ours / floor", "gate")
    for way in BOTH_PIPES:
        found = counted(servers, Book(), way)
        table.row(title(Book(), way), *map(table.count, found.values()), table.ratio(found["ours"], found["floor"]), "2.5")


def title(workload, way):
    return f"{NAMES[type(workload)]}, {way[0]}"


NAMES = {
    Add: "`add`", Listing: "`tools/list`, 200 tools", Echo: "echo of 64 KiB", Big: "result of 1 MiB",
    Read: "`resources/read` of a template", Prompt: "`prompts/get`", Steps: "progress of 100 steps",
    Ask: "a question and its answer", Book: "a call with 12 bounded values",
}


def counted(servers, workload, way):
    """Of each server. They may run at the same time: instructions are the same."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(servers, pool.map(lambda server: counted_of(server, workload, way), servers.values())))


def counted_of(server, workload, way):
    _, transport, era, has_sessions = way
    asked = server.workload(workload, era)
    if not server.can(asked):
        return None
    if transport == "stdio":
        return counts.over_stdio(server, asked, era)
    return counts.over_http(server, asked, era, has_sessions)


def time(servers, rounds):
    """Processor time of the server. The client has a core of its own."""
    machine.stay_on_core(0)
    table.head("µs of the server's processor per request", "floor", "rmcp", "ours", "rmcp / floor", "ours / floor", "gate", "aim")
    for workload, way, load, requests, gate, aim in [
        (Add(), STDIO_LEGACY, 64, 40_000, "2.0", "1.2"),
        (Add(), STDIO_MODERN, 64, 40_000, "2.0", "1.2"),
        (Add(), HTTP_MODERN, 32, 12_000, "1.2", "1.05"),
        (Add(), HTTP_SESSION, 32, 12_000, "1.3", "1.1"),
        (Listing(), HTTP_SESSION, 16, 4_000, "1.15", "1.0"),
        (Listing(), HTTP_MODERN, 16, 4_000, "1.15", "1.0"),
    ]:
        runs = [{name: timed(server, workload, way, load, requests) for name, server in servers.items()} for _ in range(rounds)]
        medians = [table.median([run[name] for run in runs]) for name in servers]
        ratios = [table.median([run[name] / run["floor"] for run in runs]) for name in ("rmcp", "ours")]
        flight = "in flight" if way[1] == "stdio" else "connections"
        table.row(f"{title(workload, way)}, {load} {flight}", *(f"{each:.2f}" for each in medians),
                  *(f"{each:.2f}" for each in ratios), gate, aim)
    machine.move_freely()


def timed(server, workload, way, load, requests):
    """Microseconds per request, after a tenth of them to warm up."""
    _, transport, era, has_sessions = way
    place = machine.on_core(1)
    if transport == "stdio":
        with server.stdio(workload.tools, era, place) as client:
            return clocked(client, requests, lambda count: client.exchange(workload.requests(count, era), load), workload)
    with server.http(workload.tools, era, has_sessions, place, connections=load) as client:
        posts = client.posts(workload, requests)
        return clocked(client, requests, lambda count: client.exchange(posts[:count]), workload)


def clocked(client, requests, exchange, workload):
    client.run(workload, 2 * workload.window, FIRST)
    exchange(requests // 10)
    before = machine.cpu_seconds(client.pid)
    answers = exchange(requests)
    assert len(answers) == requests
    return (machine.cpu_seconds(client.pid) - before) / requests * 1e6


def system_calls(servers, _):
    table.head("system calls per request", "floor", "rmcp", "ours", "gate", "aim")
    for way in BOTH_PIPES:
        found = [calls_of(server, Add(), way[2]) for server in servers.values()]
        table.row(f"{title(Add(), way)}, 64 in flight", *(f"{each:.3f}" for each in found), "0.1", "0.05")


def calls_of(server, workload, era):
    few, many = (calls_in(server, workload, era, count) for count in (1_000, 11_000))
    return (many - few) / 10_000


def calls_in(server, workload, era, requests):
    with tempfile.NamedTemporaryFile("r") as log:
        with server.stdio(workload.tools, era, ("strace", "-f", "-c", "-o", log.name)) as client:
            client.exchange(workload.requests(requests, era), workload.window)
        return int(re.search(r"(\d+)\s+(?:\d+\s+)?total", log.read())[1])
