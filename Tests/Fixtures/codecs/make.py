#!/usr/bin/env python3
"""Makes the files of this folder anew: make.py OUT   (needs Pillow, and cjpeg, djpeg, dwebp on the PATH)

Images are computed, so no photograph and no license is involved. Each file NAME.EXT has its expected pixels in
NAME.pam (stored orientation, no color conversion), written without our code: PNG from the samples that were stored,
by the rules of the PNG specification; JPEG by djpeg -dct int; WebP by dwebp or Pillow.
Never run this to make a test pass: a golden that changes is a finding."""
import io, os, struct, subprocess, sys, zlib
from PIL import Image, ImageCms

OUT = sys.argv[1]
os.makedirs(OUT, exist_ok=True)


def put(name, data):
    with open(os.path.join(OUT, name), 'wb') as f:
        f.write(data)


def pam(width, height, depth, maxval, data):
    kind = {1: 'GRAYSCALE', 3: 'RGB', 4: 'RGB_ALPHA'}[depth]
    return f'P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL {maxval}\nTUPLTYPE {kind}\nENDHDR\n'.encode() + data


class Noise:
    """A small generator that every language can repeat."""
    def __init__(self, seed): self.state = seed
    def next(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & (2 ** 64 - 1)
        return (self.state >> 33) % bound


# PNG ------------------------------------------------------------------------------------------------------------

def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def pack(samples, depth):
    if depth == 16: return b''.join(struct.pack('>H', s) for s in samples)
    if depth == 8: return bytes(samples)
    out, per = bytearray(), 8 // depth
    for i in range(0, len(samples), per):
        byte = 0
        for k in range(per):
            byte = byte << depth | (samples[i + k] if i + k < len(samples) else 0)
        out.append(byte)
    return bytes(out)


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def filtered(rows, step):
    out, above = b'', None
    for y, row in enumerate(rows):
        kind = y % 5
        up = above or bytes(len(row))
        line = bytearray()
        for i, x in enumerate(row):
            a = row[i - step] if i >= step else 0
            c = up[i - step] if i >= step else 0
            guess = [0, a, up[i], (a + up[i]) // 2, paeth(a, up[i], c)][kind]
            line.append((x - guess) & 255)
        out += bytes([kind]) + bytes(line)
        above = row
    return out


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(width, height, depth, color, pixels, interlaced=False, before=b'', after=b''):
    """`pixels` is a list of rows of tuples of samples."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    step = max(1, channels * depth // 8)
    def rows_of(x0, y0, dx, dy):
        return [pack([s for x in range(x0, width, dx) for s in pixels[y][x]], depth)
                for y in range(y0, height, dy) if x0 < width]
    passes = [rows_of(*p) for p in ADAM7] if interlaced else [rows_of(0, 0, 1, 1)]
    raw = b''.join(filtered(rows, step) for rows in passes)
    stream = zlib.compress(raw, 9)
    half = len(stream) // 2
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, color, 0, 0, interlaced))
            + before + chunk(b'IDAT', stream[:half]) + chunk(b'IDAT', stream[half:]) + after + chunk(b'IEND', b''))


def expand(depth, color, pixel, key, palette, alphas):
    """Samples of one pixel as stored -> (channels, 8-bit samples), by the specification; 16-bit ones are rounded."""
    top = 2 ** depth - 1
    def eight(s): return (s * 255 + top // 2) // top
    if color == 3:
        i = pixel[0]
        rgb = palette[i]
        return rgb + ((alphas[i] if i < len(alphas) else 255),) if alphas is not None else rgb
    values = tuple(eight(s) for s in pixel)
    if color in (4, 6):
        return (values[0],) * 3 + (values[1],) if color == 4 else values
    if key is None: return values
    alpha = (0 if pixel == key else 255,)
    return (values * 3 if color == 0 else values) + alpha


def make_png(name, depth, color, interlaced=False, keyed=False, width=37, height=29):
    noise, top = Noise(len(name) * 77 + depth + color), 2 ** depth - 1
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    def sample(x, y, c):
        smooth = (x * (c + 2) + y * 3) * top // 150 + noise.next(max(1, top // 16) + 1)
        return min(top, smooth)
    pixels = [[tuple(sample(x, y, c) for c in range(channels)) for x in range(width)] for y in range(height)]
    before, key, palette, alphas = b'', None, None, None
    if color == 3:
        palette = [tuple(noise.next(256) for _ in range(3)) for _ in range(top + 1)]
        before += chunk(b'PLTE', bytes(v for p in palette for v in p))
        if keyed:
            alphas = [noise.next(256) for _ in range((top + 1) * 2 // 3)]
            before += chunk(b'tRNS', bytes(alphas))
    elif keyed:
        key = pixels[height // 2][width // 2]
        before += chunk(b'tRNS', b''.join(struct.pack('>H', s) for s in key))
        for i in range(5): pixels[3 * i][2 * i] = key
    put(name + '.png', png(width, height, depth, color, pixels, interlaced, before))
    flat = [expand(depth, color, p, key, palette, alphas) for row in pixels for p in row]
    put(name + '.pam', pam(width, height, len(flat[0]), 255, bytes(v for p in flat for v in p)))
    if depth == 16:
        gray_alpha = lambda p: (p[0],) * 3 + (p[1],) if color == 4 else p
        def deep(p):
            if key is not None:
                return (p * 3 if color == 0 else p) + (0 if p == key else 65535,)
            return gray_alpha(p)
        flat = [deep(p) for row in pixels for p in row]
        put(name + '.deep.pam', pam(width, height, len(flat[0]), 65535,
                                    b''.join(struct.pack('>H', v) for p in flat for v in p)))


for color, depths in {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}.items():
    for depth in depths:
        base = {0: 'gray', 2: 'rgb', 3: 'palette', 4: 'grayalpha', 6: 'rgba'}[color] + str(depth)
        make_png(base, depth, color)
        make_png(base + '_adam7', depth, color, interlaced=True)
        if color in (0, 2, 3): make_png(base + '_key', depth, color, keyed=True)
make_png('rgb8_adam7_3x2', 8, 2, interlaced=True, width=3, height=2)
make_png('rgba8_1x1', 8, 6, width=1, height=1)

# An image for the lossy formats ----------------------------------------------------------------------------------

def colors_and_edges(width=61, height=47, seed=5):
    noise = Noise(seed)
    image = Image.new('RGB', (width, height))
    for y in range(height):
        for x in range(width):
            r = min(255, x * 4 + noise.next(9)); g = min(255, y * 5 + noise.next(9))
            b = 200 if (x - 30) ** 2 + (y - 20) ** 2 < 150 else min(255, 40 + x + y)
            image.putpixel((x, y), (r, g, b))
    return image


def saved(image, kind, **options):
    stream = io.BytesIO(); image.save(stream, kind, **options); return stream.getvalue()


def run(command, data=None):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def from_pnm(data):
    image = Image.open(io.BytesIO(data))
    return pam(*image.size, {'L': 1, 'RGB': 3, 'RGBA': 4}[image.mode], 255, image.tobytes())


P = colors_and_edges()
P3 = io.BytesIO()
def icc_of(path_or_profile): return ImageCms.ImageCmsProfile(path_or_profile).tobytes()

def exif(orientation, big=False, gps=False, thumbnail=False):
    e = '>' if big else '<'
    entries = [(0x0112, 3, struct.pack(e + 'HH', orientation, 0)), (0x0131, 2, b'abc\0')]
    if gps: entries.append((0x8825, 4, struct.pack(e + 'I', 0x80)))
    body = (b'MM\0*' if big else b'II*\0') + struct.pack(e + 'IH', 8, len(entries))
    for tag, kind, value in entries: body += struct.pack(e + 'HHI', tag, kind, len(value) if kind == 2 else 1) + value
    body += struct.pack(e + 'I', 0)
    body += bytes(0x80 - len(body)) + struct.pack(e + 'HI', 0, 0)
    return b'Exif\0\0' + body


def make_jpeg(name, data):
    put(name + '.jpg', data)
    put(name + '.pam', from_pnm(run(['djpeg', '-dct', 'int', '-pnm'], data)))


for name, options in {'j444': dict(subsampling=0), 'j422': dict(subsampling=1), 'j420': dict(subsampling=2),
                      'jprogressive': dict(progressive=True), 'jrestart': dict(restart_marker_rows=1),
                      'jrgb': dict(keep_rgb=True), 'jquality100': dict(quality=100, subsampling=0)}.items():
    make_jpeg(name, saved(P, 'JPEG', **{'quality': 85, **options}))
make_jpeg('jgray', saved(P.convert('L'), 'JPEG', quality=85))
ppm = saved(P, 'PPM')
make_jpeg('jarithmetic', run(['cjpeg', '-quality', '85', '-arithmetic'], ppm))
make_jpeg('j411', run(['cjpeg', '-quality', '85', '-sample', '4x1'], ppm))
make_jpeg('j440', run(['cjpeg', '-quality', '85', '-sample', '1x2'], ppm))
cmyk = saved(P.convert('CMYK'), 'JPEG', quality=90)
make_jpeg('jcmyk', cmyk)
# The same coefficients, said to be YCCK by Adobe's marker.
transform = cmyk.index(b'Adobe') + 11
make_jpeg('jycck', cmyk[:transform] + b'\2' + cmyk[transform + 1:])
for orientation in range(1, 9):
    make_jpeg(f'orient{orientation}', saved(P.crop((0, 0, 24, 16)), 'JPEG', quality=85,
                                            exif=exif(orientation, big=orientation % 2 == 0, gps=orientation == 6)))
big = P.resize((244, 188), Image.BICUBIC)
put('jbig.jpg', saved(big, 'JPEG', quality=80))
for scale in (2, 4, 8):
    put(f'jbig.{scale}.pam', from_pnm(run(['djpeg', '-dct', 'int', '-scale', f'1/{scale}', '-pnm'], saved(big, 'JPEG', quality=80))))


def make_webp(name, data):
    put(name + '.webp', data)
    image = Image.open(io.BytesIO(data)); image.load()
    if getattr(image, 'n_frames', 1) > 1:
        image = image.convert('RGBA')
        result = pam(*image.size, 4, 255, image.tobytes())
    else:
        path = os.path.join(OUT, name + '.webp')
        result = run(['dwebp', '-quiet', path, '-pam', '-o', '-'])
        if image.mode == 'RGB':
            rgba = Image.frombytes('RGBA', image.size, result.split(b'ENDHDR\n', 1)[1])
            result = pam(*image.size, 3, 255, rgba.convert('RGB').tobytes())
    put(name + '.pam', result)


A = P.convert('RGBA')
A.putalpha(Image.linear_gradient('L').resize(A.size))
make_webp('wlossy', saved(P, 'WEBP', quality=80))
make_webp('wlossless', saved(P, 'WEBP', lossless=True))
make_webp('walpha', saved(A, 'WEBP', quality=80))
make_webp('wlosslessalpha', saved(A, 'WEBP', lossless=True, exact=True))
make_webp('wanimated', saved(A, 'WEBP', save_all=True, append_images=[A.rotate(90), A.rotate(180)], lossless=True))
make_webp('wexif', saved(P, 'WEBP', quality=80, exif=exif(8, gps=True)[6:], xmp=b'<x:xmpmeta/>'))

# Metadata and color ---------------------------------------------------------------------------------------------

def matrix_profile(path): return open(path, 'rb').read()

srgb = icc_of(ImageCms.createProfile('sRGB'))
small = P.crop((0, 0, 24, 16))
put('meta.jpg', saved(small, 'JPEG', quality=85, exif=exif(6, gps=True), icc_profile=srgb, comment=b'hello',
                      xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'))
raw = [[small.getpixel((x, y)) for x in range(24)] for y in range(16)]
put('meta.png', png(24, 16, 8, 2, raw,
    before=chunk(b'iCCP', b'sRGB\0\0' + zlib.compress(srgb)) + chunk(b'tEXt', b'Title\0x') + chunk(b'caBX', b'jumb'),
    after=chunk(b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0<x/>') + chunk(b'eXIf', exif(3, big=True, gps=True)[6:])))
put('apng.png', saved(P, 'PNG', save_all=True, append_images=[P.rotate(90), P.rotate(180)]))
put('anim.gif', saved(small, 'GIF'))
put('drawing.svg', b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg" '
    b'width="120" height="80px" viewBox="0 0 120 80"><rect width="9" height="9"/></svg>\n')
