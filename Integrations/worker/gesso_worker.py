"""A client of `gesso worker`, for any engine: jobs in, results in the same order out. Standard library only."""

import collections
import json
import os
import select
import subprocess


class Worker:
    """One `gesso worker`, started when it is needed and again when it has died.

    Of the jobs that were under way then, each runs once more and alone; one at which the worker dies again has failed. A
    worker that cannot read a job's line ends too, and is treated the same way.
    """

    def __init__(self, *command):
        self.command, self.process, self.deaths = command, None, 0

    def map(self, jobs):
        """Yields (result, body) for each (job, body) of an iterable, in its order, with as many under way as fit the window."""
        jobs, held, number, oldest, running, suspects, retried, finished = iter(jobs), None, 0, 0, {}, {}, set(), {}
        unreadable = None
        try:
            while True:
                self.start()
                if suspects and not running:
                    first = min(suspects)
                    self.send(running, first, *suspects.pop(first))
                while not suspects and not retried & running.keys() and number - oldest < 2 * self.window:
                    held = held or next(jobs, None)
                    size = sum(len(body) for _, body in [*running.values(), held or ({}, b"")])
                    if not held or running and (len(running) >= self.window or size > self.window_bytes):
                        break
                    self.send(running, number, *held)
                    number, held = number + 1, None
                if not running:
                    return
                try:
                    for result, body in self.exchange():
                        if result["id"] is None:  # It still responds to what it has read, and then ends.
                            unreadable = result["error"]
                            continue
                        finished[int(result["id"])] = (result, body)
                        del running[int(result["id"])]
                except EOFError:
                    message, self.deaths = f"gesso worker ended with {self.stop()} at this job.", self.deaths + 1
                    error, unreadable = unreadable or {"code": "workerDied", "stage": "worker", "message": message}, None
                    for lost in retried & running.keys():
                        finished[lost] = ({"id": str(lost), "status": "failed", "error": error}, b"")
                        del running[lost]
                    retried |= running.keys()
                    suspects.update(running)
                    running.clear()
                while oldest in finished:
                    yield finished.pop(oldest)
                    oldest += 1
        finally:
            if running:  # Results that nobody waits for must not be taken for those of later jobs.
                self.stop(kill=True)

    def send(self, running, number, job, body):
        line = json.dumps({**job, "id": str(number), "bytes": len(body)}).encode() + b"\n"
        running[number] = (job, body)
        self.outgoing.extend((line, body))

    def exchange(self):
        """Waits for both pipes, as whoever waits for one alone may wait for ever; returns the frames that are here whole."""
        poll = select.poll()
        poll.register(self.process.stdout, select.POLLIN)
        if self.outgoing:
            poll.register(self.process.stdin, select.POLLOUT)
        ready = {descriptor for descriptor, _ in poll.poll()}
        if self.process.stdin.fileno() in ready:
            rest = memoryview(self.outgoing.popleft())
            try:
                rest = rest[os.write(self.process.stdin.fileno(), rest) :]
                if rest:
                    self.outgoing.appendleft(rest)
            except BrokenPipeError:  # What it wrote before its end is still to be read.
                self.outgoing.clear()
        if self.process.stdout.fileno() in ready:
            self.incoming += (data := os.read(self.process.stdout.fileno(), 1 << 20))
            if not data:
                raise EOFError
        return list(iter(self.frame, None))

    def frame(self):
        end = self.incoming.find(b"\n") + 1 if self.head is None else 0
        if end:
            self.head = json.loads(self.incoming[:end])
            del self.incoming[:end]
        if self.head is None or len(self.incoming) < self.head.get("bytes", 0):
            return None
        head, body, self.head = self.head, bytes(self.incoming[: self.head.get("bytes", 0)]), None
        del self.incoming[: len(body)]
        return head, body

    def start(self):
        if self.process is not None:
            return
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        os.set_blocking(self.process.stdin.fileno(), False)
        self.outgoing, self.incoming, self.head = collections.deque(), bytearray(), None
        try:
            while not (frames := self.exchange()):
                pass
            if frames[0][0].get("protocol") != 1:
                raise RuntimeError(f"{self.command[0]} does not speak protocol 1: {frames[0][0]}")
            self.window, self.window_bytes = frames[0][0]["window"], frames[0][0]["windowBytes"]
        except EOFError:
            raise RuntimeError(f"{self.command[0]} ended with {self.stop()} before its first frame.") from None
        except BaseException:
            self.stop(kill=True)
            raise

    def stop(self, kill=False):
        """Ends the worker, which finishes what it has read unless it is killed; returns its exit status."""
        process, self.process = self.process, None
        if process is None:
            return None
        if kill:
            process.kill()
        process.stdin.close()
        process.stdout.close()
        return process.wait()
