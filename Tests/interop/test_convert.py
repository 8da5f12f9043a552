"""`convert`, `finish` and `inspect` on files: pixels, metadata and content credentials, checked with Pillow and by bytes."""

import base64
import io
import json

import pytest
from PIL import ExifTags, Image

from conftest import ROOT, decoded, encoded, image

FIXTURES = ROOT / "Tests/Fixtures"
CARRIED = ["carried.jpg", "carried.png", "carried.webp"]
SIGNED = ["signed.png", "signed.jpg", "signed.webp", "signed-long.jpg"]


def convert(gesso, source, target, *options):
    run = gesso("convert", source, target, *options)
    assert run.status == 0, run.errors
    return target.read_bytes(), run.report


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
@pytest.mark.parametrize("name", CARRIED)
def test_metadata_by_default(gesso, tmp_path, name, suffix):
    data, report = convert(gesso, FIXTURES / "metadata" / name, tmp_path / f"out.{suffix}")
    image = decoded(data)
    # The source is rotated by 90 degrees.
    assert image.size == (32, 48)
    assert b"CANARY" not in data
    assert set(image.getexif()) == {ExifTags.Base.Artist, ExifTags.Base.Copyright, ExifTags.Base.Orientation}
    assert image.getexif()[ExifTags.Base.Orientation] == 1
    assert image.getexif()[ExifTags.Base.Copyright] == "(c) 2026 Somebody"
    assert b"digitalsourcetype/trainedAlgorithmicMedia" in data
    assert report["metadata"]["kept"] == ["exif", "xmp"] and "gps" in report["metadata"]["removed"]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
@pytest.mark.parametrize("name", CARRIED)
def test_metadata_kept(gesso, tmp_path, name, suffix):
    data, report = convert(gesso, FIXTURES / "metadata" / name, tmp_path / f"out.{suffix}", "--metadata", "keep", "--resize", "24x24")
    exif = decoded(data).getexif()
    assert exif[ExifTags.Base.Make] == "CANARY maker" and exif[ExifTags.Base.Orientation] == 1
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    assert (inner[ExifTags.Base.ExifImageWidth], inner[ExifTags.Base.ExifImageHeight]) == decoded(data).size
    assert inner[ExifTags.Base.ColorSpace] == 1
    assert exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] == (48.0, 12.0, 0.0)
    assert not exif.get_ifd(ExifTags.IFD.IFD1) and b"CANARY thumbnail" not in data
    assert b"CANARY tool" in data and b"tiff:Orientation" not in data
    assert {"exif", "gps", "xmp"} <= set(report["metadata"]["kept"])


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
@pytest.mark.parametrize("name", CARRIED)
def test_metadata_stripped(gesso, tmp_path, name, suffix):
    data, report = convert(gesso, FIXTURES / "metadata" / name, tmp_path / f"out.{suffix}", "--metadata", "stripAll")
    assert not decoded(data).getexif() and b"CANARY" not in data and b"xmpmeta" not in data
    assert report["metadata"]["kept"] == []


def test_profile_kept_on_request(gesso, tmp_path):
    source = ROOT / "Sources/gesso-cli/Photographs/brushes-display-p3.jpg"
    data, _ = convert(gesso, source, tmp_path / "p3.webp", "--keep-profile", "--lossless", "--resize", "200x200")
    plain, _ = convert(gesso, source, tmp_path / "srgb.webp", "--lossless", "--resize", "200x200")
    assert decoded(data).info.get("icc_profile") and not decoded(plain).info.get("icc_profile")
    assert gesso("convert", source, tmp_path / "x.png", "--keep-profile", "--metadata", "stripAll").status == 64


@pytest.mark.parametrize("name", SIGNED)
def test_content_credentials_leave_with_the_bytes(gesso, tmp_path, name):
    source = FIXTURES / "credentials" / name
    inspected = gesso("inspect", source).report
    assert inspected["provenance"]["claimGenerator"] == "Test Painter 1.5"
    assert inspected["provenance"]["signer"]["organization"] == "Grün & Söhne"
    for policy in ["stripPrivate", "stripAll", "keep"]:
        for suffix in ["png", "jpg", "webp"]:
            data, report = convert(gesso, source, tmp_path / f"{policy}.{suffix}", "--metadata", policy)
            assert b"jumb" not in data and b"c2pa" not in data
            assert "c2pa" in report["metadata"]["removed"]
            assert report["outputs"][0]["contentCredentials"] == "removed"
            assert report["provenance"]["signer"]["commonName"] == "Picture Signer"
            assert "content credentials" in report["notes"][0] and "not verified" in report["notes"][0]


