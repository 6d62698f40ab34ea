"""Counts what held, and shows the first part in which something differs."""

import json
import sys


class Checks:
    """`where` is the transport and the era."""

    def __init__(self):
        self.passed, self.failed, self.where = {}, 0, ""

    def equal(self, what, found, expected):
        if found == expected:
            self.passed[self.where] = self.passed.get(self.where, 0) + 1
            return
        self.failed += 1
        what, found, expected = narrowed(what, found, expected)
        print(f"python, {self.where}: {what}\n  expected {show(expected)}\n  found    {show(found)}", file=sys.stderr)

    def finish(self):
        passed = sum(self.passed.values())
        if self.failed or not passed:
            sys.exit(f"python: {self.failed} of {passed + self.failed} checks failed")
        print(f"python: {passed} checks passed: {', '.join(f'{where} {count}' for where, count in self.passed.items())}")


def narrowed(what, found, expected):
    """The first part in which two values differ, and where it is."""
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        pairs = enumerate(zip(found, expected))
    elif isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        pairs = ((key, (found[key], expected[key])) for key in found)
    else:
        return what, found, expected
    key, (found, expected) = next((key, pair) for key, pair in pairs if pair[0] != pair[1])
    return narrowed(f"{what}[{key!r}]", found, expected)


def wire(model):
    """The model as it was on the wire."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)


def show(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 2000 else text[:2000] + "…"
