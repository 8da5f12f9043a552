"""Shared fixtures: the program, its mock server, the official SDK, and a recording proxy."""

import http.client
import http.server
import io
import json
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import openai
import pytest
from loopback import certificate, start  # noqa: F401
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent.parent
GESSO = os.environ.get("GESSO", str(ROOT / ".build/debug/gesso"))
PHOTOGRAPHS = ROOT / "Sources/gesso-cli/Photographs"

# The caller's account has no effect, and no proxy is used for 127.0.0.1.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("OPENAI_") and not name.lower().endswith("_proxy")
}
for name in set(os.environ) - set(ENVIRONMENT):
    del os.environ[name]


# Purchases are noted in a directory of this run.
os.environ["XDG_STATE_HOME"] = ENVIRONMENT["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="gesso-state-")


class Server:
    """`gesso serve` in its own process."""

    def __init__(self, folder, *options):
        port_file = folder / "port"
        self.errors = open(folder / "stderr", "wb+")
        self.process = subprocess.Popen(
            [GESSO, "serve", "--port", "0", "--port-file", str(port_file), *options],
            stdout=subprocess.DEVNULL, stderr=self.errors, env=ENVIRONMENT,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.errors.seek(0)
                raise RuntimeError(f"gesso serve did not start: {self.errors.read().decode()}")
            time.sleep(0.02)
        self.port = int(port_file.read_text())
        self.base_url = f"http://127.0.0.1:{self.port}/v1"

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0, "gesso serve ends with 0 when it is asked to"
        self.errors.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Starts mock servers; all are stopped at the end."""
    servers = []

    def start(*options):
        servers.append(Server(tmp_path_factory.mktemp("serve"), *options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def mock_server(serve):
    return serve()


@pytest.fixture(scope="session")
def client(mock_server):
    return openai.OpenAI(api_key="sk-interop", base_url=mock_server.base_url, max_retries=0)


class Recorder:
    """Forwards to the mock server and keeps every request whole."""

    def __init__(self, port):
        self.requests = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                recorder.requests.append((self.path, dict(self.headers), body))
                upstream = http.client.HTTPConnection("127.0.0.1", port)
                upstream.request("POST", self.path, body, dict(self.headers))
                response = upstream.getresponse()
                data = response.read()
                self.send_response(response.status)
                for name, value in response.getheaders():
                    if name.lower() not in ("content-length", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def parts(self, index=-1):
        """The form's parts, read by Python's own MIME parser: (name, filename, type, content)."""
        from email.parser import BytesParser
        from email.policy import HTTP

        path, headers, body = self.requests[index]
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body)
        assert message.is_multipart() and not message.defects
        return [
            (part.get_param("name", header="content-disposition"), part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
            for part in message.iter_parts()
        ]  # fmt: skip


@pytest.fixture
def recorder(mock_server):
    recorder = Recorder(mock_server.port)
    yield recorder
    recorder.server.shutdown()
    recorder.server.server_close()


class Run:
    """One run of the program."""

    def __init__(self, arguments, environment):
        completed = subprocess.run([GESSO, *map(str, arguments)], capture_output=True, env={**ENVIRONMENT, **environment}, timeout=120)
        self.status = completed.returncode
        self.output = completed.stdout
        self.errors = completed.stderr.decode()

    @property
    def report(self):
        return json.loads(self.output)


@pytest.fixture(scope="session")
def gesso():
    """Runs the program with `--json`; keyword arguments are its environment."""
    return lambda *arguments, **environment: Run([*arguments, "--json"], environment)


def encoded(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def decoded(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def image(size=(832, 800), mode="RGB"):
    """Smooth color under fine lines."""
    image = Image.merge("RGB", [Image.linear_gradient("L").rotate(angle).resize(size) for angle in (0, 90, 180)])
    draw = ImageDraw.Draw(image)
    for x in range(0, size[0], 9):
        draw.line((x, 0, size[0] - x, size[1]), fill=(x % 256, 40, 200))
    return image.convert(mode)


def mask(size=(832, 800), box=(300, 200, 500, 450)):
    """A mask for the API: transparent where to edit."""
    image = Image.new("RGBA", size, (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), box)
    return image
