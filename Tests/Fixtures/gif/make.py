#!/usr/bin/env python3
"""Makes the files of this folder: make.py OUT   (needs Pillow 13)

GIFs of every kind, written by Pillow or by hand, and beside each the RGBA of its first frame as Pillow reads it
(NAME.pam), transparent outside of the frame. Never make them anew to let a test pass."""
import io, os, struct, sys
from PIL import Image

OUT = sys.argv[1]


def put(name, data):
    with open(os.path.join(OUT, name), 'wb') as file: file.write(data)


def golden(name, rgba):
    w, h = rgba.size
    put(name + '.pam', f'P7\nWIDTH {w}\nHEIGHT {h}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n'.encode()
        + rgba.tobytes())


def made(name, image, **options):
    file = io.BytesIO()
    image.save(file, 'GIF', **options)
    put(name + '.gif', file.getvalue())
    golden(name, Image.open(io.BytesIO(file.getvalue())).convert('RGBA'))


gradient = Image.radial_gradient('L').resize((61, 47)).convert('RGB')
gradient.paste((200, 30, 90), (5, 5, 30, 20))
indexed = gradient.quantize(200)
made('plain', indexed, interlace=0)
made('interlaced', indexed, interlace=1)
made('transparent', indexed, transparency=indexed.getpixel((10, 10)), interlace=0)
made('animated', indexed, save_all=True, append_images=[indexed.rotate(90), indexed.rotate(180)], duration=80)
for colors in (2, 3, 7, 16): made(f'colors{colors}', gradient.quantize(colors), interlace=0)
made('tiny', Image.new('P', (1, 1), 1), interlace=0)
# Noise fills the table of codes several times over.
made('noise', Image.effect_noise((150, 90), 90).convert('P'), interlace=0)


def frame(x, y, image, palette, interlace=False):
    """One frame with its own palette, out of a file that Pillow wrote."""
    file = io.BytesIO()
    image.save(file, 'GIF', interlace=0)
    data = file.getvalue()
    start = data.rindex(b'\x2c' + struct.pack('<4H', 0, 0, *image.size))
    bits = data[10] & 7
    colors = data[13:13 + 3 * 2 ** (bits + 1)]
    body = data[start + 10:]
    return b'\x2c' + struct.pack('<4HB', x, y, *image.size, 0x80 | bits if palette else 0) + (colors if palette else b'') + body


# A frame with a palette of its own, smaller than the canvas.
small = gradient.crop((0, 0, 20, 12)).quantize(30)
put('placed.gif', b'GIF89a' + struct.pack('<2H3B', 40, 30, 0, 0, 0) + frame(7, 9, small, True))
canvas = Image.new('RGBA', (40, 30))
canvas.paste(small.convert('RGBA'), (7, 9))
golden('placed', canvas)
# A screen of no size: the frame makes it.
put('no-screen.gif', b'GIF87a' + struct.pack('<2H3B', 0, 0, 0, 0, 0) + frame(0, 0, small, True))
golden('no-screen', small.convert('RGBA'))
