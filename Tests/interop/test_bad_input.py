"""Every bad input: one clear typed error that names cause and remedy, the right exit status, and no file left behind."""

import struct
import zlib

import pytest
from conftest import PHOTOGRAPHS, encoded, mask, image


def huge_png(width=60000, height=60000):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


BAD_FILES = {
    "empty.png": (b"", "emptyInput"),
    "text.png": (b"this is no image\n", "unsupportedFormat"),
    "truncated.jpg": ((PHOTOGRAPHS / "dogs-phone.jpg").read_bytes()[:100_000], "truncated"),
    "huge.png": (huge_png(), None),
    "cut.webp": ((PHOTOGRAPHS / "dandelions.webp").read_bytes()[:50_000], "truncated"),
}


def assert_refused(run, status, code=None, out=None):
    assert run.status == status, run.errors
    error = run.report["error"]
    assert run.report["exitStatus"] == status
    assert error["message"] and error["stage"]
    assert error["message"] in run.errors
    if code is not None:
        assert error["code"] == code
    if out is not None:
        assert not out.exists() or not list(out.iterdir()), "nothing is left behind"


# `inspect` needs no more than the header, and these three have one.
CASES = [
    (verb, name)
    for verb in ["edit", "prepare", "convert", "inspect", "audit"]
    for name in ["none.png", *BAD_FILES]
    if (verb, name) not in [("inspect", "truncated.jpg"), ("inspect", "cut.webp"), ("inspect", "huge.png")]
]


def test_inspect_reads_the_header_of_any_size(gesso, tmp_path):
    path = tmp_path / "huge.png"
    path.write_bytes(huge_png())
    run = gesso("inspect", path)
    assert run.status == 0, run.errors
    assert run.report["size"] == {"width": 60000, "height": 60000}


@pytest.mark.parametrize("verb, name", CASES)
def test_bad_files(gesso, tmp_path, verb, name):
    path = tmp_path / name
    if name in BAD_FILES:
        path.write_bytes(BAD_FILES[name][0])
    code = BAD_FILES[name][1] if name in BAD_FILES else "fileNotFound"
    out = tmp_path / "out"
    arguments = {
        "edit": [path, "--prompt", "x", "--mask-rect", "0,0,9,9", "--mock", "--out", out],
        "prepare": [path, "--model", "gpt-image-2", "--out", out],
        "convert": [path, out / "a.png"],
        "inspect": [path],
        "audit": [path, path, "--mask", path],
    }[verb]
    assert_refused(gesso(verb, *arguments), 2, code, out)


def masked(tmp_path, mask_image):
    (tmp_path / "photo.png").write_bytes(encoded(image((320, 240))))
    (tmp_path / "mask.png").write_bytes(encoded(mask_image))
    out = tmp_path / "out"
    return [tmp_path / "photo.png", "--mask", tmp_path / "mask.png", "--prompt", "x", "--mock", "--out", out], out


@pytest.mark.parametrize("image, code", [
    (mask((240, 320)), "maskSizeMismatch"), (image((320, 240)), "maskWithoutAlpha"),
    (mask((320, 240), (0, 0, 0, 0)), "maskEmpty"), (mask((320, 240), (0, 0, 320, 240)), None),
], ids=["another size", "no alpha", "all opaque", "all transparent"])  # fmt: skip
def test_bad_masks(gesso, tmp_path, image, code):
    arguments, out = masked(tmp_path, image)
    run = gesso("edit", *arguments)
    if code is None and run.status == 0:
        return  # editing everything is allowed, if it is said to be
    assert_refused(run, 2, code, out)


def test_seventeen_images(gesso, tmp_path):
    (tmp_path / "a.png").write_bytes(encoded(image((64, 48))))
    run = gesso("edit", *[tmp_path / "a.png"] * 17, "--prompt", "x", "--mock", "--out", tmp_path / "out")
    assert_refused(run, 2, "tooManyImages", tmp_path / "out")


def test_no_key(gesso, tmp_path):
    assert_refused(gesso("generate", "x", "--out", tmp_path / "out"), 2, "missingAPIKey", tmp_path / "out")


def test_no_server(gesso, tmp_path):
    run = gesso("generate", "x", "--base-url", "http://127.0.0.1:9/v1", "--out", tmp_path / "out", OPENAI_API_KEY="sk-a")
    assert_refused(run, 1, out=tmp_path / "out")
    assert not run.report["error"]["mayHaveBeenBilled"]


def test_refused_by_the_api(gesso, mock_server, tmp_path):
    run = gesso(
        "generate", "x", "--model", "gpt-image-1.5", "--size", "512x512", "--base-url", mock_server.base_url, "--out",
        tmp_path / "out", OPENAI_API_KEY="sk-a",
    )  # fmt: skip
    assert run.status in (2, 3), "refused before the network, or by the server"
    assert "512x512" in run.report["error"]["message"]


def test_usage_errors_are_64(gesso, tmp_path):
    assert gesso("edit").status == 64
    assert gesso("nothing").status == 64
    assert gesso("edit", "a.png", "--prompt", "x", "--mask-rect", "1,2,3", "--out", tmp_path).status == 64
