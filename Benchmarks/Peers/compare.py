"""Runs Gesso and its peers in turn on the same work, and prints medians, ratios and peak memory.

    python compare.py GESSO_PEER INPUTS [--rounds N] [--json FILE] [--markdown FILE] [--only TEXT]

All contenders run on one thread and one core, each in a process of its own, one after the other in every round and in
a new order each time; so whatever else the machine does hits all of them alike. What is compared is processor time,
which on an idle machine is the time on the wall; the JSON has both.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBRARIES = ["pillow", "libvips", "opencv", "python", "pybase64"]
# A measurement is at least this long, so that the clock and the pipe do not count.
LEAST_NANOSECONDS = 20_000_000

LARGE = "4032x3024 to 1536x1152"

# The figures to reach: at least this many times as fast as the fastest named contender.
GOALS = {
    "decode png-rgb-1024": (2.7, LIBRARIES), "decode png-rgba-1024": (2.7, LIBRARIES),
    "decode png-rgb-12mp": (2.7, LIBRARIES), "decode png-rgba-12mp": (2.7, LIBRARIES),
    "encode png-rgb-1024": (6, ["pillow"]), "encode png-rgba-1024": (6, ["pillow"]),
    **{
        f"resize {kind} {work}": (times, ["libvips"])
        for kind in ("rgba", "opaque rgba")
        for work, times in (("1024x1024 to 256x256", 4), ("1536x1024 to 1024x683", 1.5), ("4032x3024 to 1536x1152", 2))
    },
    "encode avif 512": (1, ["pillow"]),
    "base64 decode": (1, ["pybase64"]), "base64 encode": (1, ["pybase64"]),
    "response to image bytes": (40, ["python"]),
    "response to 512, 256, 128 jpeg": (3, ["libvips"]), "response to 512, 256, 128 webp": (1.8, ["libvips"]),
    "jpeg-12mp to 256 webp": (1.05, ["libvips"]), "jpeg-12mp to 1536 png": (1.5, ["libvips"]),
    "edit back in place 1536x1024 onto 12mp": (4, ["opencv"]),
}  # fmt: skip


# At most this many times the time of other work of Gesso's.
OWN_GOALS = {f"resize linear opaque rgba {LARGE}": (2.5, f"resize opaque rgba {LARGE}")}


def on_one_core():
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "VIPS_CONCURRENCY": "1"}


class Contender:
    def __init__(self, name, command):
        self.name, self.command = name, command
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT, preexec_fn=on_one_core
        )
        hello = json.loads(self.process.stdout.readline())
        self.version = hello["version"] if isinstance(hello, dict) else "Gesso"
        self.jobs = hello["jobs"] if isinstance(hello, dict) else hello

    def run(self, job, runs):
        self.process.stdin.write(f"{runs}\t{job}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} died in {job}")
        return json.loads(line)

    def peak_memory(self, job):
        """KiB at the job's peak beyond those of a process that has read the inputs and done the work on tiny images."""

        def peak(mode):
            process = subprocess.Popen([*self.command, mode, job], env=ENVIRONMENT, preexec_fn=on_one_core)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                sys.exit(f"{self.name} failed in {job}")
            return usage.ru_maxrss

        return peak("--once") - peak("--idle")


