"""What a process holds, how fast /health responds meanwhile, and a control group with a limit of memory."""

import contextlib
import http.client
import multiprocessing
import os
import pathlib
import time


class Holdings:
    """What the kernel says that a process holds."""

    def __init__(self, process):
        self.folder = pathlib.Path(f"/proc/{process}")

    def status(self, name):
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise KeyError(name)

    @property
    def resident(self):
        """MiB."""
        return self.status("VmRSS") / 1024

    @property
    def most_resident(self):
        return self.status("VmHWM") / 1024

    @property
    def threads(self):
        return self.status("Threads")

    @property
    def processor_seconds(self):
        """Of all threads, those that have ended included (proc_pid_stat(5), fields 14 and 15)."""
        fields = (self.folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def descriptors(self):
        return len(os.listdir(self.folder / "fd"))


def poll(port, results, stop):
    """One request after the other, every 10 ms. Those that could not be sent meanwhile count too, as if each had been sent when it
    was due: otherwise a pause of a second would be a single request among hundreds."""
    interval, times, failures = 0.01, [], 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while not stop.is_set():
        begin = time.monotonic()
        try:
            connection.request("GET", "/health")
            failures += connection.getresponse().read() != b"ok\n"
        except (OSError, http.client.HTTPException):
            failures += 1
            connection.close()
        took = time.monotonic() - begin
        times += [took - index * interval for index in range(1 + int(took / interval))]
        time.sleep(max(0, interval - took))
    results.put((times, failures))


class Health:
    """Asks for /health a hundred times a second, from a process of its own so that nothing here delays it."""

    def __init__(self, port):
        context = multiprocessing.get_context("fork")
        self.results, self.end = context.Queue(), context.Event()
        self.process = context.Process(target=poll, args=(port, self.results, self.end), daemon=True)
        self.process.start()

    def stop(self):
        """Milliseconds: (p50, p99, most), and how many requests failed."""
        self.end.set()
        times, failures = self.results.get(timeout=30)
        self.process.join()
        times.sort()
        return tuple(1000 * times[min(len(times) - 1, int(len(times) * part))] for part in (0.5, 0.99, 1)), failures


@contextlib.contextmanager
def memory_group(limit):
    """A control group with that many bytes: words to put before a command, and its folder; None where none can be made."""
    memberships = [line.strip().split(":", 2) for line in open("/proc/self/cgroup")]
    tries = [
        (f"/sys/fs/cgroup/memory{path}", "memory.limit_in_bytes") for _, kinds, path in memberships if "memory" in kinds.split(",")
    ] + [(f"/sys/fs/cgroup{path}", "memory.max") for _, kinds, path in memberships if not kinds]
    for parent, file in tries:
        folder = pathlib.Path(f"{parent}/gesso-load-{os.getpid()}")
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            (folder / file).write_text(str(limit))
        except OSError:
            folder.rmdir()
            continue
        try:
            yield ["sh", "-c", f'echo $$ >"{folder}/cgroup.procs" && exec "$0" "$@"'], folder
        finally:
            for _ in range(50):
                try:
                    folder.rmdir()
                    break
                except OSError:
                    time.sleep(0.1)
        return
    yield [], None


def group_peak(folder):
    """The most MiB that a group had, files in the cache included; None if it does not say."""
    for name in ("memory.max_usage_in_bytes", "memory.peak"):
        if folder and (folder / name).exists():
            return int((folder / name).read_text()) / (1 << 20)
    return None


class Bounds:
    """Rows of a table, each with what it may be at most or must be at least; says in the end whether all hold."""

    def __init__(self, name):
        self.name, self.rows, self.failed = name, [], False

    def row(self, what, value, unit="", most=None, least=None):
        missed = value is None or (most is not None and value > most) or (least is not None and value < least)
        missed = missed and (most is not None or least is not None)
        self.failed |= missed
        bound = f"<= {most}" if most is not None else f">= {least}" if least is not None else ""
        shown = "none" if value is None else value if isinstance(value, str) else f"{value:,.2f}"
        if isinstance(value, int):
            shown = f"{value:,}"
        self.rows.append((what, f"{shown} {unit}".strip(), bound, "MISSED" if missed else ""))

    def end(self):
        print(f"\n{self.name}\n\n| what | measured | bound | |\n|---|---:|---:|---|")
        for cells in self.rows:
            print("| " + " | ".join(cells) + " |")
        return self.failed
