"""What people expect of a resizer, against Pillow and the ports of the placeholder formats: sizes, crops, rotations, batches."""

import base64
import io
import json
import random
import subprocess

import blurhash
import pytest
from conftest import ENVIRONMENT, GESSO, encoded, image
from PIL import Image, ImageOps
from thash import rgba_to_thumb_hash_pure


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(image((300, 200))))
    return path


def converted(gesso, photo, tmp_path, *options, name="out.png"):
    run = gesso("convert", photo, tmp_path / name, "--force", *options)
    assert run.status == 0, run.errors
    return Image.open(tmp_path / name)


@pytest.mark.parametrize(
    "size, options, expected",
    [
        ("150x", [], (150, 100)), ("x50", [], (75, 50)), ("50%", [], (150, 100)), ("150%", [], (450, 300)),
        ("150%", ["--no-enlarge"], (300, 200)), ("600x", ["--no-enlarge"], (300, 200)), ("33.3%", [], (100, 67)),
        ("90x90", [], (90, 60)), ("90x90", ["--fit", "cover"], (90, 90)), ("400x400", ["--no-enlarge"], (300, 200)),
        ("90x90", ["--fit", "contain", "--background", "#102030"], (90, 90)),
    ],
)  # fmt: skip
def test_sizes(gesso, photo, tmp_path, size, options, expected):
    assert converted(gesso, photo, tmp_path, "--resize", size, *options).size == expected


@pytest.mark.parametrize("wrong", ["0x5", "5x0", "x", "5", "-5x5", "0%", "abc%", "5x5x5", "1e9%"])
def test_sizes_out_of_range(gesso, photo, tmp_path, wrong):
    run = gesso("convert", photo, tmp_path / "out.png", f"--resize={wrong}")
    assert run.status == 64 and "from 1 on" in run.errors


@pytest.mark.parametrize("options", [["--rotate", "45"], ["--sharpen", "11"], ["--trim-threshold", "256"], ["--background", "mauve"]])
def test_values_out_of_range_name_the_range(gesso, photo, tmp_path, options):
    run = gesso("convert", photo, tmp_path / "out.png", *options)
    assert run.status == 64 and f"{options[0]} takes" in run.errors


