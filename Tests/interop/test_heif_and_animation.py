"""HEIC, AVIF and animations through `convert`, checked with Pillow and with the pixels that other programs decoded."""

import io

import numpy as np
import pytest
from PIL import Image

from conftest import PHOTOGRAPHS, ROOT

FIXTURES = ROOT / "Tests/Fixtures"


def convert(gesso, source, target, *options):
    run = gesso("convert", source, target, *options)
    assert run.status == 0, run.errors
    return target.read_bytes(), run.report


def golden(path):
    """The pixels of a PAM file."""
    head, body = path.read_bytes().split(b"ENDHDR\n", 1)
    fields = dict(line.split() for line in head.decode().splitlines()[1:] if len(line.split()) == 2)
    kind = np.uint8 if fields["MAXVAL"] == "255" else np.dtype(">u2")
    return np.frombuffer(body, kind).reshape(int(fields["HEIGHT"]), int(fields["WIDTH"]), int(fields["DEPTH"]))


def pixels(data, mode="RGB"):
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode)).astype(int)


@pytest.mark.parametrize("suffix,tolerance", [("png", 1), ("webp", 5), ("jpg", 5)])
@pytest.mark.parametrize("name", ["exif-irot3", "irot1-imir0", "clap-irot1", "grid"])
def test_heic_is_converted_upright(gesso, tmp_path, name, suffix, tolerance):
    options = ["--quality", "95", "--subsampling", "4:4:4"] if suffix == "jpg" else ["--lossless"] if suffix == "webp" else []
    data, _ = convert(gesso, FIXTURES / f"heif/{name}.heic", tmp_path / f"out.{suffix}", *options)
    difference = np.abs(pixels(data) - golden(FIXTURES / f"heif/{name}-heic.pam")[..., :3])
    assert difference.mean() < tolerance


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_avif_is_what_pillow_decodes(gesso, tmp_path, subsampling):
    source = PHOTOGRAPHS / "bowl-cutout.png"
    data, _ = convert(
        gesso, source, tmp_path / "out.avif", "--resize", "400x400", "--quality", "90", "--subsampling", subsampling)
    lossless, _ = convert(gesso, source, tmp_path / "out.png", "--resize", "400x400")
    image = Image.open(io.BytesIO(data))
    assert image.format == "AVIF" and image.mode == "RGBA"
    found, expected = pixels(data, "RGBA"), pixels(lossless, "RGBA")
    visible = expected[..., 3] > 250
    assert np.abs(found - expected)[visible].mean() < 4
    assert np.abs(found - expected)[..., 3].mean() < 2


@pytest.mark.parametrize("name", ["keep.gif", "mixed.gif", "previous.gif", "dispose.webp", "mixed.png"])
def test_animation_keeps_frames_times_and_loops(gesso, tmp_path, name):
    source = FIXTURES / "animation" / name
    data, _ = convert(gesso, source, tmp_path / "out.webp", "--animated", "--lossless")
    stem = name.replace(".", "-")
    *times, loops = (FIXTURES / f"animation/{stem}.txt").read_text().split()
    image = Image.open(io.BytesIO(data))
    assert image.n_frames == len(times)
    stack = golden(FIXTURES / f"animation/{stem}.pam").astype(int).reshape(len(times), image.height, image.width, 4)
    for index, milliseconds in enumerate(times):
        image.seek(index)
        frame = np.asarray(image.convert("RGBA")).astype(int)
        assert image.info["duration"] == int(milliseconds)
        visible = (stack[index][..., 3] > 0) | (frame[..., 3] > 0)
        assert np.abs(frame - stack[index])[visible].max() <= 3
    # A GIF states how often it is repeated, or nothing to be played once.
    repeats = name.endswith("gif") and loops not in ("0", "-")
    assert image.info["loop"] == (1 if loops == "-" else int(loops) + repeats)


def test_first_frame_is_noted(gesso, tmp_path):
    data, report = convert(gesso, FIXTURES / "animation/keep.gif", tmp_path / "out.png")
    assert any("first frame" in text and "4 more" in text and "--animated" in text for text in report["warnings"])
    expected = golden(FIXTURES / "animation/keep-gif.pam")[:40]
    assert np.abs(pixels(data, "RGBA") - expected).max() == 0


def test_animation_takes_no_other_format(gesso, tmp_path):
    run = gesso("convert", FIXTURES / "animation/keep.gif", tmp_path / "out.png", "--animated")
    assert run.status != 0 and "webp" in run.errors
    assert not (tmp_path / "out.png").exists()
