"""Makes the inputs of the comparison from photographs: what every contender reads, encoded by Pillow.

    python inputs.py IMAGES_DIRECTORY INPUTS_DIRECTORY
"""

import base64
import io
import json
import sys
from pathlib import Path

import edits
from PIL import Image, ImageOps

LARGE = (4032, 3024)
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}


def tiled(photograph, size):
    """The photograph mirrored next to itself until it fills the size: no seams, nothing enlarged."""
    row = Image.new("RGB", (size[0], photograph.height))
    for index, x in enumerate(range(0, size[0], photograph.width)):
        row.paste(ImageOps.mirror(photograph) if index % 2 else photograph, (x, 0))
    result = Image.new("RGB", size)
    for index, y in enumerate(range(0, size[1], row.height)):
        result.paste(ImageOps.flip(row) if index % 2 else row, (0, y))
    return result


def with_alpha(image):
    """A soft disc of opacity: opaque, transparent and everything in between."""
    alpha = ImageOps.invert(Image.radial_gradient("L")).resize(image.size).point([min(255, max(0, 3 * v - 200)) for v in range(256)])
    image = image.convert("RGBA")
    image.putalpha(alpha)
    return image


def encoded(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def response(data):
    """A response of the Images API with one image."""
    usage = {"input_tokens": 50, "output_tokens": 1756, "total_tokens": 1806, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}}
    response = {
        "created": 1780000000, "background": "opaque", "data": [{"b64_json": base64.b64encode(data).decode()}],
        "output_format": "png", "quality": "medium", "size": "1024x1024", "usage": usage,
    }  # fmt: skip
    return json.dumps(response).encode()


def main():
    images, inputs = Path(sys.argv[1]), Path(sys.argv[2])
    paths = sorted(path for path in images.iterdir() if path.suffix.lower() in SUFFIXES)
    photographs = []
    (inputs / "png-images").mkdir(parents=True, exist_ok=True)
    for path in paths:
        image = ImageOps.exif_transpose(Image.open(path))
        write_image(inputs / "png-images" / path.name, image)
        # Cut-outs are no photographs from edge to edge.
        if image.mode in ("RGB", "L", "CMYK"):
            photographs.append(image.convert("RGB"))
    if not photographs:
        sys.exit(f"no opaque photographs in {images}")
    photographs = photographs[:4]

    for index, photograph in enumerate(photographs):
        write_inputs(inputs, photograph, index, (1024, 1024), LARGE)
    write_inputs(inputs / "tiny", photographs[0], 0, (64, 64), (96, 64))
    (inputs / "tiny/png-images").mkdir()
    write_image(inputs / "tiny/png-images/0", photographs[0].resize((64, 64)))


def write_image(path, image):
    """Any image as a PNG of 8 bits a channel, in its own layout and, up to 2048 pixels, its own size."""
    if image.mode not in ("L", "RGB", "RGBA"):
        image = image.convert("RGBA" if "A" in image.mode or "transparency" in image.info else "RGB")
    image.thumbnail((2048, 2048))
    image.info.pop("icc_profile", None)
    path.write_bytes(encoded(image, "PNG"))


def write_inputs(inputs, photograph, index, small_size, large_size):
    def write(kind, data, name=f"{index}"):
        (inputs / kind).mkdir(parents=True, exist_ok=True)
        (inputs / kind / name).write_bytes(data)

    small = tiled(photograph, small_size)
    png = encoded(small, "PNG")
    write("png-rgb-1024", png)
    write("png-rgba-1024", encoded(with_alpha(small), "PNG"))
    write("response-1024", response(png))
    if index > 0:
        return
    large = tiled(photograph, large_size)
    large_png = encoded(large, "PNG")
    write("png-rgb-12mp", large_png)
    write("png-rgba-12mp", encoded(with_alpha(large), "PNG"))
    write("jpeg-12mp", encoded(large, "JPEG", quality=90))
    # 2.5 MB of base64.
    write("base64-bytes", large_png[:1_875_000])
    write("base64-text", base64.b64encode(large_png[:1_875_000]))
    write("response-large", response(large_png[:1_875_000]))
    if large_size == LARGE:
        edits.write_inputs(photograph, tiled, lambda name, image: write("edit-12mp", encoded(image, "PNG", compress_level=1), name))


if __name__ == "__main__":
    main()
