#!/usr/bin/env python3
"""Makes the photographs that `gesso demo` uses, from their originals.

    apt-get download lomiri-wallpapers-16.04          # Debian 12 or later
    dpkg-deb -x lomiri-wallpapers-16.04_*.deb originals
    python3 Scripts/test-images.py originals/usr/share/backgrounds

Needs Pillow 13 or later. Nothing is enlarged. Sources, authors and licences: Sources/gesso-cli/Photographs/LICENSES.md.
"""

import io
import struct
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFilter

OUT = Path(__file__).resolve().parent.parent / "Sources/gesso-cli/Photographs"


def scaled(path, long_edge):
    image = Image.open(path).convert("RGB")
    factor = min(1, long_edge / max(image.size))
    return image.resize([round(side * factor) for side in image.size], Image.Resampling.LANCZOS)


def phone(path):
    """A portrait as a phone stores it: turned on its side, with orientation 6, the camera and the place."""
    stored = scaled(path, 2016).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x010F] = "Gesso"  # Make
    exif[0x0110] = "Pocket Camera 1"  # Model
    exif[0x0112] = 6  # Orientation: turn clockwise by 90 degrees
    exif[0x0132] = "2018:05:12 10:31:07"  # DateTime
    gps = exif.get_ifd(0x8825)
    gps[0] = b"\x02\x03\x00\x00"
    gps[1], gps[2] = "N", (43.0, 15.0, 47.125)
    gps[3], gps[4] = "W", (2.0, 55.0, 37.875)
    gps[18] = "WGS-84"
    gps[28] = b"ASCII\x00\x00\x00GESSO-PLACE-MUST-NOT-LEAVE"  # GPSAreaInformation, easy to search for
    stored.save(OUT / "dogs-phone.jpg", quality=88, subsampling="4:2:0", exif=exif)


def display_p3_profile():
    """A Display P3 profile (SMPTE EG 432-1 primaries, D65, sRGB curve), written out as ICC.1:2001-04 asks."""

    def s15(value):
        return struct.pack(">i", round(value * 65536))

    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(map(s15, values))

    text = b"Display P3\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(8 + 2 + 1 + 67)
    rights = b"text\0\0\0\0No copyright, use freely\0"
    steps = 1024
    linear = lambda v: v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
    curve = b"curv\0\0\0\0" + struct.pack(">I", steps)
    curve += b"".join(struct.pack(">H", round(linear(i / (steps - 1)) * 65535)) for i in range(steps))
    # Colorants adapted to D50 by Bradford.
    tags = {
        b"desc": description, b"cprt": rights, b"wtpt": xyz(0.96420, 1.0, 0.82491),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105), b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.15710, 0.06657, 0.78407), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }  # fmt: skip
    table, body, places = struct.pack(">I", len(tags)), b"", {}
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        if data not in places:
            body += bytes(-len(body) % 4)
            places[data] = start + len(body)
            body += data
        table += name + struct.pack(">II", places[data], len(data))
    body += bytes(-len(body) % 4)
    header = struct.pack(">I4sI4s4s4s", start + len(body), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s4sI", 2018, 1, 1, 0, 0, 0, b"acsp", bytes(4), 0) + bytes(8 + 8 + 4)
    header += s15(0.96420) + s15(1.0) + s15(0.82491)
    return (header + bytes(128 - len(header))) + table + body


def wide_gamut(path):
    """Display P3: the photograph's own colors, with those that reach sRGB's border pushed a little beyond it."""
    image = scaled(path, 1365)
    profile = display_p3_profile()
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    in_p3 = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), target)
    # Where two channels lie far apart, part of the way back to the numbers of sRGB: the same numbers are stronger
    # colors in Display P3.
    red, green, blue = image.split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    least = ImageChops.darker(ImageChops.darker(red, green), blue)
    strong = ImageChops.subtract(most, least).point([max(0, min(255, (v - 110) * 3)) for v in range(256)])
    wide = Image.composite(image, in_p3, strong.filter(ImageFilter.GaussianBlur(4)))
    wide.save(OUT / "brushes-display-p3.jpg", quality=82, subsampling="4:4:4", icc_profile=profile)


def cut_out(path):
    """The bowl alone, on transparency."""
    image = scaled(path, 1504)
    red, green, blue = image.split()
    # Strongly red is bowl; what the bowl encloses belongs to it.
    reddish = ImageChops.subtract(red, ImageChops.lighter(green, blue)).point([255 * (v > 46) for v in range(256)])
    reddish = reddish.filter(ImageFilter.MedianFilter(9)).filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.MinFilter(9))
    outside = reddish.copy()
    ImageDraw.floodfill(outside, (0, 0), 128)
    for corner in [(image.width - 1, 0), (0, image.height - 1), (image.width - 1, image.height - 1)]:
        if outside.getpixel(corner) == 0:
            ImageDraw.floodfill(outside, corner, 128)
    # Of what is not outside, only the piece in the middle.
    inside = outside.point([255 * (v != 128) for v in range(256)])
    ImageDraw.floodfill(inside, (inside.width // 2, inside.height // 2), 128)
    alpha = inside.point([255 * (v == 128) for v in range(256)])
    alpha = alpha.filter(ImageFilter.MinFilter(3)).filter(ImageFilter.GaussianBlur(1.2))
    result = image.convert("RGBA")
    result.putalpha(alpha)
    # Nothing hides under alpha 0, and nothing of it needs bytes.
    empty = Image.new("RGBA", result.size)
    result = Image.composite(result, empty, alpha.point([255 * (v > 0) for v in range(256)]))
    box = alpha.getbbox()
    margin = 24
    box = (max(0, box[0] - margin), max(0, box[1] - margin), min(result.width, box[2] + margin), min(result.height, box[3] + margin))
    result.crop(box).save(OUT / "bowl-cutout.png", optimize=True)


def main():
    originals = Path(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(__doc__)
    phone(originals / "friends_by_Aitzol_Berasategi.jpg")
    wide_gamut(originals / "Image_1A_by_freespace.jpg")
    cut_out(originals / "Image_0B_by_freespace.jpg")
    scaled(originals / "seeding_by_Clements_Engelhardt.jpg", 1920).save(OUT / "dandelions.webp", quality=86, method=6)
    for path in sorted(OUT.iterdir()):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
