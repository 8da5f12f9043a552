"""The example application from outside: a server of its own for each module, and a client that keeps its cookie."""

import http.client
import io
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import uuid

import numpy
import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).parents[3]
PHOTOGRAPHS = ROOT / "Sources/gesso-cli/Photographs"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def form(**fields):
    """A multipart body and its content type; a value is text, or (file name, bytes), or a list of either."""
    boundary = uuid.uuid4().hex
    body = b""
    for name, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            is_file = isinstance(value, tuple)
            disposition = f'form-data; name="{name.replace("_", "-")}"'
            if is_file:
                disposition += f'; filename="{value[0]}"'
            content = value[1] if is_file else str(value).encode()
            body += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Response:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        return self.json()["error"]["message"]

    def image(self):
        return Image.open(io.BytesIO(self.body))


class Client:
    """One browser: its requests carry its cookie."""

    def __init__(self, port):
        self.port, self.cookie, self.timeout = port, None, 60

    def send(self, method, path, body=None, headers=None, **fields):
        headers = dict(headers or {})
        if fields:
            body, headers["content-type"] = form(**fields)
        if self.cookie:
            headers["cookie"] = self.cookie
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body, headers)
            response = Response(connection.getresponse())
        finally:
            connection.close()
        if cookie := response.headers["set-cookie"]:
            self.cookie = cookie.split(";")[0]
        return response

    def get(self, path, **headers):
        return self.send("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def upload(self, name="dogs-phone.jpg", data=None):
        response = self.send("POST", "/photos", photo=(name, data or (PHOTOGRAPHS / name).read_bytes()))
        assert response.status == 201, response.body
        return response.json()

    def edit(self, photo, prompt="a red ball", mask=None, **fields):
        mask = mask or {"rectangle": {"x": 300, "y": 200, "width": 200, "height": 150}}
        response = self.send("POST", "/edits", photo=photo["id"], prompt=prompt, mask=json.dumps(mask), **fields)
        assert response.status == 202, response.body
        return response.json()

    def finished(self, job, seconds=60):
        """The job once nothing more happens to it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.get(f"/{job['kind']}s/{job['id']}").json()
            if found["state"] in ("finished", "failed", "unknown"):
                return found
            time.sleep(0.1)
        raise AssertionError(f"the job is still {found['state']}")

    def events(self, path, after=None, most=100):
        """The events of a stream as (id, name, data) until it ends, an ending event comes, or there are `most`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"cookie": self.cookie} | ({"last-event-id": after} if after else {})
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        assert response.headers["content-type"] == "text/event-stream"
        found, event = [], {}
        for line in response:
            text = line.decode().rstrip("\n")
            if not text and "event" in event:
                found.append((event["id"], event["event"], json.loads(event["data"])))
                if len(found) == most or event["event"] in ("finished", "failed", "unknown"):
                    break
                event = {}
            elif ": " in text:
                name, value = text.split(": ", 1)
                event[name] = value
        connection.close()
        return found


class Server:
    """A process of the server, which can be killed and started again on the same folder and port."""

    processes = []

    def __init__(self, folder, *options, environment=None, prefix=()):
        self.port, self.folder, self.options, self.prefix = free_port(), folder, options, prefix
        self.environment = environment or {}
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [*self.prefix, os.environ["IMAGE_SERVER"], "--port", str(self.port), "--data", str(self.folder), *self.options],
            env=os.environ | {"LOG_LEVEL": "error"} | self.environment)
        Server.processes.append(self.process)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self.process.poll() is None, "the server ended"
                time.sleep(0.1)
        raise AssertionError("the server does not accept connections")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ends it as an operator would; it must end well and in time."""
        self.process.terminate()
        assert self.process.wait(timeout=90) == 0

    def client(self):
        return Client(self.port)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="session", autouse=True)
def no_server_is_left():
    """Ends those that a failed test has left."""
    yield
    for process in Server.processes:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("data"), "--mock", "--mock-seconds", "0.2")
    yield server
    server.stop()


@pytest.fixture
def client(server):
    return server.client()


@pytest.fixture(scope="module")
def shared_client(server):
    return server.client()


def noise(width, height, format="PNG"):
    """An image that compresses badly."""
    pixels = numpy.random.default_rng(7).integers(0, 256, (height, width, 3), numpy.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format)
    return file.getvalue()
