"""`gesso prepare` on a large photograph: what would be uploaded is within the API's documented limits, by Pillow."""

from pathlib import Path

import pytest
from conftest import picture
from PIL import Image

CLASSIC = {(1024, 1024), (1536, 1024), (1024, 1536)}
MODELS = {
    "gpt-image-2.6-sunburst": None, "gpt-image-2.6-flare": None, "gpt-image-2.5-sunburst": None,
    "gpt-image-2.5-flare": None, "gpt-image-2": None, "gpt-image-1.5": CLASSIC, "gpt-image-1-mini": CLASSIC,
    "chatgpt-image-latest": CLASSIC,
}  # fmt: skip


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    path = tmp_path_factory.mktemp("photograph") / "large.jpg"
    picture((4032, 3024)).save(path, quality=85)
    return path


@pytest.mark.parametrize("model", MODELS)
def test_every_part_is_accepted(gesso, photograph, tmp_path, model):
    run = gesso("prepare", photograph, "--model", model, "--mask-rect", "1000,900,800,700", "--out", tmp_path)
    assert run.status == 0, run.errors
    parts = run.report["parts"]
    assert [part["name"].removesuffix("[]") for part in parts] == ["image", "mask"]
    sizes = set()
    for part in parts:
        path = Path(part["path"])
        image = Image.open(path)
        image.load()
        assert path.stat().st_size == part["bytes"]
        assert image.size == (part["width"], part["height"])
        assert part["mime"] == f"image/{image.format.lower()}"
        sizes.add(image.size)
        if part["name"] == "mask":
            assert image.format == "PNG" and image.getchannel("A").getextrema() == (0, 255)
            assert part["bytes"] < 4_000_000
        else:
            assert image.format in ("PNG", "JPEG", "WEBP")
            assert part["bytes"] < 50_000_000
    assert len(sizes) == 1, "the mask has the image's dimensions"
    width, height = sizes.pop()
    if MODELS[model]:
        assert (width, height) in MODELS[model]
    else:
        assert width % 16 == 0 and height % 16 == 0 and max(width, height) <= 3840
        assert max(width, height) <= 3 * min(width, height)
        assert 655_360 <= width * height <= 8_294_400
