#!/usr/bin/env python3
"""Writes animated GIF, WebP and PNG files of every disposal and blending, and beside each the frames as Pillow shows them;
for PNG, where Pillow restores another canvas than the specification says, by the rules of the specification (PNG 3rd
edition, 11.3.6.2), with the frames alone decoded by Pillow.

`NAME-KIND.pam` has all frames of NAME.KIND, one below the other, RGBA; `NAME-KIND.txt` the milliseconds of each, and in its
last line the loop count as Pillow reads it from the file (`-` for none).

    python3 make.py FOLDER      needs pillow 13 and numpy
"""
import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

folder = Path(sys.argv[1])
WIDTH, HEIGHT = 60, 40


def golden(name, data):
    path = folder / name
    path.write_bytes(data)
    image = Image.open(io.BytesIO(data))
    frames, times = [], []
    for index in range(image.n_frames):
        image.seek(index)
        frames.append(np.asarray(image.convert("RGBA")))
        times.append(str(round(image.info.get("duration", 0))))
    if name.endswith("png"):
        frames = png_frames(data)
    stack = np.concatenate(frames)
    # Colors that are not seen may differ.
    stack[stack[..., 3] == 0] = 0
    stem = name.replace(".", "-")
    head = f"P7\nWIDTH {stack.shape[1]}\nHEIGHT {stack.shape[0]}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    (folder / f"{stem}.pam").write_bytes(head.encode() + stack.tobytes())
    image.seek(0)
    (folder / f"{stem}.txt").write_text("\n".join(times + [str(image.info.get("loop", "-"))]) + "\n")


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_frames(data):
    header, controls, at = b"", [], 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        at += 12 + length
        if kind == b"IHDR":
            header = body
        elif kind == b"fcTL":
            controls.append([struct.unpack(">IIIIIHHBB", body), b""])
        elif kind in (b"IDAT", b"fdAT"):
            controls[-1][1] += body[4 if kind == b"fdAT" else 0:]
    canvas, shown = np.zeros((HEIGHT, WIDTH, 4), np.uint8), []
    for (_, width, height, x, y, _, _, disposal, blend), content in controls:
        file = data[:8] + png_chunk(b"IHDR", struct.pack(">II", width, height) + header[8:])
        file += png_chunk(b"IDAT", content) + png_chunk(b"IEND", b"")
        frame = np.asarray(Image.open(io.BytesIO(file)).convert("RGBA"))
        before, place = canvas.copy(), canvas[y:y + height, x:x + width]
        # All frames here are opaque or transparent.
        drawn = frame[..., 3] == 255 if blend else np.ones(frame.shape[:2], bool)
        place[drawn] = frame[drawn]
        shown.append(canvas.copy())
        if disposal == 1:
            place[...] = 0
        elif disposal == 2:
            canvas = before
    return shown


