"""Tables as Markdown has them."""

import statistics


def head(*columns):
    row(*columns)
    row(*("---" for _ in columns))


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def count(number):
    """12,345 below 100,000, else 123 k or 1.23 M."""
    if number is None:
        return "—"
    if number < 100_000:
        return f"{number:,.0f}"
    return f"{number / 1000:,.0f} k" if number < 1_000_000 else f"{number / 1e6:.2f} M"


def ratio(one, other):
    return "—" if one is None or other is None else f"{one / other:.2f}"


def median(values):
    return statistics.median(values) if values else None
