"""The server of the article "From an empty folder to a server": the text is what is compiled, and it works."""

import io
import os
import socket
import subprocess
import time

import numpy
import pytest
from conftest import PHOTOGRAPHS, ROOT, Client, free_port
from PIL import Image, ImageOps

ARTICLE = ROOT / "Sources/Gesso/Gesso.docc/Articles/FirstServer.md"
SOURCE = ROOT / "Examples/ImageServer/Sources/FirstServer/FirstServer.swift"


@pytest.fixture(scope="module")
def first():
    port = free_port()
    process = subprocess.Popen([os.environ["FIRST_SERVER"], str(port)], env=os.environ | {"LOG_LEVEL": "error"})
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    yield Client(port)
    process.terminate()
    assert process.wait(timeout=10) == 0


def test_the_article_has_the_source_in_forty_lines_at_most():
    source = SOURCE.read_text()
    indented = "".join(f"    {line}".rstrip() + "\n" for line in source.splitlines())
    article = ARTICLE.read_text()
    assert indented in article
    manifest = article.split("`Package.swift`:")[1].split("`Sources/")[0].strip()
    assert len(source.splitlines()) + len(manifest.splitlines()) <= 40


def test_a_thumbnail(first):
    response = first.send("POST", "/thumbnail", (PHOTOGRAPHS / "dogs-phone.jpg").read_bytes())
    assert response.status == 200
    assert response.image().format == "WEBP" and max(response.image().size) == 256


def test_an_edit(first):
    photo = (PHOTOGRAPHS / "dogs-phone.jpg").read_bytes()
    response = first.send("POST", "/edit?prompt=a+red+ball", photo)
    assert response.status == 200
    before, after = (
        numpy.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(file))), int) for file in (photo, response.body))
    assert numpy.abs(before - after)[220:330, 320:480].max() > 30
    assert numpy.abs(before - after)[500:].max() == 0
