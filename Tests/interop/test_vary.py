"""`gesso vary` on a server that has variations, and on one that has not."""

import json

import pytest
from conftest import image
from PIL import Image


@pytest.fixture(scope="module")
def legacy(serve, tmp_path_factory):
    path = tmp_path_factory.mktemp("behavior") / "behavior.json"
    path.write_text(json.dumps({"isLegacy": True}))
    return serve("--behavior", str(path))


CASES = [
    # A square image without options is a variation where there are any; all else is an edit.
    ((300, 300), [], False, "PNG"),
    ((300, 200), [], True, "PNG"),
    ((300, 300), ["--format", "webp", "--quality", "low", "--background", "opaque"], True, "WEBP"),
    ((640, 480), ["--format", "jpeg"], True, "JPEG"),
]


@pytest.mark.parametrize("is_legacy", [True, False])
@pytest.mark.parametrize("size, options, emulated, format", CASES)
def test_every_photograph_has_variations(gesso, legacy, mock_server, tmp_path, is_legacy, size, options, emulated, format):
    photo = tmp_path / "photo.jpg"
    image(size).save(photo)
    server = legacy if is_legacy else mock_server
    run = gesso(
        "vary", photo, *options, "--base-url", server.base_url, "--out", tmp_path / "out", OPENAI_API_KEY="sk-interop"
    )
    assert run.status == 0, run.errors
    assert run.report["emulated"] is (emulated or not is_legacy)
    [output] = run.report["outputs"]
    source = Image.open(output["path"])
    source.load()
    assert source.format == format
