"""Random images, masks and model distortions: outside mask and feather no pixel differs, by Pillow (and by a few lines of
Python for 16-bit samples, which Pillow does not keep).

GESSO_EDIT_CASES asks for more than the few cases of the default suite (200 take about half an hour), with photographs of
up to 24 megapixels; GESSO_PHOTOGRAPHS names a directory of further ones.
"""

import os
import random
import struct
import zlib
from pathlib import Path

import numpy
import pytest
from conftest import PHOTOGRAPHS
from PIL import Image, ImageChops, ImageDraw, ImageOps
from scipy.ndimage import maximum_filter

CASES = int(os.environ.get("GESSO_EDIT_CASES", "5"))
IS_LONG = CASES >= 100
SOURCES = [PHOTOGRAPHS / name for name in ("dogs-phone.jpg", "brushes-display-p3.jpg", "bowl-cutout.png", "dandelions.webp")]
if "GESSO_PHOTOGRAPHS" in os.environ:
    SOURCES += sorted(path for path in Path(os.environ["GESSO_PHOTOGRAPHS"]).rglob("*") if path.suffix in (".png", ".jpg"))
KINDS = ["jpg", "png", "webp", "png16", "gray"]
FILE_FORMATS = {"png16": "png", "gray": "png"}


def exif_of(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def write_png16(path, image, orientation, profile):
    """A 16-bit PNG whose low bytes are not its high ones, row filters unused (PNG 3rd edition, 11.2)."""
    channels = len(image.getbands())
    low = image.point([(level * 37 + 11) & 255 for level in range(256)] * channels).tobytes()
    samples = bytearray(2 * len(low))
    samples[::2], samples[1::2] = image.tobytes(), low
    stride = 2 * channels * image.width
    rows = b"".join(b"\0" + samples[y * stride : (y + 1) * stride] for y in range(image.height))
    color = {1: 0, 3: 2, 4: 6}[channels]

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", *image.size, 16, color, 0, 0, 0))]
    if profile:
        parts.append(chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile)))
    parts.append(chunk(b"eXIf", exif_of(orientation).tobytes().removeprefix(b"Exif\0\0")))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join([*parts, chunk(b"IDAT", zlib.compress(rows, 1)), chunk(b"IEND", b"")]))


def read_png16(path):
    """The high and the low bytes of a 16-bit PNG as two images (PNG 3rd edition, 9)."""
    data, position, body = path.read_bytes(), 8, b""
    while position < len(data):
        count, kind = struct.unpack(">I4s", data[position : position + 8])
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", data[position + 8 : position + 21])
        elif kind == b"IDAT":
            body += data[position + 8 : position + 8 + count]
        position += count + 12
    assert (depth, interlace) == (16, 0)
    channels = {0: 1, 2: 3, 6: 4}[color]
    rows, step, stride = zlib.decompress(body), 2 * channels, 2 * channels * width
    samples, above = bytearray(), bytes(stride)
    for y in range(height):
        kind, row = rows[y * (stride + 1)], bytearray(rows[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        if kind == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, above))
        elif kind:
            for i in range(stride):
                left, up = row[i - step] if i >= step else 0, above[i]
                corner = above[i - step] if i >= step else 0
                if kind == 1:
                    guess = left
                elif kind == 3:
                    guess = (left + up) // 2
                else:
                    a, b, c = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                    guess = left if a <= b and a <= c else up if b <= c else corner
                row[i] = (row[i] + guess) & 255
        samples += row
        above = row
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    return [Image.frombytes(mode, (width, height), bytes(samples[i::2])) for i in range(2)]


