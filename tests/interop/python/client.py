"""Drives the examples with the official client, over every transport and in both of its eras."""

import sys

import anyio
from mcp import Client

import changes
import deploy
import torture
import weather
from checks import Checks
from links import LINKS

ERAS = {"legacy": "2025-11-25", "auto": "2026-07-28"}


async def main(server, torture_server, deploy_server):
    checks = Checks()
    for link, open_link in LINKS.items():
        for mode, revision in ERAS.items():
            checks.where = f"{link} {mode}"
            with anyio.fail_after(60):
                async with open_link(server, mode, checks) as target, Client(target, mode=mode) as client:
                    checks.equal("revision", client.protocol_version, revision)
                    await weather.everything(client, checks, revision)
    await torture.everything(torture_server, ERAS, checks)
    await deploy.everything(deploy_server, ERAS, checks)
    await changes.everything(torture_server, checks)
    checks.finish()


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
