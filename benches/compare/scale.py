"""What a server is when there is much of something: waiting calls, connections, sessions, requests, tools, cores."""

import statistics
import time

import machine
import table
from messages import FIRST, LEGACY, MODERN, Add, Wait


def waits(servers, rounds):
    """256 calls at once that wait 50 ms each."""
    table.head("256 calls that wait 50 ms, ms until all are answered", "rmcp", "ours", "gate")
    for title, measure in [("stdio, legacy", waits_over_stdio), ("HTTP, modern, 256 connections", waits_over_http)]:
        cells = []
        for name in ("rmcp", "ours"):
            runs = [measure(servers[name]) for _ in range(rounds)]
            cells.append(f"{min(runs):.1f} at least, {statistics.median(runs):.1f} median")
        table.row(title, *cells, "60")


def waits_over_stdio(server):
    workload = Wait()
    with server.stdio(workload.tools, LEGACY) as client:
        client.run(workload, 1)
        lines = workload.requests(256, LEGACY)
        return timed(lambda: client.exchange(lines, 256))


def waits_over_http(server):
    workload = Wait()
    with server.http(workload.tools, MODERN, connections=256) as client:
        client.run(workload, 256)
        posts = client.posts(workload, 256)
        return timed(lambda: client.exchange(posts))


def timed(action):
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def memory(servers, _):
    table.head("resident memory, MiB", "floor", "rmcp", "ours", "gate")
    every = list(servers.values())
    table.row("1,000 connections", *(mib(connected(server, 1000)) for server in every), "27 (aim 20)")
    for title, measure in [("stdio, legacy", calls_over_stdio), ("HTTP, modern", calls_over_http)]:
        runs = [measure(server) for server in every]
        table.row(f"after 1,000 calls, {title}", *(mib(few) for few, _ in runs), "")
        changes = (f"{mib(many)} ({many / few - 1:+.1%})" for few, many in runs)
        table.row(f"after 100,000 calls, {title}", *changes, "± 5 %")
    print()
    table.head("bytes per idle legacy session, of 2,000", "rmcp", "ours", "gate")
    table.row("", *(f"{per_session(servers[name], 2000):,.0f}" for name in ("rmcp", "ours")), "2,048 (aim 0)")


def mib(kib):
    return f"{kib / 1024:.1f}"


def connected(server, connections):
    with server.http("4", MODERN, connections=connections) as client:
        client.run(Add(), connections)
        return machine.resident(client.pid)


def calls_over_stdio(server):
    with server.stdio("4", LEGACY) as client:
        return after_calls(client, lambda count, first: client.exchange(Add().requests(count, LEGACY, first), 64))


def calls_over_http(server):
    with server.http("4", MODERN, connections=32) as client:
        return after_calls(client, lambda count, first: client.exchange(client.posts(Add(), count, first)))


def after_calls(client, exchange):
    """KiB after 1,000 and after 100,000 calls."""
    exchange(1_000, FIRST)
    few = machine.resident(client.pid)
    for done in range(1_000, 100_000, 11_000):
        exchange(11_000, FIRST + done)
    return few, machine.resident(client.pid)


def per_session(server, sessions):
    with server.http("4", LEGACY, has_sessions=True, connections=1) as client:
        for _ in range(100):
            client.open_session(client.connections[0])
        before = machine.resident(client.pid)
        for _ in range(sessions):
            client.open_session(client.connections[0])
        return (machine.resident(client.pid) - before) * 1024 / sessions


def start(servers, rounds):
    """From the start to the first answer."""
    table.head("start to the first answer, stdio, ms of processor time", "ours", "gate")
    for title, tools, gate in [("200 tools", "200", ""), ("200 tools with types in types", "nested", "5")]:
        runs = [started(servers["ours"], tools) for _ in range(10 * rounds)]
        table.row(title, f"{statistics.median(runs):.2f}", gate)


def started(server, tools):
    with server.stdio(tools, LEGACY) as client:
        return machine.cpu_seconds(client.pid) * 1000


def cores(servers, rounds):
    """Ours over HTTP on one core and on two.

    The client needs a core as well, and may find it where the server runs. So what counts is the processor time that the server takes for
    a request: a core could serve the inverse of it if the server had it for itself.
    """
    table.head("HTTP, modern, `add`, 32 connections", "one core", "two cores", "times", "gate")
    runs = [[per_core_second(servers["ours"], cores) for cores in ((1,), (0, 1))] for _ in range(rounds)]
    one, two = (statistics.median(each) for each in zip(*runs))
    times = statistics.median(2 * b / a for a, b in runs)
    table.row("requests per second that the server's cores can serve", table.count(one), table.count(2 * two), f"{times:.2f}", "1.7")


def per_core_second(server, cores):
    workload, requests = Add(), 12_000
    with server.http(workload.tools, MODERN, wrapper=machine.on_core(*cores), connections=32) as client:
        posts = client.posts(workload, requests)
        client.exchange(posts[:2_000])
        before = machine.cpu_seconds(client.pid)
        client.exchange(posts)
        return requests / (machine.cpu_seconds(client.pid) - before)
