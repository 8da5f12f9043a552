"""`gesso prepare` on a large photograph: the upload is within the API's documented limits, checked with Pillow."""

from pathlib import Path

import pytest
from conftest import image
from PIL import Image, ImageOps

CLASSIC = {(1024, 1024), (1536, 1024), (1024, 1536)}
MODELS = {
    "gpt-image-2.6-sunburst": None, "gpt-image-2.6-flare": None, "gpt-image-2.5-sunburst": None,
    "gpt-image-2.5-flare": None, "gpt-image-2": None, "gpt-image-1.5": CLASSIC, "gpt-image-1-mini": CLASSIC,
    "chatgpt-image-latest": CLASSIC,
}  # fmt: skip


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    path = tmp_path_factory.mktemp("photograph") / "large.jpg"
    image((4032, 3024)).save(path, quality=85)
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


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_window_is_a_crop_of_the_upright_image(gesso, tmp_path, turn):
    """For every orientation the upload contains exactly the pixels around the mask, and the mask is aligned with them."""
    exif = Image.Exif()
    exif[0x0112] = turn
    stored = image((2900, 2100) if turn < 5 else (2100, 2900))
    stored.save(tmp_path / "photo.png", exif=exif, compress_level=1)
    upright = ImageOps.exif_transpose(Image.open(tmp_path / "photo.png"))
    assert upright.size == (2900, 2100)
    run = gesso("prepare", tmp_path / "photo.png", "--mask-rect", "2000,300,200,150", "--out", tmp_path / "out")
    assert run.status == 0, run.errors
    request = run.report["requests"][0]
    window = request["window"]
    box = (window["x"], window["y"], window["x"] + window["width"], window["y"] + window["height"])
    source, mask = (Image.open(part["path"]) for part in request["parts"])
    assert source.convert("RGB").tobytes() == upright.crop(box).tobytes()
    selected = mask.getchannel("A").point([255] + [0] * 255).getbbox()
    assert selected == (2000 - box[0], 300 - box[1], 2200 - box[0], 450 - box[1])
    placement = request["placement"]
    assert (placement["scaleX"], placement["offsetX"], placement["offsetY"]) == (1, -box[0], -box[1])


def test_the_estimate_names_tokens_where_they_are_published(gesso, photograph, tmp_path):
    run = gesso("prepare", photograph, "--model", "gpt-image-2", "--quality", "high", "--out", tmp_path)
    # 1536x1152, high: 96 x 72 x (2,000,000 + 1536 x 1152) / 4,000,000.
    assert run.report["estimate"]["outputTokens"] == [6514, 6514]
