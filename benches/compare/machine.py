"""What the system knows about a process, and about itself."""

import os
import pathlib
import platform
import re
import subprocess


def cpu_seconds(pid):
    """What all its threads have computed so far, in the kernel too. Waiting for a core is not in it, nor is a thread that has ended."""
    return sum(map(nanoseconds, pathlib.Path(f"/proc/{pid}/task").iterdir())) / 1e9


def nanoseconds(task):
    try:
        return int((task / "schedstat").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def resident(pid):
    """KiB in memory."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def on_core(*numbers):
    """Put before a command, it stays on these cores."""
    return ("taskset", "-c", ",".join(map(str, numbers)))


def stay_on_core(number):
    os.sched_setaffinity(0, {number})


def move_freely():
    os.sched_setaffinity(0, range(os.cpu_count()))


def description():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())[1]
    rustc = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    valgrind = subprocess.run(["valgrind", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    return (f"{model}, {os.cpu_count()} cores, Linux {platform.release().split('-')[0]}, glibc {platform.libc_ver()[1]}, "
            f"rustc {rustc}, {valgrind}, Python {platform.python_version()}")
