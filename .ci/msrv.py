"""Reads `cargo metadata` and asserts that no package wants a newer Rust than the members state."""

import json
import sys


def number(version):
    return tuple(int(part) for part in version.split(".")[:2])


def main(metadata):
    members = set(metadata["workspace_members"])
    stated = {p["name"]: p["rust_version"] for p in metadata["packages"] if p["id"] in members}
    assert all(stated.values()), f"a member states no rust-version: {stated}"
    lowest = min(stated.values(), key=number)
    newer = {
        f"{p['name']} {p['version']}": p["rust_version"]
        for p in metadata["packages"]
        if p["rust_version"] and number(p["rust_version"]) > number(lowest)
    }
    assert not newer, f"these want more than Rust {lowest}: {newer}"
    print(f"Rust {lowest} is enough for all {len(metadata['packages'])} packages, as far as they say")


if __name__ == "__main__":
    main(json.load(sys.stdin))
