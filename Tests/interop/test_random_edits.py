"""Random photographs, masks and misbehaviour: outside mask and feather no pixel differs, by Pillow.

GESSO_EDIT_CASES asks for more than the few cases of the default suite (200 take about half an hour).
"""

import os
import random

import pytest
from conftest import PHOTOGRAPHS
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

CASES = int(os.environ.get("GESSO_EDIT_CASES", "4"))
NAMES = ["dogs-phone.jpg", "brushes-display-p3.jpg", "bowl-cutout.png", "dandelions.webp"]


def make_photograph(chance, path):
    """A photograph of random size, shape, format and orientation."""
    picture = ImageOps.exif_transpose(Image.open(PHOTOGRAPHS / chance.choice(NAMES)))
    longest = 24e6 if CASES >= 100 and chance.random() < 0.1 else 3e6
    pixels = chance.uniform(0.2e6, longest)
    ratio = chance.uniform(0.4, 2.5)
    size = (max(64, int((pixels * ratio) ** 0.5)), max(64, int((pixels / ratio) ** 0.5)))
    picture = ImageOps.fit(picture, size)
    profile = picture.info.get("icc_profile")
    kind = chance.choice(["jpg", "png", "webp"])
    target = path / f"photograph.{kind}"
    exif = Image.Exif()
    exif[0x0112] = chance.randint(1, 8)
    options = {"exif": exif, "icc_profile": profile} if profile else {"exif": exif}
    if kind == "jpg":
        subsampling = chance.choice([0, 1, 2])
        options |= {"quality": chance.randint(60, 95), "subsampling": subsampling, "progressive": chance.random() < 0.5}
        picture = picture.convert("RGB")
    elif kind == "webp":
        options |= {"lossless": True, "method": 0}
    picture.save(target, **options)
    return target


def allowed_area(size, kind, box, feather):
    """White where a pixel may differ: the mask, drawn without our code, grown by the feather."""
    area = Image.new("L", size, 0)
    draw = ImageDraw.Draw(area)
    x, y, width, height = box
    # A pixel that the shape touches at all has some coverage, so the oracle's shape is a pixel larger.
    bounds = (x - 1, y - 1, x + width, y + height)
    draw.ellipse(bounds, fill=255) if kind == "ellipse" else draw.rectangle(bounds, fill=255)
    for _ in range(feather):
        area = area.filter(ImageFilter.MaxFilter(3))
    return area


@pytest.mark.parametrize("seed", range(CASES))
def test_a_random_edit_leaves_what_was_not_selected(gesso, tmp_path, seed):
    chance = random.Random(seed)
    source = make_photograph(chance, tmp_path)
    before = ImageOps.exif_transpose(Image.open(source))
    width, height = before.size
    kind = chance.choice(["rect", "ellipse"])
    box = (
        chance.randrange(0, width - 20), chance.randrange(0, height - 20),
        chance.randint(16, max(17, width // 2)), chance.randint(16, max(17, height // 2)),
    )  # fmt: skip
    feather = chance.choice([0, 1, 5, 12, 25])
    run = gesso(
        "edit", source, "--prompt", f"case {seed}", f"--mask-{kind}", ",".join(map(str, box)), "--feather", feather,
        "--stand-in", "--drift", chance.choice([0, 4, 12]), "--zoom", chance.uniform(0.985, 1.015),
        f"--shift={chance.uniform(-6, 6):.2f},{chance.uniform(-6, 6):.2f}", "--gain", chance.uniform(0.92, 1.08),
        "--out", tmp_path / "out", *(["--same-format"] if source.suffix == ".webp" else []),
    )  # fmt: skip
    assert run.status == 0, run.errors

    after = Image.open(run.report["outputs"][0]["path"])
    assert after.size == before.size
    if before.mode != after.mode:
        before, after = before.convert("RGBA"), after.convert("RGBA")
    changed = Image.new("L", before.size, 0)
    for channel in ImageChops.difference(before, after).split():
        changed = ImageChops.lighter(changed, channel.point([0] + [255] * 255))
    outside = ImageChops.multiply(changed, ImageOps.invert(allowed_area(before.size, kind, box, feather)))
    assert outside.histogram()[255] == 0
    assert changed.histogram()[255] > 0
    assert run.report["audit"]["changedPixelsOutside"] == 0
