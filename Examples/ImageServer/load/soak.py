"""Mixed load for long: uploads, thumbnails, edits, cancels, broken files, slow clients. Every byte is compared."""

import collections
import io
import random
import socket
import tempfile
import threading
import time

from conftest import PHOTOGRAPHS, Server
from PIL import Image
from watch import Bounds, Holdings

NAMES = ["dogs-phone.jpg", "dandelions.webp", "bowl-cutout.png", "brushes-display-p3.jpg"]
# Photos differ by what is at their end; more of them would only fill the disk.
VARIANTS = 50
MASK = {"rectangle": {"x": 30, "y": 20, "width": 60, "height": 50}}


# What users do, and how often beside the rest.
ACTIONS = collections.Counter(thumbnails=10, broken=3, edit=2, cancelled_edit=1, cut=1, slow=1)


class Load:
    """Users that do one thing after the other until they are stopped."""

    def __init__(self, server):
        self.server, self.lock = server, threading.Lock()
        self.counts, self.wrong, self.references = collections.Counter(), [], {}
        self.pause, self.stop = threading.Event(), threading.Event()
        self.busy = 0
        self.photos = {name: self.small(name) for name in NAMES}

    @staticmethod
    def small(name):
        """Small enough for many a second."""
        image, file = Image.open(PHOTOGRAPHS / name), io.BytesIO()
        image.thumbnail((640, 640))
        image.save(file, image.format or "JPEG")
        return file.getvalue()

    def count(self, name):
        with self.lock:
            self.counts[name] += 1

    def compare(self, key, data):
        """The first bytes under a key are the reference of all others, and an image."""
        with self.lock:
            if key not in self.references:
                Image.open(io.BytesIO(data)).load()
            if self.references.setdefault(key, data) != data:
                self.wrong.append(f"{key}: {len(data)} bytes differ from {len(self.references[key])}")

    def expect(self, response, status, what):
        if response.status != status:
            with self.lock:
                self.wrong.append(f"{what}: status {response.status}: {response.body[:200]!r}")
        return response

    def user(self, seed):
        numbers = random.Random(seed)
        client = self.server.client()
        actions = [*ACTIONS.elements()]
        while not self.stop.is_set():
            # With the lock, so that whoever waits for the pause sees who has begun.
            with self.lock:
                is_paused = self.pause.is_set()
                self.busy += not is_paused
            if is_paused:
                time.sleep(0.1)
                continue
            action = getattr(self, numbers.choice(actions))
            try:
                action(client, numbers)
                self.count(action.__name__)
            except Exception as error:
                with self.lock:
                    self.wrong.append(f"{action.__name__}: {error!r}")
            finally:
                with self.lock:
                    self.busy -= 1

    def upload(self, client, numbers, name=None):
        name = name or numbers.choice(NAMES)
        data = self.photos[name] + f"{numbers.randrange(VARIANTS)}".encode()
        return name, self.expect(client.send("POST", "/photos", photo=(name, data)), 201, "upload").json()

    def thumbnails(self, client, numbers):
        name, stored = self.upload(client, numbers)
        for path, accept in (("thumbnail", "image/webp"), ("thumbnail", "image/jpeg"), ("preview", "*/*")):
            response = self.expect(client.get(stored[path], accept=accept), 200, path)
            self.compare((name, path, accept), response.body)

    def broken(self, client, numbers):
        data = self.photos[numbers.choice(["dogs-phone.jpg", "bowl-cutout.png"])]
        kind = numbers.randrange(3)
        data = [data[:numbers.randrange(4, 150)], b"GIF89a" + bytes(40), numbers.randbytes(3000)][kind]
        response = client.send("POST", "/photos", photo=("x.jpg", data))
        if response.status == 201:
            # The header is whole; the rest is found missing when a file is to be made of it.
            response = client.get(response.json()["thumbnail"])
        if not 400 <= response.status < 500:
            with self.lock:
                self.wrong.append(f"broken file: status {response.status}")

    def edit(self, client, numbers):
        name, stored = self.upload(client, numbers, "brushes-display-p3.jpg")
        job = client.edit(stored, "a red ball", MASK, rendition=["64.webp"])
        found = client.finished(job)
        if found["state"] != "finished":
            raise AssertionError(f"the job is {found['state']}: {found.get('failure')}")
        self.compare((name, "edit"), client.get(found["result"]["photo"]["preview"]).body)
        self.expect(client.send("DELETE", f"/edits/{job['id']}"), 204, "delete")

    def cancelled_edit(self, client, numbers):
        _, stored = self.upload(client, numbers)
        job = client.edit(stored, "a red ball", MASK)
        time.sleep(numbers.random())
        response = client.send("DELETE", f"/edits/{job['id']}")
        if response.status not in (200, 202, 204, 409):
            raise AssertionError(f"delete: {response.status}")

    def cut(self, client, numbers):
        """Leaves in the middle of an upload, or before the response."""
        connection = socket.create_connection(("127.0.0.1", self.server.port))
        head = "POST /photos HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n\r\n"
        connection.sendall(head.encode() + b"--b\r\n" * numbers.randrange(1, 200))
        connection.close()

    def slow(self, client, numbers):
        """Reads more responses than the kernel holds byte by byte for some seconds, and leaves."""
        _, stored = self.upload(client, numbers)
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        with connection:
            connection.connect(("127.0.0.1", self.server.port))
            connection.sendall(f"GET {stored['preview']} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 100)
            for expected in b"HTTP/1":
                if connection.recv(1) != bytes([expected]):
                    raise AssertionError("no response to a slow reader")
                time.sleep(0.5)

    def rest(self):
        """Waits until nothing is under way and Swift's own idle threads have ended."""
        with self.lock:
            self.pause.set()
        while self.busy:
            time.sleep(0.1)
        time.sleep(10)


def slope(samples):
    """MiB in 10 minutes, by least squares."""
    count = len(samples)
    if count < 3:
        return 0.0
    times, values = zip(*samples)
    mean, level = sum(times) / count, sum(values) / count
    spread = sum((each - mean) ** 2 for each in times)
    return 600 * sum((time - mean) * (value - level) for time, value in samples) / spread


def run(options):
    warm = min(5, options.minutes / 4) * 60
    bounds = Bounds(f"{options.minutes:g} minutes of mixed load, {options.users} users")
    environment = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144"}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(
            folder, "--mock", "--mock-seconds", "0.05", "--request-seconds", "10", "--read-seconds", "5", "--cache-bytes",
            "50000000", environment=environment)
        try:
            load, held = Load(server), Holdings(server.process.pid)
            users = [threading.Thread(target=load.user, args=(seed,)) for seed in range(options.users)]
            for user in users:
                user.start()
            time.sleep(warm)
            load.rest()
            before = held.descriptors, held.threads, held.resident
            load.pause.clear()
            begin, samples = time.monotonic(), []
            while time.monotonic() - begin < options.minutes * 60 - warm:
                time.sleep(5)
                samples.append((time.monotonic() - begin, held.resident))
            load.rest()
            after = held.descriptors, held.threads, held.resident
            load.stop.set()
            for user in users:
                user.join()
        finally:
            server.stop()
    for name in sorted(ACTIONS):
        # What was never done, or never ended well, shows nothing.
        bounds.row(name, load.counts[name], least=1)
    for text in load.wrong[:10]:
        print("wrong:", text)
    bounds.row("wrong responses", len(load.wrong), most=0)
    # A short run says little about a slope.
    bounds.row("resident memory a 10 minutes", slope(samples), "MiB", most=1 if options.minutes >= 20 else None)
    bounds.row("resident at rest, then", before[2], "MiB")
    bounds.row("resident at rest, in the end", after[2], "MiB")
    bounds.row("descriptors at rest, in the end", after[0], most=before[0])
    bounds.row("threads at rest, in the end", after[1], most=before[1])
    return bounds.end()
