"""Masks of the command line against Pillow's drawing, and regions of a mask in separate requests."""

import json
from pathlib import Path

import pytest
from conftest import Recorder, encoded, image
from PIL import Image, ImageChops, ImageDraw

SIZE = (1200, 900)


def drawn(paint, scale=8):
    """White inside the shape, drawn large and scaled down: coverage by area."""
    image = Image.new("L", (SIZE[0] * scale, SIZE[1] * scale), 0)
    paint(ImageDraw.Draw(image), scale)
    return image.resize(SIZE, Image.Resampling.BOX)


def polygon(points):
    return lambda draw, scale: draw.polygon([(x * scale - 0.5, y * scale - 0.5) for x, y in points], fill=255)


def dots(points, radius):
    def paint(draw, scale):
        for x, y in points:
            draw.ellipse([(x - radius) * scale, (y - radius) * scale, (x + radius) * scale - 1, (y + radius) * scale - 1], fill=255)

    return paint


TRIANGLE = [(100, 100), (700.5, 240), (300, 800)]
SELECTION = {"subtraction": {
    "from": {"rectangle": {"x": 200, "y": 300, "width": 400, "height": 300}},
    "remove": {"rectangle": {"x": 300, "y": 350, "width": 100, "height": 100}}}}  # fmt: skip


def rectangle(*boxes):
    return lambda draw, scale: [draw.rectangle([x * scale, y * scale, (x + w) * scale - 1, (y + h) * scale - 1], fill=255) for x, y, w, h in boxes]


