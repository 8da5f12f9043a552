"""Makes one small JPEG for each way of coding that a JPEG patch must keep.

Needs Pillow and libjpeg-turbo's cjpeg. Usage: python make_fixtures.py ../../../Sources/gesso-cli/Photographs
"""

import pathlib
import subprocess
import sys

from PIL import Image

here = pathlib.Path(__file__).parent
photograph = Image.open(pathlib.Path(sys.argv[1]) / "dandelions.webp").convert("RGB")
side = min(photograph.size)
# Sides that are a multiple of no MCU's, and strong color so that chroma matters.
image = photograph.crop((0, 0, side, side * 61 // 83)).resize((83, 61), Image.Resampling.LANCZOS)
pixels = image.load()
for y in range(61):
    for x in range(83):
        r, g, b = pixels[x, y]
        if (x // 9 + y // 7) % 3 == 0:
            pixels[x, y] = (min(255, r + 60), g // 2, min(255, b + x))

samplings = {
    "444": "1x1", "422": "2x1", "440": "1x2", "420": "2x2", "411": "4x1", "410": "4x2",
    # A component of its own sampling each, the first not the finest.
    "mixed": "1x2,2x1,1x1",
}


def encode(name, *arguments, scans=None):
    if scans:
        script = here / "scans.tmp"
        script.write_text(scans)
        arguments += ("-scans", str(script))
    result = subprocess.run(
        ["cjpeg", "-dct", "int", *arguments], input=ppm, stdout=subprocess.PIPE, check=True)
    (here / f"{name}.jpg").write_bytes(result.stdout)
    if scans:
        script.unlink()


ppm = b"P6\n83 61\n255\n" + image.tobytes()
for name, sampling in samplings.items():
    encode(f"{name}-baseline", "-quality", "80", "-sample", sampling)
    encode(f"{name}-progressive", "-quality", "80", "-sample", sampling, "-progressive")
for coding in ["baseline", "progressive"]:
    flags = ["-progressive"] if coding == "progressive" else []
    encode(f"gray-{coding}", "-quality", "85", "-grayscale", *flags)
    encode(f"rgb-{coding}", "-quality", "85", "-rgb", *flags)
    encode(f"arithmetic-{coding}", "-quality", "75", "-sample", "2x2", "-arithmetic", *flags)
    encode(f"restarts-{coding}", "-quality", "75", "-sample", "2x2", "-restart", "2B", *flags)
# 16-bit quantizers (extended sequential), and one scan for each component.
encode("coarse-baseline", "-quality", "3", "-sample", "2x2")
encode("scans-baseline", "-quality", "80", "-sample", "2x2", scans="0;\n1;\n2;\n")
# An order of scans that is not libjpeg's own.
encode(
    "scans-progressive", "-quality", "80", "-sample", "2x2",
    scans="0: 0-0, 0, 2;\n1 2: 0-0, 0, 0;\n0: 1-9, 0, 1;\n0: 10-63, 0, 0;\n0: 1-9, 1, 0;\n"
    "1: 1-63, 0, 0;\n2: 1-63, 0, 0;\n0: 0-0, 2, 1;\n0: 0-0, 1, 0;\n")
cmyk = Image.new("CMYK", (24, 16), (10, 100, 200, 30))
cmyk.save(here / "cmyk.jpg", quality=80)