def measure(job, contenders, rounds):
    results = {}
    for contender in contenders:
        contender.run(job, 1)
        warm = contender.run(job, 1)
        runs = max(1, min(2000, LEAST_NANOSECONDS // max(1, warm["wall"])))
        results[contender] = {"runs": runs, "wall": [], "processor": [], "bytes": warm["bytes"]}
    for _ in range(rounds):
        for contender in random.sample(contenders, len(contenders)):
            runs = results[contender]["runs"]
            measured = contender.run(job, runs)
            for clock in ("wall", "processor"):
                results[contender][clock].append(measured[clock] / runs / 1e6)
    return {
        contender.name: {
            "milliseconds": statistics.median(result["processor"]), "least": min(result["processor"]),
            "wall": statistics.median(result["wall"]), "bytes": result["bytes"],
        }
        for contender, result in results.items()
    }  # fmt: skip


def roofs_of(job):
    kind = job.removeprefix("decode ")
    if job.startswith("decode "):
        own = "libdeflate + own unfilter"
        return {"libpng": "libpng decode " + kind, "libdeflate's inflate": "libdeflate inflate " + kind, own: "libdeflate decode " + kind}
    if job.startswith("encode ") and "png-" in job:
        kind = job.split()[-1]
        return {f"libdeflate {level} + own filters": f"libdeflate {level} encode {kind}" for level in (1, 3, 6)}
    if job in ("base64 decode", "base64 encode"):
        return {"memcpy": "memcpy base64-text"}
    if job == "response to 512, 256, 128 webp":
        return {"libwebp's encoder": "libwebp encode thumbnails"}
    if job.startswith("composite"):
        return {"memcpy of its pixels": "memcpy ellipse"}
    return {}


# The peak of memory from a response to thumbnails: at most this many times the decoded image and its file together.
MEMORY_GOAL = 1.3


def memory_goal(job, memory, inputs):
    if not job.startswith("response to 512"):
        return ""
    file = max(path.stat().st_size * 3 // 4 for path in Path(inputs, "response-1024").iterdir())
    times = memory["gesso"] * 1024 / (3 * 1024 * 1024 + file)
    return f"<br>≤ {MEMORY_GOAL}× image and file in memory: {'✓' if times <= MEMORY_GOAL else '✗'} {times:.2f}"


# Compositing at least at this share of memcpy's speed over the pixels that it touches.
COMPOSITE_GOAL = 0.25


def limit_goal(job, row):
    if not job.startswith("composite"):
        return ""
    share = row["limits"]["memcpy of its pixels"] / row["times"]["gesso"]["milliseconds"]
    return f"{COMPOSITE_GOAL}× memcpy: {'✓' if share >= COMPOSITE_GOAL else '✗'} {share:.2f}"


def milliseconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def table(rows, inputs):
    columns = ["pillow", "libvips", "opencv", "python", "pybase64"]
    lines = ["| work | Gesso | " + " | ".join(columns) + " | limits | fastest peer ÷ Gesso | goal |"]
    lines.append("|---|" + "---:|" * (len(columns) + 1) + "---|---:|---|")
    for job, row in rows.items():
        times, memory = row["times"], row["memory"]

        def cell(name):
            if name not in times:
                return ""
            text = milliseconds(times[name]["milliseconds"])
            if times[name]["bytes"]:
                text += f"<br>{times[name]['bytes'] / 1e6:.2f} MB"
            if name in memory:
                text += f"<br>{memory[name] / 1024:.1f} MiB"
            return text

        ours = times["gesso"]["milliseconds"]
        peers = {name: times[name]["milliseconds"] for name in LIBRARIES if name in times}
        limits = "<br>".join(
            f"{name} {milliseconds(value)}" + (f", {row['bytes'][name] / 1e6:.2f} MB" if row["bytes"][name] else "")
            for name, value in row["limits"].items()
        )
        fastest = min(peers, key=peers.get) if peers else None
        ratio = f"{peers[fastest] / ours:.2f} ({fastest})" if peers else ""
        goal = ""
        if job in GOALS:
            least, against = GOALS[job]
            reached = min(peers[name] for name in against if name in peers) / ours
            label = "fastest" if against is LIBRARIES else against[0]
            goal = f"{least}× {label}: {'✓' if reached >= least else '✗'} {reached:.2f}"
        if job in OWN_GOALS and OWN_GOALS[job][1] in rows:
            most, other = OWN_GOALS[job]
            reached = ours / rows[other]["times"]["gesso"]["milliseconds"]
            goal += f"≤ {most}× in encoded light: {'✓' if reached <= most else '✗'} {reached:.2f}"
        goal += limit_goal(job, row)
        if memory:
            goal += memory_goal(job, memory, inputs)
        lines.append(
            f"| {job} | {cell('gesso')} | " + " | ".join(map(cell, columns)) + f" | {limits} | {ratio} | {goal} |"
        )
    return "\n".join(lines)


def add_section(file, text):
    """Adds a section to the table's file."""
    path = Path(file)
    path.write_text((path.read_text() + "\n" if path.exists() else "# How fast\n\n") + text)


def add_figures(file, **figures):
    """Adds figures to the JSON file."""
    path = Path(file)
    document = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**document, **figures}, indent=1))


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    system = next((line.split("=")[1].strip().strip('"') for line in open("/etc/os-release") if line.startswith("PRETTY_NAME")), "")
    return f"{model}, {os.cpu_count()} cores, {system}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gesso")
    parser.add_argument("inputs")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json")
    parser.add_argument("--markdown")
    parser.add_argument("--only", help="only the work whose name contains this")
    parser.add_argument("--no-memory", action="store_true")
    options = parser.parse_args()

    gesso = Contender("gesso", [options.gesso, options.inputs])
    peers = [Contender(name, [sys.executable, str(HERE / "worker.py"), name, options.inputs]) for name in LIBRARIES]
    rows = {}
    for job in gesso.jobs:
        if job.startswith(("memcpy", "libpng", "libdeflate", "libwebp")) or (options.only and options.only not in job):
            continue
        contenders = [gesso] + [peer for peer in peers if job in peer.jobs]
        times = measure(job, contenders, options.rounds)
        roofs = {label: measure(name, [gesso], max(3, options.rounds // 3))["gesso"] for label, name in roofs_of(job).items()}
        limits = {label: roof["milliseconds"] for label, roof in roofs.items()}
        memory = {} if options.no_memory else {contender.name: contender.peak_memory(job) for contender in contenders}
        rows[job] = {"times": times, "limits": limits, "bytes": {label: roof["bytes"] for label, roof in roofs.items()}, "memory": memory}
        print(f"{job}: " + ", ".join(f"{name} {milliseconds(time['milliseconds'])}" for name, time in times.items()), file=sys.stderr)

    versions = [peer.version for peer in peers]
    text = (
        f"{machine()}. {', '.join(versions)}. One thread each, median of {options.rounds} interleaved rounds, in\n"
        "milliseconds of processor time for all photographs of the set together; below it the bytes made, and the peak of resident memory\n"
        "above a process that has its inputs read and its libraries warm.\n\n" + table(rows, options.inputs) + "\n"
    )  # fmt: skip
    print(text)
    if options.markdown:
        Path(options.markdown).write_text(f"# How fast\n\n{text}")
    if options.json:
        Path(options.json).write_text(json.dumps({"machine": machine(), "versions": versions, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