def test_rotate_flip_trim(gesso, photo, tmp_path):
    source = Image.open(photo)
    for options, expected in [
        (["--rotate", "90"], source.transpose(Image.Transpose.ROTATE_270)),
        (["--rotate=-90"], source.transpose(Image.Transpose.ROTATE_90)),
        (["--rotate", "180"], source.transpose(Image.Transpose.ROTATE_180)),
        (["--flip", "horizontal"], source.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        (["--flip", "vertical"], source.transpose(Image.Transpose.FLIP_TOP_BOTTOM)),
        (["--rotate", "90", "--flip", "vertical"], source.transpose(Image.Transpose.ROTATE_270).transpose(Image.Transpose.FLIP_TOP_BOTTOM)),
    ]:
        assert converted(gesso, photo, tmp_path, *options).convert("RGB").tobytes() == expected.tobytes(), options
    bordered = tmp_path / "bordered.png"
    bordered.write_bytes(encoded(ImageOps.expand(source, (10, 20, 30, 40), "white")))
    assert converted(gesso, bordered, tmp_path, "--trim").size == (300, 200)


@pytest.mark.parametrize(
    "gravity, corner",
    [
        ("northwest", (0, 0)), ("north", (50, 0)), ("east", (100, 0)), ("center", (50, 0)), ("southeast", (100, 0)),
    ],
)  # fmt: skip
def test_gravity(gesso, photo, tmp_path, gravity, corner):
    cut = converted(gesso, photo, tmp_path, "--resize", "200x200", "--fit", "cover", "--gravity", gravity)
    assert cut.convert("RGB").tobytes() == Image.open(photo).crop((*corner, corner[0] + 200, corner[1] + 200)).tobytes()


def test_background_and_flatten(gesso, tmp_path):
    path = tmp_path / "clear.png"
    path.write_bytes(encoded(Image.new("RGBA", (8, 8), (255, 0, 0, 0))))
    assert converted(gesso, path, tmp_path, "--flatten").convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
    assert converted(gesso, path, tmp_path, "--flatten", "--background", "#010203").convert("RGB").getpixel((0, 0)) == (1, 2, 3)
    teal = converted(gesso, path, tmp_path, "--background", "#008080", "--quality", "100", name="out.jpg").getpixel((0, 0))
    assert all(abs(a - b) <= 2 for a, b in zip(teal, (0, 128, 128)))


def test_placeholders(gesso, tmp_path):
    random.seed(7)
    for index in range(20):
        size = (random.randint(2, 100), random.randint(2, 100))
        mode = random.choice(["RGB", "RGBA"])
        source = image(size)
        if mode == "RGBA":
            source.putalpha(Image.radial_gradient("L").resize(size))
        path = tmp_path / "small.png"
        path.write_bytes(encoded(source))
        run = gesso("convert", path, tmp_path / "out.png", "--force", "--placeholder")
        assert run.status == 0, run.errors
        found = run.report["placeholder"]
        pixels = list(source.convert("RGBA").tobytes())
        assert base64.b64decode(found["thumbHash"]) == bytes(rgba_to_thumb_hash_pure(*size, pixels))
        if mode == "RGB":
            rows = [[list(source.getpixel((x, y))) for x in range(size[0])] for y in range(size[1])]
            assert found["blurHash"] == blurhash.encode(rows, 4, 3)
        inline = Image.open(io.BytesIO(base64.b64decode(found["inline"].split(",", 1)[1])))
        assert inline.format == "WEBP" and max(inline.size) <= 24
        assert set(found["dominantColor"]) == {"red", "green", "blue", "alpha"}


def test_several_files(gesso, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    names = ["a.png", "b c.jpg", "фото.webp", "d.gif", "e.JPG"]
    for name in names:
        format = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "gif": "GIF"}[name.rsplit(".", 1)[1].lower()]
        (folder / name).write_bytes(encoded(image((60, 40)), format))
    (folder / "bad.png").write_bytes((folder / "a.png").read_bytes()[:500])
    (folder / "other").mkdir()
    (folder / "other/a.png").write_bytes((folder / "a.png").read_bytes())
    inputs = [folder / name for name in [*names, "bad.png", "missing.png", "other/a.png"]]
    run = gesso("convert", "--out", tmp_path / "out", "--resize", "30x", *inputs)
    assert run.status == 1
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == sorted(["a.png", "a-2.png", "b c.jpg", "фото.webp", "d.png", "e.JPG"])
    assert all(Image.open(tmp_path / "out" / name).size == (30, 20) for name in written)
    report = run.report
    assert [len(report["outputs"]), len(report["failures"])] == [6, 2]
    assert {failure["path"] for failure in report["failures"]} == {str(folder / "bad.png"), str(folder / "missing.png")}
    again = subprocess.run([GESSO, "convert", "--out", tmp_path / "out", folder / "a.png", folder / "bad.png"], capture_output=True, env=ENVIRONMENT)
    assert again.returncode == 1 and b"2 of 2 files failed" in again.stderr and b"--force" in again.stderr
    assert b"\r" not in again.stderr, "a progress bar is for terminals"
    webp = gesso("convert", "--out", tmp_path / "webp", "--format", "webp", "--quality", "50", *inputs[:3])
    assert webp.status == 0 and all(json.loads(webp.output)["outputs"][i]["format"] == "webp" for i in range(3))
    assert gesso("convert", "--out", tmp_path / "webp", "--format", "webp", "--subsampling", "4:4:4", *inputs[:3]).status == 64


def test_a_progress_bar_on_a_terminal(tmp_path):
    import os
    import pty
    import threading
    import time

    folder = tmp_path / "in"
    folder.mkdir()
    file = encoded(image((1200, 900)))
    for index in range(5):
        (folder / f"{index}.png").write_bytes(file)
    # Steps are shown after a second, and an optimized program converts all six in less: one comes late.
    os.mkfifo(folder / "5.png")
    late = threading.Thread(target=lambda: (time.sleep(2.5), (folder / "5.png").write_bytes(file)), daemon=True)
    late.start()
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [GESSO, "convert", "--out", tmp_path / "out", *sorted(folder.iterdir())], stdout=subprocess.DEVNULL, stderr=slave, env=ENVIRONMENT,
    )  # fmt: skip
    os.close(slave)
    text = ""
    while True:
        try:
            text += os.read(master, 65536).decode()
        except OSError:
            # The other end is closed.
            break
    assert process.wait(timeout=120) == 0
    assert "/6, " in text and "MB" in text and text.endswith("\x1b[K")