def saved_response(tmp_path, data):
    path = tmp_path / "response.json"
    path.write_text(json.dumps({"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]}))
    return path


@pytest.mark.parametrize("name", [*SIGNED, "../codecs/anim.gif", "../codecs/drawing.svg"])
def test_responses_are_unchanged(gesso, tmp_path, name):
    source = (FIXTURES / "credentials" / name).read_bytes()
    run = gesso("finish", saved_response(tmp_path, source), "--thumbnail", "16x16:png", "--out", tmp_path / "out")
    assert run.status == 0, run.errors
    files = [(tmp_path / "out" / output["path"]).read_bytes() for output in run.report["outputs"]]
    assert files[0] == source
    if name in SIGNED:
        assert [output["contentCredentials"] for output in run.report["outputs"]] == ["kept", "removed"]
        assert b"c2pa" not in files[1] and "thumbnails" in run.report["notes"][0]
    elif name.endswith(".svg"):
        assert len(files) == 1 and "no thumbnails" in run.report["notes"][0]
    else:
        assert max(decoded(files[1]).size) == 16


@pytest.mark.parametrize("colors, kind", [(2, (1, 3)), (16, (4, 3)), (200, (8, 3))])
def test_png_is_reduced_exactly(gesso, tmp_path, colors, kind):
    source = image((300, 200)).quantize(colors).convert("RGBA")
    (tmp_path / "in.png").write_bytes(encoded(source))
    for options in [[], ["--effort", "small"]]:
        data, _ = convert(gesso, tmp_path / "in.png", tmp_path / "out.png", "--force", *options)
        assert decoded(data).convert("RGBA").tobytes() == source.tobytes()
        assert (data[24], data[25]) == kind
    kept, _ = convert(gesso, tmp_path / "in.png", tmp_path / "kept.png", "--keep-layout")
    assert decoded(kept).mode == "RGBA" and decoded(kept).tobytes() == source.tobytes()


def test_encoder_options(gesso, tmp_path):
    (tmp_path / "in.png").write_bytes(encoded(image((300, 200))))

    def out(suffix, *options):
        return convert(gesso, tmp_path / "in.png", tmp_path / f"out.{suffix}", "--force", *options)[0]

    assert decoded(out("jpg", "--progressive")).info.get("progressive")
    assert not decoded(out("jpg")).info.get("progressive")
    for words, factors in [("4:4:4", (1, 1)), ("4:2:2", (2, 1)), ("4:2:0", (2, 2))]:
        assert decoded(out("jpg", "--subsampling", words)).layer[0][1:3] == factors
    exact = out("webp", "--lossless")
    near = out("webp", "--near-lossless", "20")
    assert decoded(exact).tobytes() == image((300, 200)).tobytes()
    differences = [abs(a - b) for a, b in zip(decoded(near).tobytes(), decoded(exact).tobytes())]
    assert 0 < max(differences) <= 32
    assert len(out("webp", "--lossless", "--effort", "9")) < len(exact)
    assert len(out("webp", "--effort", "6")) < len(out("webp", "--effort", "0"))
    for suffix, option in [("png", "--progressive"), ("jpg", "--lossless"), ("webp", "--keep-layout"), ("jpg", "--effort=small")]:
        assert gesso("convert", tmp_path / "in.png", tmp_path / f"no.{suffix}", option).status == 64


@pytest.mark.parametrize("suffix, options", [
    ("jpg", []), ("jpg", ["--progressive"]), ("webp", []), ("webp", ["--lossless"]), ("png", []),
    ("png", ["--metadata", "keep"]), ("jpg", ["--metadata", "keep"]),
])  # fmt: skip
@pytest.mark.parametrize("limit", [3_000, 20_000, 60_000])
def test_byte_limit_is_kept(gesso, tmp_path, suffix, options, limit):
    source = io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Copyright] = "x" * 900
    image((500, 400)).save(source, "PNG", exif=exif)
    (tmp_path / "in.png").write_bytes(source.getvalue())
    data, report = convert(gesso, tmp_path / "in.png", tmp_path / f"out.{suffix}", "--max-bytes", str(limit), *options)
    assert len(data) <= limit and report["outputs"][0]["bytes"] == len(data)
    assert decoded(data).size == (report["outputs"][0]["width"], report["outputs"][0]["height"])


def test_first_frame_of_a_gif(gesso, tmp_path):
    source = FIXTURES / "gif/animated.gif"
    data, _ = convert(gesso, source, tmp_path / "out.png")
    assert decoded(data).convert("RGBA").tobytes() == Image.open(source).convert("RGBA").tobytes()
    inspected = gesso("inspect", source).report
    assert (inspected["format"], inspected["frameCount"]) == ("gif", 3)
