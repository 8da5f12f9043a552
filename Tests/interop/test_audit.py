"""`gesso audit` on pairs of files that Pillow made, with known differences."""

import pytest
from conftest import PHOTOGRAPHS
from PIL import Image, ImageDraw

BOX = (300, 200, 200, 150)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """An image, and the same image five levels brighter in a corner and changed inside the box."""
    folder = tmp_path_factory.mktemp("audit")
    before = Image.open(PHOTOGRAPHS / "dandelions.webp").convert("RGB").resize((960, 540))
    before = before.point([min(250, level) for level in range(256)] * 3)
    after = before.copy()
    after.paste(before.crop((0, 0, 40, 30)).point([level + 5 for level in range(256)] * 3), (0, 0))
    ImageDraw.Draw(after).rectangle((300, 200, 499, 349), fill=(200, 30, 60))
    before.save(folder / "before.png")
    after.save(folder / "after.png")
    return folder


def audit(gesso, folder, *options):
    return gesso("audit", folder / "before.png", folder / "after.png", "--mask-rect", ",".join(map(str, BOX)), *options)


def test_everything_is_measured(gesso, pair):
    found = audit(gesso, pair).report["audit"]
    kept = 960 * 540 - BOX[2] * BOX[3]
    assert found["changedPixelsOutside"] == 1200
    assert found["changedOutside"] == pytest.approx(1200 / kept)
    assert found["meanDrift"] == pytest.approx(6000 / kept)
    assert (found["p99Drift"], found["maxDrift"]) == (0, 5)
    assert found["maskCoverage"] == pytest.approx(1 - kept / 960 / 540)
    assert found["seamDelta"] > found["seamDeltaBefore"] + 10
    alignment = found["alignment"]
    assert alignment["confidence"] > 0.5
    assert max(abs(alignment["shiftX"]), abs(alignment["shiftY"]), abs(alignment["scale"] - 1) * 480) < 0.05
    assert found["toneGain"] == pytest.approx([1, 1, 1], abs=0.01)
    assert found["toneOffset"] == pytest.approx([0, 0, 0], abs=1)
    # Pixels outside the mask's box changed.
    assert found["keptHashBefore"] != found["keptHashAfter"]


BOUNDS = [("--max-changed", 1199, 1200), ("--max-drift", 4, 5), ("--max-mean-drift", 0.01, 0.02), ("--max-seam", 5, 200)]


@pytest.mark.parametrize("option, less, enough", BOUNDS, ids=[bound[0] for bound in BOUNDS])
def test_bounds_fail_or_flag(gesso, pair, option, less, enough):
    fine = audit(gesso, pair, option, enough)
    assert (fine.status, fine.report["violations"]) == (0, [])
    failed = audit(gesso, pair, option, less)
    assert failed.status == 1 and len(failed.report["violations"]) == 1
    flagged = audit(gesso, pair, option, less, "--flag")
    assert flagged.status == 0 and flagged.report["violations"] == failed.report["violations"]


def test_the_heatmap_glows_where_the_files_differ(gesso, pair, tmp_path):
    assert audit(gesso, pair, "--heatmap", tmp_path / "heat.png").status == 0
    heat, before = Image.open(tmp_path / "heat.png").convert("RGB"), Image.open(pair / "before.png").convert("L")
    assert heat.size == before.size
    red, _, _ = heat.getpixel((20, 15))
    assert red > 100
    # Elsewhere the image in dim gray.
    for place in [(700, 100), (100, 450), (900, 500)]:
        r, g, b = heat.getpixel(place)
        assert r == g == b <= before.getpixel(place) // 4 + 2