def make_photograph(chance, seed, path):
    """An image of random size, shape and orientation; file types and sources alternate."""
    kind, source = KINDS[seed % len(KINDS)], SOURCES[(seed % len(KINDS) + seed // len(KINDS)) % len(SOURCES)]
    image = ImageOps.exif_transpose(Image.open(source))
    profile = image.info.get("icc_profile")
    # 16-bit files are read by plain Python here, so they stay small.
    most = 0.2e6 if kind == "png16" else 24e6 if IS_LONG and seed % 8 == 0 else 3e6
    pixels = most * chance.uniform(0.9, 1) if most > 3e6 else chance.uniform(0.1e6, most)
    ratio = chance.uniform(0.4, 2.5)
    image = ImageOps.fit(image, (max(64, int((pixels * ratio) ** 0.5)), max(64, int((pixels / ratio) ** 0.5))))
    orientation = chance.randint(1, 8)
    target = path / f"photograph.{FILE_FORMATS.get(kind, kind)}"
    options = {"exif": exif_of(orientation)} | ({"icc_profile": profile} if profile and kind != "gray" else {})
    if kind == "png16":
        write_png16(target, image if image.mode == "RGBA" else image.convert("RGB"), orientation, profile)
        return target, kind
    if kind == "jpg":
        options |= {"quality": chance.randint(60, 95), "subsampling": chance.choice([0, 1, 2]), "progressive": chance.random() < 0.5}
        image = image.convert("RGB")
    elif kind == "webp":
        options |= {"lossless": True, "method": 0}
    elif kind == "gray":
        image = image.convert("L")
    if kind in ("png", "gray"):
        options["compress_level"] = 1
    image.save(target, **options)
    return target, kind


def dilated(area, reach):
    """The maximum of each pixel's neighbors within a distance."""
    return Image.fromarray(maximum_filter(numpy.asarray(area), 2 * reach + 1))


def allowed_area(size, kind, box, feather):
    """White where a pixel may differ: the mask, drawn independently and dilated by the feather."""
    area = Image.new("L", size, 0)
    draw = ImageDraw.Draw(area)
    x, y, width, height = box
    # A pixel that the shape touches at all has some coverage, so the oracle's shape is a pixel larger.
    bounds = (x - 1, y - 1, x + width, y + height)
    draw.ellipse(bounds, fill=255) if kind == "ellipse" else draw.rectangle(bounds, fill=255)
    return dilated(area, feather)


def file_mask(chance, size, path):
    """A mask of random shapes as a file, and whether it is not empty."""
    blots = Image.new("L", size, 0)
    draw = ImageDraw.Draw(blots)
    for _ in range(chance.randint(1, 5)):
        x, y, r = chance.randrange(size[0]), chance.randrange(size[1]), chance.randint(9, max(10, min(size) // 5))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
    blots.save(path / "mask.png")
    return path / "mask.png", blots


def changed_pixels(before, after):
    """White where two images differ in any channel."""
    if before.mode != after.mode:
        before, after = before.convert("RGBA"), after.convert("RGBA")
    changed = Image.new("L", before.size, 0)
    for channel in ImageChops.difference(before, after).split():
        changed = ImageChops.lighter(changed, channel.point([0] + [255] * 255))
    return changed


@pytest.mark.parametrize("seed", range(CASES))
def test_a_random_edit_leaves_what_was_not_selected(gesso, tmp_path, seed):
    chance = random.Random(seed)
    source, file_kind = make_photograph(chance, seed, tmp_path)
    upright = ImageOps.exif_transpose(Image.open(source))
    width, height = upright.size
    kind = chance.choice(["rect", "ellipse", "file"])
    feather = chance.choice([0, 1, 5, 12, 25])
    if kind == "file":
        path, allowed = file_mask(chance, upright.size, tmp_path)
        selection = ["--mask", path, "--mask-polarity", "white"]
        allowed = dilated(allowed, feather)
    else:
        box = (
            chance.randrange(0, width - 20), chance.randrange(0, height - 20),
            chance.randint(16, max(17, width // 2)), chance.randint(16, max(17, height // 2)),
        )  # fmt: skip
        allowed = allowed_area(upright.size, kind, box, feather)
        selection = [f"--mask-{kind}", ",".join(map(str, box))]
    # Lossless WebP and PNG keep their format; the result of a JPEG is a PNG.
    keeps = file_kind == "webp" or (file_kind in ("png", "gray") and chance.random() < 0.5)
    run = gesso(
        "edit", source, "--prompt", f"case {seed}", *selection, "--feather", feather,
        "--mock", "--drift", chance.choice([0, 4, 12]), "--zoom", chance.uniform(0.985, 1.015),
        f"--shift={chance.uniform(-6, 6):.2f},{chance.uniform(-6, 6):.2f}", "--gain", chance.uniform(0.92, 1.08),
        "--out", tmp_path / "out", *(["--same-format"] if keeps else []),
    )  # fmt: skip
    assert run.status == 0, run.errors

    output = Path(run.report["outputs"][0]["path"])
    if file_kind == "png16":
        orientation = Image.open(source).getexif().get(0x0112, 1)
        before = read_png16(source)
        for part in before:
            part.getexif()[0x0112] = orientation
        before = [ImageOps.exif_transpose(part) for part in before]
        after = read_png16(output)
    else:
        before, after = [upright], [Image.open(output)]
    assert after[0].size == upright.size
    changed = Image.new("L", upright.size, 0)
    for one, other in zip(before, after, strict=True):
        changed = ImageChops.lighter(changed, changed_pixels(one, other))
    outside = ImageChops.multiply(changed, ImageOps.invert(allowed.point([0] + [255] * 255)))
    assert outside.histogram()[255] == 0
    assert changed.histogram()[255] > 0
    assert run.report["audit"]["changedPixelsOutside"] == 0
    # An sRGB profile is the default and is left out.
    profile = upright.info.get("icc_profile", b"sRGB")
    if file_kind != "gray" and b"sRGB" not in profile:
        assert Image.open(output).info["icc_profile"] == profile
