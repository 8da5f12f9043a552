"""Sixty-four uploads of 12 megapixels at once, three files made of each, under a limit of memory."""

import concurrent.futures
import io
import json
import os
import socket
import tempfile
import threading
import time

import numpy
from conftest import Server, form
from PIL import Image
from watch import Bounds, Health, Holdings, group_peak, memory_group

# The address in the response to an upload, what is accepted, and what a file of that format begins with.
FILES = [
    ("thumbnail", "image/webp", b"RIFF", (480, 360)), ("thumbnail", "image/jpeg", b"\xff\xd8", (480, 360)),
    ("preview", "image/webp", b"RIFF", (2048, 1536)),
]
# Stands in the body for what makes each upload another file.
PLACE = b"number-of-user"


def photo():
    """4000 x 3000 pixels with the detail of a photograph."""
    random = numpy.random.default_rng(7)
    coarse = random.integers(0, 256, (60, 80, 3), numpy.uint8)
    pixels = numpy.asarray(Image.fromarray(coarse).resize((4000, 3000), Image.BICUBIC)).astype(numpy.int16)
    pixels = (pixels + random.integers(-9, 10, pixels.shape, numpy.int16)).clip(0, 255).astype(numpy.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=88)
    return file.getvalue()


class User:
    """A client that takes little from the processors that the server is measured on: one connection, one body for all users,
    and responses of which only the beginning is kept."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=600)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.cookie, self.buffer = "", bytearray(1 << 16)

    def send(self, line, headers="", *body):
        self.connection.sendall(f"{line} HTTP/1.1\r\nHost: x\r\n{self.cookie}{headers}\r\n".encode())
        for part in body:
            self.connection.sendall(part)
        return self.response()

    def receive(self):
        count = self.connection.recv_into(self.buffer)
        if count == 0:
            raise EOFError("the server closed the connection")
        return count

    def response(self):
        """(status, length of the body, its beginning); the beginning is all of a short one."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.buffer[:self.receive()]
        head, _, start = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        if "set-cookie" in headers:
            self.cookie = f"Cookie: {headers['set-cookie'].split(';')[0]}\r\n"
        length, received = int(headers["content-length"]), len(start)
        while received < length:
            count = self.receive()
            if received < 4096:
                start += self.buffer[:count]
            received += count
        return int(first.split(" ")[1]), length, start


def work(server, body, number, lengths):
    """One user: uploads, and has three files made, which are as long as the first user's; returns seconds."""
    # Users have processors of their own elsewhere; here they give way to the server.
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
    (before, after), kind = body
    begin, user = time.monotonic(), User(server.port)
    middle = f"{number:0{len(PLACE)}}".encode()
    size = len(before) + len(middle) + len(after)
    headers = f"Content-Type: {kind}\r\nContent-Length: {size}\r\n"
    status, _, start = user.send("POST /photos", headers, before, middle, after)
    assert status == 201, start
    stored = json.loads(start)
    for (name, accept, magic, _), expected in zip(FILES, lengths, strict=True):
        status, length, start = user.send(f"GET {stored[name]}", f"Accept: {accept}\r\n")
        assert (status, length) == (200, expected) and start.startswith(magic), (status, length, expected, start[:300])
    user.connection.close()
    return time.monotonic() - begin


def first(server, data):
    """The same work once, for what is made at first use. Looks into the files, and returns how long they are."""
    client, lengths = server.client(), []
    stored = client.upload(data=data)
    for name, accept, magic, size in FILES:
        response = client.get(stored[name], accept=accept)
        assert response.status == 200 and response.body.startswith(magic), (response.status, response.body[:300])
        image = response.image()
        image.load()
        assert image.size == size, image.size
        lengths.append(len(response.body))
    return lengths


def measure(data, count, threads, limit, bounds=None):
    """Uploads a second, and processor seconds an upload of the server and of the users, with that many threads of the pool; None
    for one a core."""
    environment = {"GESSO_THREADS": str(threads)} if threads else {}
    environment |= {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144"}
    content, kind = form(photo=("x.jpg", data + PLACE))
    parts = content.split(PLACE)
    assert len(parts) == 2
    with tempfile.TemporaryDirectory() as folder, memory_group(limit) as (prefix, group):
        if not prefix:
            environment["GESSO_PIXEL_BUDGET"] = str(256 << 20)
        server = Server(folder, "--mock", environment=environment, prefix=prefix)
        try:
            lengths = first(server, data)
            held, health = Holdings(server.process.pid), Health(server.port)
            begin, before, own = time.monotonic(), held.processor_seconds, time.process_time()
            with concurrent.futures.ThreadPoolExecutor(count) as pool:
                times = sorted(pool.map(lambda number: work(server, (parts, kind), number, lengths), range(count)))
            took = time.monotonic() - begin
            used, own = held.processor_seconds - before, time.process_time() - own
            (half, most, worst), failures = health.stop()
            if bounds:
                bounds.row("uploads done, three files each", count)
                bounds.row("memory is limited by", "a control group" if group else "the pixel budget alone")
                bounds.row("most resident memory", held.most_resident, "MiB", most=limit / (1 << 20))
                if (peak := group_peak(group)) is not None:
                    # Never above the limit: the kernel sees to that, and ends a server that needs more.
                    bounds.row("most memory of the group, with file cache", peak, "MiB")
                bounds.row("median of one upload and its files", times[count // 2], "s")
                bounds.row("/health p50", half, "ms")
                bounds.row("/health p99", most, "ms", most=20)
                bounds.row("/health most", worst, "ms")
                bounds.row("/health failures", failures, most=0)
            return count / took, used / count, own / count
        finally:
            server.stop()


def run(options):
    bounds = Bounds(f"{options.count} uploads of 12 megapixels at once, {options.mebibytes} MiB")
    data, limit = photo(), options.mebibytes << 20
    full, alone = measure(data, options.count, None, limit, bounds), measure(data, options.count, 1, limit)
    for (rate, used, own), threads in ((full, "a thread a core"), (alone, "one thread")):
        bounds.row(f"uploads a second, {threads}", rate)
        bounds.row(f"processors that the server used, {threads}", rate * used)
        # More than with one thread: the cores share what they compute with, such as caches.
        bounds.row(f"the server's processor time an upload, {threads}", 1000 * used, "ms")
        # On the same processors, so that it takes its part from the server's.
        bounds.row(f"the users' processor time an upload, {threads}", 1000 * own, "ms")
    bounds.row("times as fast as one thread", full[0] / alone[0], least=options.speedup)
    return bounds.end()
