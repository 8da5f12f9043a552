"""A JPEG stays a JPEG: blocks that an edit does not touch keep their coefficients, read by jpeglib (a build of its own of
the Independent JPEG Group's library), and pixels farther than one MCU decode as before, by djpeg.

GESSO_JPEG_CASES asks for more than the few cases of the default suite: 112 are every sampling, baseline and progressive, in
every orientation.
"""

import math
import os
import random
import shutil
import subprocess

import jpeglib
import numpy
import pytest
from conftest import PHOTOGRAPHS
from PIL import Image, ImageDraw, ImageOps
from scipy.ndimage import maximum_filter

CASES = int(os.environ.get("GESSO_JPEG_CASES", "4"))
SAMPLINGS = ["1x1", "2x1", "1x2", "2x2", "4x1", "4x2", "1x2,2x1,1x1"]
# The Pillow operation that maps an upright image to its stored orientation (EXIF 2.32, 4.6.4 A).
TO_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
}  # fmt: skip

pytestmark = pytest.mark.skipif(not (shutil.which("cjpeg") and shutil.which("djpeg")), reason="libjpeg-turbo's programs are not installed")


def case_of(seed):
    """Sampling, coding and orientation: 112 seeds are all of them."""
    turn, sampling = divmod(seed, 7)
    return SAMPLINGS[sampling], (turn + sampling) % 2 == 0, (turn // 2 + sampling) % 8 + 1


def make_photograph(seed, path, longest=500):
    sampling, is_progressive, orientation = case_of(seed)
    chance = random.Random(seed)
    source = Image.open(PHOTOGRAPHS / chance.choice(["dogs-phone.jpg", "brushes-display-p3.jpg", "dandelions.webp"])).convert("RGB")
    image = ImageOps.fit(source, (chance.randint(200, longest), chance.randint(200, longest)))
    arguments = ["-quality", str(chance.randint(40, 96)), "-sample", sampling, "-dct", "int"]
    arguments += ["-progressive"] if is_progressive else ["-optimize"]
    arguments += ["-restart", chance.choice(["1", "5B"])] if chance.random() < 0.3 else []
    ppm = b"P6\n%d %d\n255\n" % image.size + image.tobytes()
    file = subprocess.run(["cjpeg", *arguments], input=ppm, stdout=subprocess.PIPE, check=True).stdout
    exif = Image.Exif()
    exif[0x0112] = orientation
    body = exif.tobytes()
    path.write_bytes(file[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + file[2:])
    return path


def may_differ(stored_size, orientation, box, feather):
    """White where the stored image may differ, drawn without our code and a pixel larger than the ellipse."""
    upright = stored_size[::-1] if orientation > 4 else stored_size
    area = Image.new("L", upright, 0)
    x, y, width, height = box
    ImageDraw.Draw(area).ellipse((x - 1, y - 1, x + width, y + height), fill=255)
    area = Image.fromarray(maximum_filter(numpy.asarray(area), 2 * feather + 1))
    return area.transpose(TO_STORED[orientation]) if orientation > 1 else area


def components(file):
    """Each component's coefficients, down × across × 64, and its quantizers."""
    blocks = [file.Y, file.Cb, file.Cr]
    return [block.reshape(*block.shape[:2], 64) for block in blocks if block is not None]


def differing_untouched(before, after, area):
    """The number of blocks outside the area that differ, and the number of blocks outside the area."""
    touched = numpy.asarray(area) > 0
    differing, seen = 0, 0
    most = before.samp_factor.max(axis=0)
    for index, (old, new) in enumerate(zip(components(before), components(after), strict=True)):
        assert old.shape == new.shape
        down, across = 8 * most // before.samp_factor[index]
        for y in range(old.shape[0]):
            for x in range(old.shape[1]):
                if touched[y * down : (y + 1) * down, x * across : (x + 1) * across].any():
                    continue
                seen += 1
                differing += not numpy.array_equal(old[y, x], new[y, x])
    return differing, seen


def pixels(path):
    ppm = subprocess.run(["djpeg", "-dct", "int", "-pnm", str(path)], stdout=subprocess.PIPE, check=True).stdout
    _, width, height, _ = ppm.split(maxsplit=4)[:4]
    return numpy.frombuffer(ppm[-int(width) * int(height) * 3 :], numpy.uint8).reshape(int(height), int(width), 3)


def random_box(chance, size):
    width, height = (chance.randint(20, max(21, side // 3)) for side in size)
    return chance.randint(0, size[0] - width), chance.randint(0, size[1] - height), width, height


def edit(gesso, path, out, box, feather, *options):
    run = gesso(
        "edit", path, "--prompt", "another", "--mask-ellipse", ",".join(map(str, box)), "--feather", feather,
        "--same-format", "--mock", "--drift", 6, "--out", out, *options,
    )  # fmt: skip
    assert run.status == 0, run.errors
    assert run.report["notes"] == []
    return run.report["outputs"][0]["path"]


@pytest.mark.parametrize("seed", range(CASES))
def test_untouched_blocks_keep_their_coefficients(gesso, tmp_path, seed):
    source = make_photograph(seed, tmp_path / "photograph.jpg")
    sampling, is_progressive, orientation = case_of(seed)
    chance = random.Random(5000 + seed)
    stored = Image.open(source)
    upright = stored.size[::-1] if orientation > 4 else stored.size
    box, feather = random_box(chance, upright), chance.choice([0, 2, 6, 12])
    result = edit(gesso, source, tmp_path / "out", box, feather, f"--shift={chance.uniform(-3, 3):.2f},1.5", "--gain", 1.04)

    before, after = jpeglib.read_dct(str(source)), jpeglib.read_dct(result)
    assert numpy.array_equal(before.samp_factor, after.samp_factor) and numpy.array_equal(before.qt, after.qt)
    assert bool(after.progressive_mode) == bool(before.progressive_mode) == is_progressive
    assert Image.open(result).getexif().get(0x0112, 1) == orientation
    area = may_differ(stored.size, orientation, box, feather)
    differing, seen = differing_untouched(before, after, area)
    assert (differing, seen > 0) == (0, True)

    # Pixels farther than one MCU from where it may differ.
    down, across = (int(side) for side in 8 * before.samp_factor.max(axis=0))
    reach = maximum_filter(numpy.asarray(area), (2 * down + 1, 2 * across + 1)) > 0
    old, new = pixels(source), pixels(result)
    assert numpy.array_equal(old[~reach], new[~reach])
    assert not numpy.array_equal(old, new)

    # The file grows by no more than the changed blocks take: as much as the patch encoded alone.
    share = 1 - seen / sum(math.prod(block.shape[:2]) for block in components(before))
    old_bytes, new_bytes = source.stat().st_size, os.path.getsize(result)
    print(f"{sampling} {'progressive' if is_progressive else 'baseline'} {orientation}: {old_bytes} to {new_bytes} bytes, {share:.0%} touched")
    assert new_bytes < old_bytes * (1 + 1.5 * share) + 500


def test_ten_edits_in_a_row_leave_the_other_blocks_as_they_were(gesso, tmp_path):
    source = make_photograph(3, tmp_path / "photograph.jpg")
    orientation = case_of(3)[2]
    before = jpeglib.read_dct(str(source))
    stored = Image.open(source)
    upright = stored.size[::-1] if orientation > 4 else stored.size
    area, current = Image.new("L", stored.size, 0), source
    chance = random.Random(9)
    for turn in range(10):
        box = (*(chance.randint(0, side // 3) for side in upright), upright[0] // 4, upright[1] // 4)
        current = edit(gesso, current, tmp_path / f"{turn}", box, 4)
        area.paste(255, mask=may_differ(stored.size, orientation, box, 4))
    differing, seen = differing_untouched(before, jpeglib.read_dct(current), area)
    assert (differing, seen > 0) == (0, True)
