"""`gesso edit`, checked with Pillow: pixels outside the mask are unchanged, and no private metadata is sent."""

import pytest
from conftest import PHOTOGRAPHS, decoded
from PIL import Image, ImageChops, ImageOps

# Metadata of the phone's photograph that must not be sent.
SECRETS = [b"GESSO-PLACE-MUST-NOT-LEAVE", b"Pocket Camera 1", b"WGS-84"]
FEATHER = 12


def upright(path):
    """The original's pixel values, upright."""
    return ImageOps.exif_transpose(Image.open(path))


def differing_outside(before, after, box):
    """How many pixels outside the box differ in any channel, alpha included."""
    assert before.size == after.size
    if before.mode != after.mode:
        before, after = before.convert("RGBA"), after.convert("RGBA")
    changed = Image.new("L", before.size, 0)
    for channel in ImageChops.difference(before, after).split():
        changed = ImageChops.lighter(changed, channel.point([0] + [255] * 255))
    changed.paste(0, box)
    return changed.histogram()[255]


def edit(gesso, path, out, rect, *options, **environment):
    x, y, width, height = rect
    run = gesso(
        "edit", path, "--prompt", "make it autumn", "--mask-rect", f"{x},{y},{width},{height}", "--feather", FEATHER,
        "--out", out, *options, **environment,
    )  # fmt: skip
    assert run.status == 0, run.errors
    return run.report


def full_output(report):
    """The output that is the whole image: the first."""
    return report["outputs"][0]


CASES = [
    ("dogs-phone.jpg", ["--drift", "9"]),
    ("dogs-phone.jpg", ["--wrong-size", "1024x1024"]),
    ("brushes-display-p3.jpg", ["--shift", "2.5,-1.25", "--gain", "1.07"]),
    ("bowl-cutout.png", ["--zoom", "1.015", "--drift", "5"]),
    ("dandelions.webp", ["--shift=-3.75,4", "--zoom", "0.99", "--gain", "0.9"]),
]


@pytest.mark.parametrize("name, options", CASES, ids=[" ".join([name, *options]) for name, options in CASES])
def test_no_pixel_outside_mask_and_feather_differs(gesso, tmp_path, name, options):
    before = upright(PHOTOGRAPHS / name)
    rect = (before.width // 3, before.height // 4, before.width // 5, before.height // 3)
    report = edit(gesso, PHOTOGRAPHS / name, tmp_path, rect, "--mock", *options)

    output = full_output(report)
    after = Image.open(output["path"])
    assert (output["format"], output["width"], output["height"]) == ("png", *before.size)
    box = (rect[0] - FEATHER, rect[1] - FEATHER, rect[0] + rect[2] + FEATHER, rect[1] + rect[3] + FEATHER)
    assert differing_outside(before, after, box) == 0
    # And the edit is there.
    inner = (rect[0], rect[1], rect[0] + rect[2], rect[1] + rect[3])
    assert before.convert("RGB").crop(inner).tobytes() != after.convert("RGB").crop(inner).tobytes()
    assert report["audit"]["changedOutside"] == 0


def test_the_display_p3_original_keeps_its_profile(gesso, tmp_path):
    path = PHOTOGRAPHS / "brushes-display-p3.jpg"
    report = edit(gesso, path, tmp_path, (400, 300, 200, 200), "--mock")
    profile = Image.open(full_output(report)["path"]).info["icc_profile"]
    assert b"Display P3" in profile


def test_the_place_of_a_photograph_is_in_no_upload_and_no_output(gesso, tmp_path, recorder):
    path = PHOTOGRAPHS / "dogs-phone.jpg"
    assert all(secret in path.read_bytes() for secret in SECRETS)
    edit(
        gesso, path, tmp_path, (500, 700, 300, 300), "--base-url", recorder.base_url, "--thumbnail", "256x256:webp:q80",
        "--thumbnail", "128x128:jpeg:q80", OPENAI_API_KEY="sk-interop",
    )  # fmt: skip

    assert [path for path, _, _ in recorder.requests] == ["/v1/images/edits"]
    outputs = [file.read_bytes() for file in tmp_path.iterdir()]
    assert len(outputs) == 3
    for data in [recorder.requests[0][2], *outputs]:
        assert not any(secret in data for secret in SECRETS)
    for data in outputs:
        assert not decoded(data).getexif()


def test_what_is_uploaded_is_what_the_api_takes(gesso, tmp_path, recorder):
    edit(
        gesso, PHOTOGRAPHS / "dogs-phone.jpg", tmp_path, (500, 700, 300, 300), "--base-url", recorder.base_url,
        OPENAI_API_KEY="sk-interop",
    )  # fmt: skip
    _, headers, body = recorder.requests[0]
    assert headers["Authorization"] == "Bearer sk-interop"
    assert int(headers["Content-Length"]) == len(body)
    parts = {name: (filename, kind, content) for name, filename, kind, content in recorder.parts()}
    assert {"prompt", "model", "size", "mask"} <= set(parts)
    assert parts["prompt"][2] == b"make it autumn"

    filename, kind, content = parts.get("image") or parts["image[]"]
    image = decoded(content)
    assert filename and "dogs" not in filename
    assert kind == f"image/{image.format.lower()}"
    assert not image.getexif() and "icc_profile" not in image.info
    mask = decoded(parts["mask"][2])
    assert (*parts["mask"][:2], mask.format, mask.mode) == ("mask.png", "image/png", "PNG", "RGBA")
    assert mask.size == image.size
    assert set(mask.getchannel("A").getextrema()) == {0, 255}
    assert f"{image.width}x{image.height}".encode() == parts["size"][2]