CASES = {
    "polygon": (["--mask-polygon", "100,100;700.5,240;300,800"], drawn(polygon(TRIANGLE))),
    "polygon with blanks": (["--mask-polygon", "100,100 700.5,240 300,800"], drawn(polygon(TRIANGLE))),
    "strokes": (
        ["--mask-stroke", "60:200,200", "--mask-stroke", "40:800.5,600"],
        ImageChops.lighter(drawn(dots([(200, 200)], 30)), drawn(dots([(800.5, 600)], 20))),
    ),
    "a stroke along": (["--mask-stroke", "80:300,400;700,400"], ImageChops.lighter(
        drawn(dots([(300, 400), (700, 400)], 40)), drawn(rectangle((300, 360, 400, 80))))),
    "union": (
        ["--mask-rect", "10,20,100,50", "--mask-rect", "900,700,100,100", "--mask-polygon", "100,100;700.5,240;300,800"],
        ImageChops.lighter(drawn(rectangle((10, 20, 100, 50), (900, 700, 100, 100))), drawn(polygon(TRIANGLE))),
    ),
    "dilated": (["--mask-rect", "400,300,50,40", "--grow", "9"], drawn(rectangle((391, 291, 68, 58)))),
    "shrunk": (["--mask-rect", "400,300,50,40", "--grow", "-9"], drawn(rectangle((409, 309, 32, 22)))),
    "inverted": (["--mask-rect", "400,300,50,40", "--invert-mask"], ImageChops.invert(drawn(rectangle((400, 300, 50, 40))))),
    "stored": (["--select", "SELECTION"], ImageChops.subtract(
        drawn(rectangle((200, 300, 400, 300))), drawn(rectangle((300, 350, 100, 100))))),
    "partly outside": (["--mask-polygon", "-50,-50;60,-50;60,60;-50,60"], drawn(rectangle((0, 0, 60, 60)))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_mask_that_is_sent_is_what_pillow_draws(gesso, tmp_path, name):
    options, expected = CASES[name]
    (tmp_path / "photo.png").write_bytes(encoded(image(SIZE)))
    (tmp_path / "selection.json").write_text(json.dumps(SELECTION))
    options = [str(tmp_path / "selection.json") if option == "SELECTION" else option for option in options]
    run = gesso("prepare", tmp_path / "photo.png", *options, "--whole-image", "--regions", "together", "--out", tmp_path / "out")
    assert run.status == 0, run.errors
    part = run.report["parts"][-1]
    assert part["name"] == "mask"
    alpha = Image.open(part["path"]).getchannel("A")
    # 1200x900 is centered in 1200x912, unscaled.
    assert alpha.size == (1200, 912)
    found = ImageChops.invert(alpha).crop((0, 6, 1200, 906))
    difference = ImageChops.difference(found, expected)
    # Pillow's outlines are up to one subpixel thicker; a pixel has 64 of them.
    assert difference.getextrema()[1] <= 48
    assert sum(index * count for index, count in enumerate(difference.histogram())) < 255 * 0.002 * SIZE[0] * SIZE[1]


REFUSALS = [
    (["--mask-polygon", "1,2;3,4"], 64, "3 or more points"),
    (["--mask-polygon", "a,b;c,d;e,f"], 64, "3 or more points"),
    (["--mask-stroke", "10"], 64, "WIDTH:X,Y"),
    (["--mask-stroke", "-4:1,2"], 64, "WIDTH:X,Y"),
    (["--mask-rect", "1,2,3"], 64, "X,Y,W,H"),
    (["--invert-mask"], 64, "--mask FILE"),
    (["--select", "none.json"], 2, "none.json"),
    (["--mask-polygon", "5000,5000;5100,5000;5000,5100"], 2, "selects nothing inside an image of 1200x900"),
    (["--mask-rect", "0,0,1200,900"], 2, "leave it out to edit the whole image"),
    (["--mask-rect", "0,0,99,99", "--regions", "apart", "--no-composite"], 64, "--regions apart"),
    (["--mask-rect", "0,0,99,99", "--fill", "sky"], 64, "--fill"),
    (["--pad-to", "16x9"], 64, "16:9"),
]  # fmt: skip


@pytest.mark.parametrize("options, status, words", REFUSALS, ids=[" ".join(case[0]) for case in REFUSALS])
def test_invalid_masks_name_the_option(gesso, tmp_path, options, status, words):
    (tmp_path / "photo.png").write_bytes(encoded(image(SIZE)))
    run = gesso("prepare", tmp_path / "photo.png", *options, "--out", tmp_path / "out")
    assert run.status == status, run.errors
    assert words in run.errors


def test_an_invalid_stored_mask_names_the_field(gesso, tmp_path):
    (tmp_path / "photo.png").write_bytes(encoded(image(SIZE)))
    (tmp_path / "selection.json").write_text('{"union": [{"rectangle": {"x": 1, "y": 2, "width": 3}}]}')
    run = gesso("prepare", tmp_path / "photo.png", "--select", tmp_path / "selection.json", "--out", tmp_path / "out")
    assert run.status == 2
    message = run.report["error"]["message"]
    assert "selection.json is not a selection" in message and "height" in message and "union.[0].rectangle" in message


def test_a_markup_is_sent_instead_of_the_mask(gesso, tmp_path, recorder):
    (tmp_path / "photo.png").write_bytes(encoded(image(SIZE)))
    drawing = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(drawing).line((300, 300, 600, 500), fill=(255, 0, 0, 255), width=20)
    drawing.save(tmp_path / "drawing.png")
    run = gesso(
        "edit", tmp_path / "photo.png", "--prompt", "x", "--markup", tmp_path / "drawing.png", "--mask-rect", "300,300,200,200",
        "--base-url", recorder.base_url, "--out", tmp_path / "out", OPENAI_API_KEY="sk-interop",
    )  # fmt: skip
    assert run.status == 0, run.errors
    names = [name for name, filename, _, _ in recorder.parts() if filename]
    assert names == ["image", "markup"]
    before, after = Image.open(tmp_path / "photo.png"), Image.open(run.report["outputs"][0]["path"])
    changed = ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox()
    assert changed and changed[0] >= 288 and changed[1] >= 288 and changed[2] <= 512 and changed[3] <= 512


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    path = tmp_path_factory.mktemp("wide") / "wide.png"
    path.write_bytes(encoded(image((3200, 2000)), compress_level=1))
    return path


TWO = ["--mask-rect", "100,300,150,150", "--mask-ellipse", "2800,400,200,150"]


@pytest.mark.parametrize("how, requests", [("cost", 2), ("apart", 2), ("together", 1)])
def test_two_far_regions(gesso, tmp_path, wide, recorder, how, requests):
    run = gesso(
        "edit", wide, "--prompt", "x", *TWO, "--regions", how, "--base-url", recorder.base_url, "--out", tmp_path / "out",
        OPENAI_API_KEY="sk-interop",
    )  # fmt: skip
    assert run.status == 0, run.errors
    assert len(recorder.requests) == requests
    report = run.report
    assert len(report["requestIDs"]) == requests == len(report["preparation"]["requests"]) == len(report["regions"][0])
    assert report["audit"]["changedPixelsOutside"] == 0
    assert [Path(output["path"]).name for output in report["outputs"]] == ["wide-0-full.png"]
    before, after = Image.open(wide), Image.open(report["outputs"][0]["path"])
    changed = ImageChops.difference(before, after.convert("RGB")).convert("L").point([0] + [255] * 255)
    allowed = Image.new("L", before.size, 0)
    for box in [(88, 288, 262, 462), (2788, 388, 3012, 562)]:
        allowed.paste(255, box)
        assert changed.crop(box).getbbox(), "and both are edited"
    assert not ImageChops.multiply(changed, ImageChops.invert(allowed)).getbbox()
    plan = gesso("edit", wide, "--prompt", "x", *TWO, "--regions", how, "--dry-run").report["plan"]
    assert [request.get("window") for request in plan["requests"]] == [
        request.get("window") for request in report["preparation"]["requests"]
    ]
    assert "2 separate parts" in plan["regions"] if how != "together" else "regions" not in plan


def test_one_of_two_requests_fails(gesso, tmp_path, wide, serve):
    behavior = tmp_path / "behavior.json"
    refusal = {"status": 400, "error": {"code": "moderation_blocked", "message": "No."}}
    behavior.write_text(json.dumps({"faults": [{"path": "/images/edits", "skip": 1, "times": 1, "response": refusal}]}))
    server = serve("--behavior", behavior)
    out = tmp_path / "out"
    run = gesso(
        "edit", wide, "--prompt", "x", *TWO, "--regions", "apart", "--base-url", server.base_url, "--out", out,
        OPENAI_API_KEY="sk-interop",
    )  # fmt: skip
    assert run.status == 3, run.errors
    message = run.report["error"]["message"]
    assert "1 of 2 requests got a response" in message and "was kept" in message
    kept = list(out.iterdir())
    assert len(kept) == 1 and "returned" in kept[0].name and str(kept[0]) in message
    Image.open(kept[0]).load()

    # The response that was paid for is not requested again: the second run makes one request and finishes both.
    recorder = Recorder(server.port)
    run = gesso(
        "edit", wide, "--prompt", "x", *TWO, "--regions", "apart", "--base-url", recorder.base_url, "--out", out, "--kept",
        kept[0], OPENAI_API_KEY="sk-interop",
    )  # fmt: skip
    assert run.status == 0, run.errors
    assert len(recorder.requests) == 1
    assert run.report["audit"]["changedPixelsOutside"] == 0 and len(run.report["regions"][0]) == 2


def test_a_spooled_response_of_another_edit_is_refused(gesso, tmp_path, wide):
    (tmp_path / "wide-region-1-0-returned.png").write_bytes(encoded(image()))
    run = gesso(
        "edit", wide, "--prompt", "x", "--mask-rect", "9,9,99,99", "--kept", tmp_path / "wide-region-1-0-returned.png",
        "--mock", "--out", tmp_path / "out",
    )  # fmt: skip
    assert run.status == 2 and "belongs to request 2 and this edit has 1" in run.errors
