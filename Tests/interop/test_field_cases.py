"""Kinds of files on which image libraries were found wrong in the field: right values from Pillow and exiftool."""

import json
import shutil
import subprocess

import pytest
from PIL import Image, ImageCms

from conftest import ROOT, decoded

CASES = ROOT / "Tests/Fixtures/cases"
needs_exiftool = pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is missing")


def convert(gesso, name, target, *options):
    run = gesso("convert", CASES / name, target, *options)
    assert run.status == 0, run.errors
    return target.read_bytes(), run.report


def exiftool(path):
    run = subprocess.run(["exiftool", "-j", "-a", "-G1", "-b", str(path)], capture_output=True, check=True)
    return json.loads(run.stdout)[0]


@pytest.mark.parametrize("name", ["sos_params_zero.jpg", "junk16_before_eoi.jpg", "pal_trns_too_long.png"])
def test_blemishes(gesso, tmp_path, name):
    data, report = convert(gesso, name, tmp_path / "out.png")
    assert report["warnings"]
    assert decoded(data).convert("RGBA").tobytes() == Image.open(CASES / name).convert("RGBA").tobytes()
    strict = gesso("convert", CASES / name, tmp_path / "strict.png", "--decode", "strict")
    assert strict.status != 0 and not (tmp_path / "strict.png").exists()


def test_lenient(gesso, tmp_path):
    whole = (CASES / "base.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) * 7 // 10])
    assert gesso("convert", tmp_path / "cut.jpg", tmp_path / "a.png").status != 0
    run = gesso("convert", tmp_path / "cut.jpg", tmp_path / "b.png", "--decode", "lenient")
    assert run.status == 0 and any("rows from" in warning for warning in run.report["warnings"])
    inspected = gesso("inspect", tmp_path / "cut.jpg", "--decode", "lenient")
    assert any("rows from" in warning for warning in inspected.report["warnings"])


@pytest.mark.parametrize(
    "name", ["exif_ztxt_orient6.png", "exif_two_blocks.jpg", "xmp_orient6.jpg"])
def test_orientation(gesso, tmp_path, name):
    data, _ = convert(gesso, name, tmp_path / "out.png")
    upright = Image.open(CASES / name).convert("RGB").transpose(Image.Transpose.ROTATE_270)
    assert decoded(data).convert("RGB").tobytes() == upright.tobytes()


def test_gray_profile_with_alpha(gesso, tmp_path):
    name = "la_icc_gamma1.8.png"
    source = Image.open(CASES / name)
    data, _ = convert(gesso, name, tmp_path / "out.png")
    gray = source.getchannel("L")
    gray.info["icc_profile"] = source.info["icc_profile"]
    with open(tmp_path / "gray.icc", "wb") as file:
        file.write(source.info["icc_profile"])
    managed = ImageCms.profileToProfile(
        gray, str(tmp_path / "gray.icc"), ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB", flags=ImageCms.Flags.BLACKPOINTCOMPENSATION)
    ours = decoded(data).convert("RGBA")
    worst = max(
        abs(a - b) for a, b in zip(ours.convert("RGB").tobytes(), managed.tobytes()))
    assert worst <= 2
    assert ours.getchannel("A").tobytes() == source.getchannel("A").tobytes()


def test_kept_gray_profile(gesso, tmp_path):
    data, report = convert(gesso, "la_icc_gamma1.8.png", tmp_path / "out.png", "--keep-profile")
    image = decoded(data)
    assert image.mode == "LA" and image.info["icc_profile"][16:20] == b"GRAY" and not report["warnings"]
    data, report = convert(gesso, "gray_with_adobergb.jpg", tmp_path / "out.jpg", "--keep-profile")
    assert "icc_profile" not in decoded(data).info and any("profile" in warning for warning in report["warnings"])


@needs_exiftool
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("name", ["private_all.jpg", "thumb_strip.jpg"])
def test_no_thumbnail_survives(gesso, tmp_path, name, suffix):
    target = tmp_path / f"out.{suffix}"
    convert(gesso, name, target, "--metadata", "keep")
    tags = exiftool(target)
    images = [tag for tag in tags if any(word in tag for word in ["Thumbnail", "Preview", "Strip", "JpgFromRaw"])]
    assert not images
    assert tags["IFD0:Artist"] == "A. Artist" and any(tag.startswith("GPS:") for tag in tags)
    if name == "private_all.jpg" and suffix != "webp":
        assert tags["IPTC:City"] == "Teststadt" and "Comment: home address" in tags.values()


def test_metadata_over_the_limit(gesso, tmp_path):
    run = gesso(
        "convert", CASES / "private_all.jpg", tmp_path / "out.jpg", "--metadata", "keep", "--max-bytes", "3000")
    assert run.status != 0 and "metadata" in run.errors and not (tmp_path / "out.jpg").exists()


def test_inspect(gesso):
    assert "gps" in gesso("inspect", CASES / "xmp_gps_only.jpg").report["metadata"]
    assert any("video" in warning for warning in gesso("inspect", CASES / "motion_photo.jpg").report["warnings"])
