"""Conversations with the deploy example: questions to the person and the model, and effects that are had once."""

import tempfile
from contextlib import contextmanager
from pathlib import Path

import anyio
from mcp import Client, StdioServerParameters
from mcp.types import CreateMessageResult, ElicitResult, InputRequiredResult, TextContent

from links import listening

LINKS = {"stdio": None, "http": [], "http --stateless": ["--stateless"]}
MACHINES = ["alpha", "beta", "gamma"]


async def everything(server, eras, checks):
    for link, options in LINKS.items():
        # Where no question reaches a legacy client, nothing is asked.
        for mode in [mode for mode in eras if mode != "legacy" or options != ["--stateless"]]:
            checks.where = f"{link} {mode}"
            with anyio.fail_after(60), tempfile.TemporaryDirectory() as folder:
                journal = Journal(Path(folder) / "journal")
                with opened(server, options, journal.path, checks) as target:
                    await conversations(target, mode, journal, checks)


@contextmanager
def opened(server, options, journal, checks):
    """Gives what a client connects to."""
    environment = {"DEPLOY_JOURNAL": str(journal)}
    if options is None:
        yield StdioServerParameters(command=server, env=environment)
    else:
        with listening([server, "--http", "127.0.0.1:0", *options], environment, checks) as url:
            yield url


async def conversations(target, mode, journal, checks):
    person = Person()
    async with connected(target, mode, person) as client:
        await to_its_end(client, person, journal, checks)
        await given_up(client, person, journal, checks)
        if mode != "legacy":
            await twice(client, journal, checks)
            await at_the_same_time(client, journal, checks)


def connected(target, mode, person):
    return Client(target, mode=mode, elicitation_callback=person.asked, sampling_callback=person.sampled)


class Journal:
    def __init__(self, path):
        self.path = path

    def of(self, service):
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [line for line in lines if line.startswith(f"{service} ")]


def installed(service, machines=MACHINES):
    return [f"{service} 1.2.3 on staging/{machine}" for machine in machines]


class Person:
    """Answers every question, unless it is to think about one of them. The model answers, too."""

    def __init__(self):
        self.questions, self.thinks_about, self.has_thought = [], None, anyio.Event()

    async def asked(self, context, params):
        key = "target" if "environment" in params.requested_schema["properties"] else "health"
        self.questions.append(key)
        if self.thinks_about == key:
            await self.has_thought.wait()
        return ElicitResult(action="accept", content={"environment": "staging"} if key == "target" else {"well": True})

    async def sampled(self, context, params):
        self.questions.append("notes")
        return CreateMessageResult(role="assistant", model="test", content=TextContent(text="Faster."))


def arguments(service):
    return {"service": service, "version": "1.2.3"}


def text(result):
    return "\n".join(block.text for block in result.content)


async def to_its_end(client, person, journal, checks):
    person.questions.clear()
    told = []

    async def progress(done, total, message):
        told.append((done, total, message))

    result = await client.call_tool("deploy", arguments("whole"), progress_callback=progress)
    checks.equal("the result", text(result), "All of staging has whole 1.2.3: Faster.")
    checks.equal("questions", person.questions, ["target", "notes", "health"])
    checks.equal("effects", journal.of("whole"), installed("whole"))
    # Every round of a modern client is a request of its own, which tells again how far it is.
    steps = [(done, 3, f"staging/{machine} has whole 1.2.3") for done, machine in enumerate(MACHINES, 1)]
    checks.equal("progress", sorted(set(told)), steps)


async def given_up(client, person, journal, checks):
    """Who gives up at the last question has nothing more installed, whatever is answered later."""
    person.thinks_about = "health"
    with anyio.move_on_after(1) as scope:
        await client.call_tool("deploy", arguments("abandoned"))
    checks.equal("a call that was given up", scope.cancelled_caught, True)
    person.thinks_about = None
    person.has_thought.set()
    result = await client.call_tool("deploy", arguments("next"))
    checks.equal("the next call", text(result), "All of staging has next 1.2.3: Faster.")
    checks.equal("effects of the call that was given up", journal.of("abandoned"), installed("abandoned", ["alpha"]))


async def rounds(client, service, ask):
    """Makes the rounds by hand; `ask` makes a round, and gives all of its results."""
    results = [await one(client, service, None, None)]
    while isinstance(results[-1], InputRequiredResult):
        requests = results[-1].input_requests.items()
        responses = {key: await client.session.dispatch_input_request(None, request) for key, request in requests}
        results = await ask(responses, results[-1].request_state)
    return [text(result) for result in results]


async def one(client, service, responses, state):
    return await client.session.call_tool(
        "deploy", arguments(service), input_responses=responses, request_state=state, allow_input_required=True
    )


async def twice(client, journal, checks):
    async def ask(responses, state):
        return [await one(client, "twice", responses, state) for _ in range(2)]

    results = await rounds(client, "twice", ask)
    checks.equal("rounds that are made twice", results, ["All of staging has twice 1.2.3: Faster."] * 2)
    checks.equal("effects of rounds that are made twice", journal.of("twice"), installed("twice"))


async def at_the_same_time(client, journal, checks):
    async def ask(responses, state):
        results = []

        async def another():
            results.append(await one(client, "crowd", responses, state))

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(another)
        return results

    results = await rounds(client, "crowd", ask)
    checks.equal("rounds that are made at once", results, ["All of staging has crowd 1.2.3: Faster."] * 10)
    checks.equal("effects of rounds that are made at once", journal.of("crowd"), installed("crowd"))
