"""The example application from outside: the events of a generation, an upload that is edited, thumbnails."""

import base64
import io
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

import numpy
import pytest
from PIL import Image, ImageOps

PHOTOGRAPHS = pathlib.Path(__file__).parents[2] / "Sources/gesso-cli/Photographs"


@pytest.fixture(scope="module")
def server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([os.environ["IMAGE_SERVER"], "--mock", "--port", str(port)])
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    assert process.wait(timeout=10) == 0


def post(address, body):
    with urllib.request.urlopen(urllib.request.Request(address, data=body, method="POST")) as response:
        return response.headers, response.read()


def test_a_page_sees_partial_images(server):
    events = []
    begin = time.monotonic()
    with urllib.request.urlopen(f"{server}/generate?prompt=a+lighthouse") as response:
        assert response.headers["content-type"] == "text/event-stream"
        for line in response:
            if line.startswith(b"event: "):
                events.append((line[7:].strip().decode(), time.monotonic() - begin))
            elif line.startswith(b"data: "):
                head, data = line[6:].split(b",", 1)
                assert head == b"data:image/webp;base64"
                assert Image.open(io.BytesIO(base64.b64decode(data))).size == (512, 512)
    assert [name for name, _ in events] == ["partial", "partial", "completed"]
    assert events[-1][1] - events[0][1] > 0.3, "the events came together, not while the image was generated"


def test_an_edit_changes_nothing_outside_the_rectangle(server):
    photo = (PHOTOGRAPHS / "dogs-phone.jpg").read_bytes()
    headers, body = post(f"{server}/edit?prompt=a+red+ball&x=300&y=200&width=400&height=300", photo)
    assert headers["content-type"] == "image/jpeg"
    assert headers["x-changed-outside"] == "0"
    before, after = (ImageOps.exif_transpose(Image.open(io.BytesIO(file))) for file in (photo, body))
    difference = numpy.abs(numpy.asarray(before, int) - numpy.asarray(after, int)).max(axis=2)
    assert difference[210:490, 310:690].max() > 30
    # One MCU of 16 pixels around mask and feather at the most; libjpeg smooths chroma across one block more.
    inside = numpy.zeros(difference.shape, bool)
    inside[200 - 64:500 + 64, 300 - 64:700 + 64] = True
    assert difference[~inside].max() == 0


def test_a_thumbnail_is_upright_and_small(server):
    headers, body = post(f"{server}/thumbnail?side=256", (PHOTOGRAPHS / "dogs-phone.jpg").read_bytes())
    assert headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(body)).size == (170, 256)


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        ("thumbnail?side=256", b"hello", 415, "none of PNG, JPEG, WebP"),
        ("thumbnail", b"hello", 400, "parameter"),
        ("edit?prompt=x&x=90000&y=0&width=5&height=5", None, 400, "selects nothing"),
    ],
)
def test_a_refusal_says_what_is_wrong(server, path, body, status, text):
    body = body or (PHOTOGRAPHS / "dandelions.webp").read_bytes()
    with pytest.raises(urllib.error.HTTPError) as refusal:
        post(f"{server}/{path}", body)
    assert refusal.value.code == status
    assert text in refusal.value.read().decode()
