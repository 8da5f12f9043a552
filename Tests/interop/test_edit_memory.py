"""A 48-megapixel photograph and a small mask: only one window is sent, and the program's memory stays below its limit.

The mock server runs in a process of its own, so that what is measured is the edit alone.
"""

import json
import subprocess
import tempfile
import time

import pytest
from conftest import ENVIRONMENT, GESSO, PHOTOGRAPHS, Recorder
from PIL import Image, ImageOps

SIZE = (8000, 6000)
DECODED = SIZE[0] * SIZE[1] * 3
BOUND = DECODED + 200 * 2**20
MASKS = {
    "one region": ["--mask-ellipse", "3000,2000,500,400"],
    "two regions": ["--mask-rect", "300,400,300,200", "--mask-ellipse", "6800,5000,400,400", "--regions", "apart"],
}


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    image = ImageOps.exif_transpose(Image.open(PHOTOGRAPHS / "dogs-phone.jpg")).convert("RGB").resize(SIZE)
    for turn in (1, 6):
        exif = Image.Exif()
        exif[0x0112] = turn
        image.save(folder / f"turn-{turn}.jpg", quality=88, exif=exif)
    return folder


def high_water(pid):
    """The most memory of a process that was resident so far; 0 once it has ended."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def peak(*arguments):
    """The report of one run of the program, and the most memory that was resident, read until it ends.

    Not ru_maxrss: a child's begins with what its parent had when it was made.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [GESSO, *map(str, arguments), "--json"], stdout=output, stderr=errors,
            env={**ENVIRONMENT, "OPENAI_API_KEY": "sk-interop"},
        )  # fmt: skip
        most = 0
        while process.poll() is None:
            most = max(most, high_water(process.pid))
            time.sleep(0.002)
        output.seek(0), errors.seek(0)
        assert process.returncode == 0, errors.read().decode()
        return json.load(output), most


@pytest.mark.parametrize("output", ["png", "same format"])
@pytest.mark.parametrize("turn", [1, 6])
@pytest.mark.parametrize("mask", MASKS)
def test_memory_is_bounded_by_the_decoded_original(photographs, serve, tmp_path, output, turn, mask):
    server = serve("--drift", "6", "--shift", "1.5,-1")
    report, bytes = peak(
        "edit", photographs / f"turn-{turn}.jpg", "--prompt", "x", *MASKS[mask], "--base-url", server.base_url, "--out",
        tmp_path, *(["--same-format"] if output == "same format" else []),
    )  # fmt: skip
    print(f"\n{mask}, orientation {turn}, {output}: {bytes / 2**20:.0f} of {BOUND / 2**20:.0f} MiB")
    assert report["audit"]["changedPixelsOutside"] == 0
    assert bytes <= BOUND


def test_no_more_than_the_window_is_sent(photographs, serve, tmp_path):
    recorder = Recorder(serve().port)
    report, _ = peak(
        "edit", photographs / "turn-6.jpg", "--prompt", "x", *MASKS["one region"], "--base-url", recorder.base_url, "--out",
        tmp_path,
    )  # fmt: skip
    window = report["preparation"]["requests"][0]["window"]
    sent = sum(len(body) for _, _, body in recorder.requests)
    assert len(recorder.requests) == 1
    assert window["width"] * window["height"] < 0.05 * SIZE[0] * SIZE[1]
    # Not even as many bytes as the window has samples.
    assert sent <= window["width"] * window["height"] * 3
