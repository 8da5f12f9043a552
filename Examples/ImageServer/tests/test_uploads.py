"""POST /photos and the forms of edits: formats, limits, malformed and hostile bodies."""

import io
import json

import pillow_heif
import pytest
from conftest import PHOTOGRAPHS, Server, form, noise
from PIL import Image


def test_heic_is_taken_and_shown_in_a_format_of_the_web(client):
    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    Image.open(PHOTOGRAPHS / "dogs-phone.jpg").resize((640, 960)).save(file, "HEIF")
    photo = client.upload("IMG_0001.HEIC", file.getvalue())
    assert photo["format"] == "heic"
    assert client.get(photo["preview"], accept="image/webp").image().format == "WEBP"


@pytest.mark.parametrize("name", ["dogs-phone.jpg", "dandelions.webp", "bowl-cutout.png", "brushes-display-p3.jpg"])
def test_photos_of_every_kind(client, name):
    photo = client.upload(name)
    assert photo["byteCount"] == (PHOTOGRAPHS / name).stat().st_size
    assert client.get(photo["thumbnail"]).status == 200


def test_content_decides_the_type_and_not_the_name(client):
    photo = client.upload("../../evil.php", (PHOTOGRAPHS / "dandelions.webp").read_bytes())
    assert photo["format"] == "webp"


@pytest.mark.parametrize(
    ("data", "status", "text"),
    [
        (b"hello", 415, "give an image"),
        (b"", 400, "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "SVG"),
        (b"\xff\xd8\xff\xe0garbage", 400, ""),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, 400, ""),
    ],
)
def test_a_file_that_is_no_photo_is_refused_in_words(client, data, status, text):
    response = client.send("POST", "/photos", photo=("x.jpg", data))
    assert response.status == status, response.body
    assert text.lower() in response.message.lower()


def malformed_forms():
    good, kind = form(photo=("a.png", noise(20, 20)))
    boundary = kind.split("=")[1]
    yield "cut in the middle", good[:-40], kind
    yield "cut after the boundary", good[: len(boundary) + 2], kind
    yield "empty", b"", kind
    yield "another boundary", good, "multipart/form-data; boundary=other"
    yield "no boundary", good, "multipart/form-data"
    yield "a boundary of 500 characters", good, "multipart/form-data; boundary=" + "a" * 500
    yield "JSON", b"{}", "application/json"
    yield "no name", f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nx\r\n--{boundary}--".encode(), kind
    yield "an endless header", f"--{boundary}\r\n".encode() + b"A: b\r\n" * 9000, kind
    yield "a header of 10,000 bytes", *form(photo=("a" * 10_000, noise(20, 20)))
    yield "line ends alone", b"\r\n" * 5000, kind
    many, kind = form(**{f"field{i}": "x" for i in range(30)})
    yield "too many parts", many, kind


@pytest.mark.parametrize(("name", "body", "kind"), malformed_forms(), ids=lambda value: value if isinstance(value, str) and len(value) < 40 and "/" not in value else "")
def test_a_malformed_form_is_refused_in_words(client, name, body, kind):
    response = client.send("POST", "/photos", body, {"content-type": kind})
    assert response.status in (400, 413), name
    assert len(response.message) > 10


def test_boundaries_inside_a_file_are_part_of_it(client):
    # Beginnings of a delimiter at every distance from the pieces of the network.
    body, kind = form(photo=("a.png", noise(64, 64)))
    boundary = kind.split("=")[1].encode()
    file = noise(64, 64) + (b"\r\n--" + boundary[:-1] + b"\r\r\n--") * 400
    body, kind = form(photo=("a.png", b"@FILE@"))
    boundary = kind.split("=")[1].encode()
    file = noise(64, 64) + (b"\r\n--" + boundary[:-1] + b"\r\r\n--") * 400
    response = client.send("POST", "/photos", body.replace(b"@FILE@", file), {"content-type": kind})
    assert response.status == 201, response.body
    assert response.json()["byteCount"] == len(file)


def test_limits(tmp_path):
    server = Server(tmp_path, "--mock", "--photo-bytes", "20000")
    try:
        client = server.client()
        small, large = noise(60, 60), noise(200, 200)
        assert len(small) < 20_000 < len(large)
        assert client.send("POST", "/photos", photo=("a.png", small)).status == 201
        refused = client.send("POST", "/photos", photo=("a.png", large))
        assert refused.status == 413
        assert "20,000" in refused.message
        # Nothing of it is left.
        assert list((tmp_path / "uploads").iterdir()) == []
        assert client.get("/settings").json()["maximumPhotoBytes"] == 20_000
    finally:
        server.stop()


def test_a_field_that_is_too_long_is_refused(client):
    photo = client.upload("dandelions.webp")
    response = client.send("POST", "/edits", photo=photo["id"], prompt="x" * 3_000_000)
    assert response.status == 413


def test_a_generation_takes_no_files(client, server):
    response = client.send("POST", "/generations/price", prompt="x", photo=("a.png", noise(20, 20)))
    assert response.status == 400 and "files" in response.message
    assert list((server.folder / "uploads").iterdir()) == []


def test_texts_are_bounded_together(client):
    photo = client.upload("dandelions.webp")
    response = client.send("POST", "/edits/price", photo=photo["id"], prompt="x", rendition=["x" * 150_000] * 15)
    assert response.status == 413


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        ("nonsense", "not one"),
        (json.dumps({"circle": 3}), "exactly one"),
        (json.dumps({"rectangle": {"x": 90_000, "y": 0, "width": 5, "height": 5}}), "select"),
        (json.dumps({"rectangle": {"x": 0, "y": 0}}), "not one"),
        (json.dumps({"inverted": {"rectangle": {"x": 90_000, "y": 0, "width": 5, "height": 5}}}), ""),
        ("[" * 5000, "not one"),
        ('{"inverted":' * 4000 + "1" + "}" * 4000, ""),
        (json.dumps({"strokes": [{"radius": -4, "points": [[1, 2]]}]}), ""),
        (json.dumps({"strokes": [{"radius": 1e300, "points": [[1e300, -1e300]] * 3}]}), ""),
    ],
)
def test_a_mask_that_is_none_is_refused_in_words(client, mask, text):
    photo = client.upload("dandelions.webp")
    response = client.send("POST", "/edits/price", photo=photo["id"], mask=mask)
    assert response.status in (400, 413, 200), response.body
    if text:
        assert response.status == 400
        assert text in response.message


def test_another_browser_does_not_see_the_photo(client, server):
    photo = client.upload("dandelions.webp")
    response = server.client().send("POST", "/edits/price", photo=photo["id"])
    assert response.status == 404


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_other_sites_cannot_send_forms(client, headers):
    body, kind = form(photo=("a.png", noise(20, 20)))
    response = client.send("POST", "/photos", body, {"content-type": kind} | headers)
    assert response.status == 403
    for host in (f"127.0.0.1:{client.port}", f"[::1]:{client.port}", "images.example"):
        own = {"host": host, "origin": f"http://{host}", "sec-fetch-site": "same-origin"}
        assert client.send("POST", "/photos", body, {"content-type": kind} | own).status == 201
    near = {"host": "images.example", "origin": "https://evil-images.example"}
    assert client.send("POST", "/photos", body, {"content-type": kind} | near).status == 403