def patch(width, height, color, hole=True, alpha=255):
    """A rectangle of one color, with a hole in the middle."""
    image = np.zeros((height, width, 4), np.uint8)
    image[...] = (*color, alpha)
    if hole:
        image[height // 4:-(height // 4), width // 4:-(width // 4)] = 0
    return Image.fromarray(image)


def backdrop():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return Image.fromarray(
        np.stack([x * 4, y * 6, (x + y) * 2, np.full_like(x, 255)], -1).astype(np.uint8))


FRAMES = [
    # x, y, image, milliseconds
    (0, 0, backdrop(), 100),
    (8, 6, patch(24, 20, (200, 30, 40)), 50),
    (20, 10, patch(24, 20, (30, 180, 60)), 250),
    (30, 2, patch(20, 30, (40, 60, 220)), 70),
    (4, 16, patch(30, 18, (220, 200, 40)), 30),
]


def gif(disposals, loops):
    def colors(image):
        indexed = image.convert("RGB").quantize(31, dither=Image.Dither.NONE)
        pixels = np.asarray(indexed).copy()
        pixels[np.asarray(image)[..., 3] == 0] = 31
        palette = (indexed.getpalette() + [0] * 96)[:93] + [0, 0, 0]
        return pixels, bytes(palette)

    data = b"GIF89a" + struct.pack("<2H3B", WIDTH, HEIGHT, 0, 0, 0)
    if loops is not None:
        data += b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loops) + b"\0"
    for (x, y, image, milliseconds), disposal in zip(FRAMES, disposals):
        pixels, palette = colors(image)
        out = io.BytesIO()
        still = Image.fromarray(pixels)
        still.putpalette(palette + bytes(768 - 96))
        still.save(out, "GIF", interlace=0, optimize=False)
        body = out.getvalue()
        start = body.rindex(b"\x2c" + struct.pack("<4H", 0, 0, *image.size))
        # The minimum code size of 8 bits needs a palette of 256 colors.
        table = palette + bytes(768 - 96)
        data += b"\x21\xf9\x04" + struct.pack("<BHB", disposal << 2 | 1, milliseconds // 10, 31) + b"\0"
        data += b"\x2c" + struct.pack("<4HB", x, y, *image.size, 0x87) + table + body[start + 10:-1]
    return data + b"\x3b"


def chunk(tag, body):
    return tag + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def webp(flags, loops, alpha=255):
    def three(value):
        return struct.pack("<I", value)[:3]

    body = chunk(b"VP8X", struct.pack("<I", 0x12) + three(WIDTH - 1) + three(HEIGHT - 1))
    body += chunk(b"ANIM", struct.pack("<IH", 0, loops))
    for (x, y, image, milliseconds), flag in zip(FRAMES, flags):
        if alpha < 255 and (x or y):
            array = np.asarray(image).copy()
            array[array[..., 3] > 0, 3] = alpha
            image = Image.fromarray(array)
        out = io.BytesIO()
        image.save(out, "WEBP", lossless=True, exact=True)
        place = three(x // 2) + three(y // 2) + three(image.width - 1) + three(image.height - 1)
        inner = out.getvalue()[12:]
        # Without the VP8X chunk that a still image may have.
        if inner[:4] == b"VP8X":
            inner = inner[18:]
        body += chunk(b"ANMF", place + three(milliseconds) + bytes([flag]) + inner)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def png(disposals, blends, loops):
    full = []
    for x, y, image, _ in FRAMES:
        canvas = Image.new("RGBA", (WIDTH, HEIGHT))
        canvas.paste(image, (x, y))
        full.append(canvas)
    out = io.BytesIO()
    full[0].save(
        out, "PNG", save_all=True, append_images=full[1:], duration=[f[3] for f in FRAMES], loop=loops,
        disposal=disposals, blend=blends)
    return out.getvalue()


folder.mkdir(exist_ok=True)
golden("keep.gif", gif([1, 1, 1, 1, 1], 0))
golden("background.gif", gif([1, 2, 2, 1, 2], 3))
golden("previous.gif", gif([1, 3, 3, 1, 3], None))
golden("mixed.gif", gif([2, 1, 3, 2, 1], 1))
golden("blend.webp", webp([0, 0, 0, 0, 0], 0, alpha=120))
golden("replace.webp", webp([2, 2, 2, 2, 2], 2))
golden("dispose.webp", webp([0, 1, 3, 0, 1], 1, alpha=200))
out = io.BytesIO()
stills = [Image.fromarray(np.roll(np.asarray(backdrop()), 5 * i, 1)) for i in range(4)]
stills[0].save(out, "WEBP", save_all=True, append_images=stills[1:], duration=40, quality=80)
golden("lossy.webp", out.getvalue())
golden("keep.png", png([0, 0, 0, 0, 0], [0, 1, 1, 1, 1], 0))
golden("mixed.png", png([0, 2, 1, 0, 2], [0, 1, 1, 0, 1], 2))
