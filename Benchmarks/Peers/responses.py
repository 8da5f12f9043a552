"""Runs the client and the official SDK in turn against one server on loopback, and prints what a response costs each.

    python responses.py RESPONSE_PEER [--rounds N] [--json FILE] [--markdown FILE] [--streams N]

FILEs are those that compare.py wrote: the table is added to them. Both contenders are bound to one core and the server to
the others; memory is the peak above the same process after small responses.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import urllib.request

from compare import ENVIRONMENT, HERE, add_figures, add_section, milliseconds, on_one_core

MEGABYTE = 1_000_000
JOBS = {
    "JSON response with an image of 3 MB": f"json {3 * MEGABYTE}",
    "stream of 3 partials of 300 kB and 3 MB": f"stream 3 300000 {3 * MEGABYTE}",
}
# Times the SDK's, least; the last is milliseconds from the last byte to the decoded image, most.
PROCESSOR_GOAL, MEMORY_GOAL, DELAY_GOAL = 15, 3, 1
# Decoded bytes and so many MiB more, most.
MEMORY_ALLOWANCE = 1
RUNS = 10


def on_the_other_cores():
    cores = os.sched_getaffinity(0)
    if len(cores) > 1:
        os.sched_setaffinity(0, cores - {max(cores)})


class Server:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "loopback.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=on_the_other_cores,
        )  # fmt: skip
        self.base_url = f"http://127.0.0.1:{int(self.process.stdout.readline())}/v1"

    def times(self):
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.base_url + "/times") as response:
            return json.load(response)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


class Contender:
    def __init__(self, name, command):
        self.name, self.command = name, command
        self.process = self.start([])
        self.version = json.loads(self.process.stdout.readline())["version"]

    def start(self, options):
        return subprocess.Popen(
            [*self.command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT,
            preexec_fn=on_one_core,
        )  # fmt: skip

    def run(self, prompt, runs):
        self.process.stdin.write(f"{runs}\t{prompt}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} died in {prompt}")
        return json.loads(line)

    def peak_memory(self, prompt):
        """KiB at the peak of one response beyond the peak of small ones."""

        def peak(mode):
            process = self.start([mode, prompt])
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                sys.exit(f"{self.name} failed in {prompt}")
            return usage.ru_maxrss

        # What of the libraries happens to be in memory differs from run to run.
        return statistics.median(peak("--once") - peak("--idle") for _ in range(5))

    def many(self, count, prompt):
        process = self.start(["--many", str(count), prompt])
        text, _ = process.communicate()
        if process.returncode:
            sys.exit(f"{self.name} failed with {count} streams")
        return json.loads(text)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


def measure(prompt, contenders, server, rounds):
    results = {contender.name: {"processor": [], "delay": []} for contender in contenders}
    for contender in contenders:
        contender.run(prompt, 2)
    server.times()
    for _ in range(rounds):
        for contender in random.sample(contenders, len(contenders)):
            measured, sent = contender.run(prompt, RUNS), server.times()
            result = results[contender.name]
            result["bytes"] = measured["bytes"]
            result["processor"].append(measured["processor"] / RUNS / 1e6)
            result["delay"] += [(done - last) / 1e6 for last, done in zip(sent, measured["done"], strict=True)]
    return {
        name: {
            "bytes": result["bytes"], "milliseconds": statistics.median(result["processor"]), "least": min(result["processor"]),
            "delay": statistics.median(result["delay"]), "longestDelay": max(result["delay"]),
        }
        for name, result in results.items()
    }  # fmt: skip


def verdict(reached, goal, text):
    return f"{text}: {'✓' if reached else '✗'} {goal}"


def table(rows):
    lines = [
        "| response | Gesso | openai | openai ÷ Gesso | goal |",
        "|---|---:|---:|---:|---|",
    ]
    for name, row in rows.items():
        ours, theirs = row["gesso"], row["openai"]
        megabytes = ours["bytes"] / MEGABYTE
        times = theirs["milliseconds"] / ours["milliseconds"]
        lines.append(
            f"| {name}: processor time per MB | {milliseconds(ours['milliseconds'] / megabytes)} ms "
            f"| {milliseconds(theirs['milliseconds'] / megabytes)} ms | {times:.1f} "
            f"| {verdict(times >= PROCESSOR_GOAL, f'{times:.1f}', f'{PROCESSOR_GOAL}×')} |"
        )
        times = theirs["memory"] / max(ours["memory"], 1)
        beyond = (ours["memory"] * 1024 - ours["held"]) / 1024 / 1024
        goals = verdict(times >= MEMORY_GOAL, f"{times:.1f}", f"{MEMORY_GOAL}×") + "<br>"
        goals += verdict(beyond <= MEMORY_ALLOWANCE, f"{beyond:.2f}", f"decoded bytes + {MEMORY_ALLOWANCE} MiB")
        lines.append(f"| {name}: peak memory | {ours['memory'] / 1024:.1f} MiB | {theirs['memory'] / 1024:.1f} MiB | {times:.1f} | {goals} |")
        lines.append(
            f"| {name}: last byte to decoded image | {milliseconds(ours['delay'])} ms | {milliseconds(theirs['delay'])} ms "
            f"| {theirs['delay'] / ours['delay']:.1f} | {verdict(ours['delay'] <= DELAY_GOAL, milliseconds(ours['delay']), f'≤ {DELAY_GOAL} ms')} |"
        )
    return lines


def streams_table(count, results):
    lines = []
    ours, theirs = results["gesso"], results["openai"]
    for label, value, unit in [
        ("whole", lambda one: one["whole"], ""),
        ("processor time", lambda one: one["processor"] / 1e9, " s"),
        ("time on the wall", lambda one: one["wall"] / 1e9, " s"),
        ("peak memory", lambda one: (one["peak"] - one["floor"]) / 1024, " MiB"),
    ]:
        mine, other = value(ours), value(theirs)
        ratio = f"{other / mine:.1f}" if label not in ("whole", "time on the wall") else ""
        goal = verdict(mine == count, mine, f"all {count}") if label == "whole" else ""
        places = 0 if unit in ("", " MiB") else 1
        lines.append(f"| {count} slow streams of 3 partials of 100 kB and 1 MB: {label} | {mine:.{places}f}{unit} | {other:.{places}f}{unit} | {ratio} | {goal} |")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gesso")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json")
    parser.add_argument("--markdown")
    parser.add_argument("--streams", type=int, default=1000, help="how many at once; 0 leaves them out")
    options = parser.parse_args()

    server = Server()
    commands = {"gesso": [options.gesso, server.base_url], "openai": [sys.executable, str(HERE / "sdk.py"), server.base_url]}
    contenders = [Contender(name, command) for name, command in commands.items()]
    rows = {}
    for name, prompt in JOBS.items():
        rows[name] = measure(prompt, contenders, server, options.rounds)
        for contender in contenders:
            row = rows[name][contender.name]
            row["memory"] = contender.peak_memory(prompt)
            # The consumer drops each image of a stream before it asks for the next.
            row["held"] = 3 * MEGABYTE
        print(f"{name}: {rows[name]}", file=sys.stderr)
    lines = table(rows)
    streams = {}
    if options.streams:
        for contender in contenders:
            streams[contender.name] = contender.many(options.streams, f"slow stream 3 100000 {MEGABYTE}")
            print(f"{options.streams} streams: {contender.name} {streams[contender.name]}", file=sys.stderr)
        lines += streams_table(options.streams, streams)
    for contender in contenders:
        contender.stop()
    server.stop()

    text = (
        f"## Responses\n\nThe client beside the official SDK, {contenders[1].version}, against the same server on loopback: median of\n"
        f"{options.rounds} interleaved rounds of {RUNS} responses, processor time of the client's process alone; memory above the peak of\n"
        "the same process after small responses.\n\n" + "\n".join(lines) + "\n"
    )  # fmt: skip
    print(text)
    if options.markdown:
        add_section(options.markdown, text)
    if options.json:
        add_figures(options.json, responses=rows, streams=streams)


if __name__ == "__main__":
    main()
