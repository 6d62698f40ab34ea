"""Prints parts of README.md: its first Rust program, or the command of a shell block that begins as given."""

import re
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text()


def blocks(*languages):
    for language, text in re.findall(r"^```(\w*)[^\n]*\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        if language in languages:
            yield text


def command(beginning):
    lines = [line.removeprefix("$ ") for text in blocks("sh", "bash", "shell", "console") for line in text.splitlines()]
    return next(line for line in lines if line.startswith(beginning))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["program"]:
            print(next(blocks("rust")), end="")
        case ["command", beginning]:
            print(command(beginning))
        case _:
            sys.exit("readme.py program | command BEGINNING")
