"""The size of the PNG files we write, held against Pillow's default for the same pixels."""

import pytest
from conftest import PHOTOGRAPHS, encoded, mask, image
from PIL import Image, ImageOps


def soft(image):
    """The image under a soft disc of opacity."""
    image = image.convert("RGB")
    image.putalpha(ImageOps.invert(Image.radial_gradient("L")).resize(image.size))
    return image


def written(gesso, path, tmp_path, *options):
    """The result of `convert`: the size in bytes, and the image."""
    out = tmp_path / "out.png"
    run = gesso("convert", path, out, *options)
    assert run.status == 0, run.errors
    return out.stat().st_size, Image.open(out)


@pytest.mark.parametrize("name", ["brushes-display-p3.jpg", "dandelions.webp", "dogs-phone.jpg", "bowl-cutout.png"])
@pytest.mark.parametrize("side", [None, 640, 97])
def test_photographs(gesso, tmp_path, name, side):
    options = ["--resize", f"{side}x{side}"] if side else []
    size, image = written(gesso, PHOTOGRAPHS / name, tmp_path, *options)
    assert size <= 1.03 * len(encoded(image))


@pytest.mark.parametrize("name", ["brushes-display-p3.jpg", "dandelions.webp"])
def test_soft_alpha(gesso, tmp_path, name):
    path = tmp_path / "soft.png"
    soft(Image.open(PHOTOGRAPHS / name)).save(path)
    size, image = written(gesso, path, tmp_path)
    assert image.mode == "RGBA" and size <= 1.03 * len(encoded(image))


@pytest.mark.parametrize("kind", ["lines", "mask", "soft mask", "flat"])
def test_graphics(gesso, tmp_path, kind):
    path = tmp_path / "graphic.png"
    graphics = {
        "lines": image(), "mask": mask(), "soft mask": soft(Image.new("RGB", (1024, 1024))),
        "flat": Image.new("RGB", (900, 700), (30, 90, 200)),
    }  # fmt: skip
    graphics[kind].save(path)
    size, source = written(gesso, path, tmp_path)
    assert size <= 1.1 * len(encoded(source))
