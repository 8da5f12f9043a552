"""Measures what whole processes do: renditions on one thread and on two, and the start of the program.

    python processes.py RENDITION_PEER GESSO INPUTS [--rounds N] [--json FILE] [--markdown FILE]
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

from compare import add_figures, add_section

# A measurement is at least this long.
LEAST_NANOSECONDS = 500_000_000
# On two threads at least this many times what one thread does in the same time, for at most this much more processor time.
THROUGHPUT, PROCESSOR = 1.85, 1.05
START_MILLISECONDS = 10


class Peer:
    def __init__(self, command, threads):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "GESSO_THREADS": str(threads)}
        )

    def run(self, runs):
        self.process.stdin.write(f"{runs}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def renditions(peer, folder, rounds):
    """Milliseconds of each way of making the renditions of all files in `folder`: wall and processor."""
    ways = {
        "1 thread": Peer([peer, folder], 1),
        "2 threads": Peer([peer, folder], 2),
        "2 threads, one file after the other": Peer([peer, folder, "--apart"], 2),
    }
    runs = max(1, LEAST_NANOSECONDS // max(way.run(1)["wall"] for way in ways.values()))
    results = {name: {"wall": [], "processor": []} for name in ways}
    for _ in range(rounds):
        for name in random.sample(list(ways), len(ways)):
            measured = ways[name].run(runs)
            for clock, values in results[name].items():
                values.append(measured[clock] / runs / 1e6)
    return {name: {clock: statistics.median(values) for clock, values in clocks.items()} for name, clocks in results.items()}


def start(commands, rounds):
    """Milliseconds of processor time that each command takes from its start to its end."""
    results = {name: [] for name in commands}
    for _ in range(10 * rounds):
        for name in random.sample(list(commands), len(commands)):
            process = subprocess.Popen(commands[name], stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                sys.exit(f"{name} failed")
            results[name].append((usage.ru_utime + usage.ru_stime) * 1000)
    return {name: statistics.median(values) for name, values in results.items()}


def goal(reached, holds, text):
    return f"{text}: {'✓' if holds else '✗'} {reached:.2f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peer")
    parser.add_argument("gesso")
    parser.add_argument("inputs")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json")
    parser.add_argument("--markdown")
    options = parser.parse_args()

    lines = ["| work | way | time on the wall | processor time | goal |", "|---|---|---:|---:|---|"]
    rows = {}
    for kind in ("jpeg-12mp", "png-rgb-1024"):
        work = f"8 files of {kind} to 512, 256, 128 webp"
        ways = rows[work] = renditions(options.peer, str(Path(options.inputs, kind)), options.rounds)
        one = ways["1 thread"]
        for name, way in ways.items():
            goals = []
            if name == "2 threads":
                times = one["wall"] / way["wall"]
                goals.append(goal(times, times >= THROUGHPUT, f"{THROUGHPUT}× of 1 thread"))
            if name != "1 thread":
                share = way["processor"] / one["processor"]
                goals.append(goal(share, share <= PROCESSOR, f"processor time ≤ {PROCESSOR}×"))
            lines.append(f"| {work} | {name} | {way['wall']:.1f} ms | {way['processor']:.1f} ms | {'<br>'.join(goals)} |")
    rows["start"] = start(
        {"gesso --version": [options.gesso, "--version"], "python3 -c pass": [sys.executable, "-c", "pass"]}, options.rounds
    )
    for name, time in rows["start"].items():
        text = goal(time, time <= START_MILLISECONDS, f"≤ {START_MILLISECONDS} ms") if name.startswith("gesso") else ""
        lines.append(f"| start and end of a process | `{name}` | | {time:.1f} ms | {text} |")

    text = (
        "## Threads and start\n\n`Image(file).renditions` of three sizes from one decode, of eight files side by side: with one thread for\n"
        f"pixels, with two, and with two but one file after the other. Median of {options.rounds} interleaved rounds.\n\n" + "\n".join(lines) + "\n"
    )  # fmt: skip
    print(text)
    if options.markdown:
        add_section(options.markdown, text)
    if options.json:
        add_figures(options.json, processes=rows)


if __name__ == "__main__":
    main()
