#!/usr/bin/env python3
"""Writes the HEIC and AVIF fixtures and what other programs decode from them.

Images are computed from numbers. pillow-heif (libheif with x265 and libde265) encodes HEVC, Pillow (libavif) and libvips
encode AV1; the boxes around the coded images are written here, so that grids, transformations and references are what
the name of the file says. `NAME.pam` has the pixels: those of `*.heic` by pillow-heif, upright; those of `*.avif` by
Pillow, as stored, or by libvips where chroma is subsampled (Pillow interpolates chroma, libheif repeats it), for more
than 8 bits, and for `grid-alpha.avif`, which Pillow refuses.

    python3 make.py FOLDER      needs pillow>=11.3, pillow-heif, pyvips[binary], numpy
"""
import io
import struct
import sys
from pathlib import Path

import numpy as np
import pillow_heif
import pyvips
from PIL import Image, ImageCms

folder = Path(sys.argv[1])


def sample(width, height, channels=3, top=255):
    """Smooth ramps, with a corner of another color each: red, green, blue, yellow (clockwise from top left)."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * top // max(1, width - 1), y * top // max(1, height - 1), (x + y) * top // (width + height - 2)]
    image = np.stack(planes[:3], -1)
    w, h = width // 4, height // 4
    for top_row, left, color in (
        (0, 0, (1, 0, 0)), (0, width - w, (0, 1, 0)), (height - h, width - w, (0, 0, 1)), (height - h, 0, (1, 1, 0)),
    ):
        image[top_row:top_row + h, left:left + w] = np.array(color) * top
    if channels == 4:
        alpha = (x * 3 + y * 5) * top // ((width - 1) * 3 + (height - 1) * 5)
        image = np.concatenate([image, alpha[..., None]], -1)
    return image.astype(np.uint16 if top > 255 else np.uint8)


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def full(kind, *parts, version=0, flags=0):
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def boxes(data, start=0):
    """The boxes of `data` as (type, body)."""
    found = []
    while start + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, start)
        found.append((kind.decode("latin1"), data[start + 8:start + length]))
        start += length
    return found


class Coded:
    """The items of a file with one coded image (and perhaps alpha): type, data, decoder configuration, size."""

    def __init__(self, data, index=0):
        meta = dict(boxes(data))["meta"]
        inner = boxes(meta, 4)
        items = dict(inner)
        infos = [body for kind, body in boxes(items["iinf"], 6)]
        ids = [(struct.unpack_from(">H", i, 4)[0], i[8:12].decode()) for i in infos]
        images = [(i, kind) for i, kind in ids if kind in ("hvc1", "av01")]
        self.id, self.kind = images[index]
        properties = boxes(dict(boxes(items["iprp"]))["ipco"])
        ipma = dict(boxes(items["iprp"]))["ipma"]
        count, at, mine = struct.unpack_from(">I", ipma, 4)[0], 8, []
        wide = ipma[3] & 1
        for _ in range(count):
            item, n = struct.unpack_from(">HB", ipma, at)
            at += 3
            entries = [struct.unpack_from(">H" if wide else ">B", ipma, at + k * (1 + wide))[0] for k in range(n)]
            at += n * (1 + wide)
            if item == self.id:
                mine = [e & (0x7FFF if wide else 0x7F) for e in entries]
        own = [properties[i - 1] for i in mine]
        self.configuration = next(box(k, b) for k, b in own if k in ("hvcC", "av1C"))
        self.size = next(struct.unpack_from(">II", b, 4) for k, b in own if k == "ispe")
        self.data = self.content(data, items["iloc"], dict(items).get("idat"))

    def content(self, data, iloc, idat):
        version = iloc[0]
        sizes = struct.unpack_from(">H", iloc, 4)[0]
        o, l, b, x = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15 if version else 0
        count, at = struct.unpack_from(">H", iloc, 6)[0], 8
        number = lambda at, n: int.from_bytes(iloc[at:at + n], "big")
        for _ in range(count):
            item = number(at, 2)
            at += 2
            method = 0
            if version:
                method = number(at, 2) & 15
                at += 2
            at += 2
            base = number(at, b)
            at += b
            n = number(at, 2)
            at += 2
            parts = b""
            for _ in range(n):
                at += x
                start, length = base + number(at, o), number(at + o, l)
                at += o + l
                parts += (idat if method == 1 else data)[start:start + length]
            if item == self.id:
                return parts
        raise ValueError("no data")


def heic(array, chroma=444, quality=95, bits=8, **more):
    mode = {2: "L", 3: "RGB", 4: "RGBA"}[2 if array.ndim == 2 else array.shape[2]]
    out = io.BytesIO()
    if bits == 8:
        heif = pillow_heif.from_pillow(Image.fromarray(array, mode))
    else:
        pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
        heif = pillow_heif.from_bytes(mode + ";16", array.shape[1::-1], array.tobytes())
    heif.save(out, quality=quality, chroma=chroma, **more)
    return out.getvalue()


def avif(array, subsampling="4:4:4", quality=95, **more):
    out = io.BytesIO()
    Image.fromarray(array).save(out, "AVIF", quality=quality, subsampling=subsampling, speed=6, **more)
    return out.getvalue()


def vips(array, bits=8, chroma="off", quality=95):
    image = pyvips.Image.new_from_array(array)
    if array.dtype == np.uint16:
        image = image.copy(interpretation="grey16" if array.ndim == 2 else "rgb16")
    return image.heifsave_buffer(compression="av1", Q=quality, bitdepth=bits, subsample_mode=chroma)


def ispe(size):
    return full("ispe", struct.pack(">II", *size))


def nclx(primaries, transfer, matrix, full_range=1):
    return box("colr", b"nclx", struct.pack(">HHHB", primaries, transfer, matrix, full_range << 7))


def file(items, references=(), primary=1, brand="heic", before=b"", extents=1):
    """`items` maps an ID to (type, data, [properties], hidden); `references` are (type, from, [to])."""
    unique, infos, associations = [], b"", b""
    for item, (kind, data, properties, hidden) in items.items():
        name = b"application/rdf+xml\0" if kind == "mime" else b""
        infos += full("infe", struct.pack(">HH", item, 0), kind.encode(), b"\0" + name, version=2, flags=int(hidden))
        for one in properties:
            if one not in unique:
                unique.append(one)
        if properties:
            essential = {"hvcC", "av1C", "irot", "imir", "clap"}
            entries = [unique.index(p) + 1 | (0x80 if p[4:8].decode() in essential else 0) for p in properties]
            associations += struct.pack(">HB", item, len(entries)) + bytes(entries)
    count = sum(1 for i in items.values() if i[2])

    def meta(offset):
        iloc = b""
        for item, (kind, data, properties, hidden) in items.items():
            iloc += struct.pack(">HHH", item, 0, extents)
            cuts = [len(data) * k // extents for k in range(extents + 1)]
            for a, b in zip(cuts, cuts[1:]):
                iloc += struct.pack(">II", offset + a, b - a)
            offset += len(data)
        width = ">HH"
        iref = b"".join(
            box(kind, struct.pack(width, a, len(to)), b"".join(struct.pack(">H", t) for t in to))
            for kind, a, to in references)
        return full(
            "meta", full("hdlr", b"\0\0\0\0pict" + b"\0" * 13), full("pitm", struct.pack(">H", primary)),
            full("iloc", struct.pack(">HH", 0x4400, len(items)), iloc),
            full("iinf", struct.pack(">H", len(items)), infos),
            full("iref", iref) if iref else b"",
            box("iprp", box("ipco", *unique), full("ipma", struct.pack(">I", count), associations)))

    head = box("ftyp", brand.encode() + b"\0\0\0\0" + b"mif1" + brand.encode()) + before
    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box("mdat", *[i[1] for i in items.values()])


def image(coded, *more, hidden=False):
    return (coded.kind, coded.data, [ispe(coded.size), coded.configuration, *more], hidden)


def pam(name, array, top=255):
    array = np.atleast_3d(array)
    height, width, depth = array.shape
    kind = {1: "GRAYSCALE", 3: "RGB", 4: "RGB_ALPHA"}[depth]
    body = array.astype(">u2" if top > 255 else np.uint8).tobytes()
    head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL {top}\nTUPLTYPE {kind}\nENDHDR\n"
    (folder / f"{name}.pam").write_bytes(head.encode() + body)


def write(name, data, top=255, deep_bits=None):
    """The file and the pixels that another program decodes from it."""
    (folder / name).write_bytes(data)
    stem = name.replace(".", "-")
    if name.endswith(".heic"):
        heif = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=deep_bits is None)
        array = np.asarray(heif)
        if deep_bits:
            pam(stem, array, 65535)
            return
    elif deep_bits:
        # libvips gives the samples shifted to 16 bits.
        array = pyvips.Image.heifload_buffer(data).numpy() >> (16 - deep_bits)
        pam(stem, np.round(array * 65535.0 / (2**deep_bits - 1)), 65535)
        return
    elif "42" in name:
        array = pyvips.Image.heifload_buffer(data).numpy()
    else:
        array = np.asarray(Image.open(io.BytesIO(data)))
    pam(stem, array)


def irot(steps):
    return box("irot", bytes([steps]))


def imir(axis):
    return box("imir", bytes([axis]))


def main():
    folder.mkdir(exist_ok=True)
    wide = sample(64, 48)
    # Plain, with the subsampling of chroma.
    for chroma in (420, 422, 444):
        write(f"plain{chroma}.heic", heic(wide, chroma))
        text = ":".join(str(chroma))
        write(f"plain{chroma}.avif", avif(wide, text))
    gray = wide[..., 1]
    write("gray.heic", heic(gray, 420))
    write("gray.avif", avif(gray))
    odd = sample(61, 43)
    write("odd.heic", heic(odd, 444))
    write("odd.avif", avif(odd))
    # Alpha, straight and premultiplied.
    alpha = sample(64, 48, 4)
    write("alpha.heic", heic(alpha, 444))
    write("alpha.avif", avif(alpha))
    premultiplied = alpha.copy()
    premultiplied[..., :3] = (alpha[..., :3].astype(int) * alpha[..., 3:] + 127) // 255
    data = heic(premultiplied, 444)
    color, mask = Coded(data, 0), Coded(data, 1)
    aux = full("auxC", b"urn:mpeg:hevc:2015:auxid:1\0")
    write("premultiplied.heic", file(
        {1: image(color), 2: image(mask, aux)}, [("auxl", 2, [1]), ("prem", 1, [2])]))
    # pillow-heif does not divide by alpha.
    stored = np.asarray(pillow_heif.open_heif(folder / "premultiplied.heic")).astype(float)
    straight = np.minimum(255, np.round(stored[..., :3] * 255 / np.maximum(1, stored[..., 3:])))
    straight[stored[..., 3] == 0] = 0
    pam("premultiplied-heic", np.concatenate([straight, stored[..., 3:]], -1))
    # More than 8 bits.
    deep = sample(64, 48, top=65535)
    write("deep10.heic", heic(deep, 444, bits=10), deep_bits=10)
    write("deep12.heic", heic(deep, 444, bits=12), deep_bits=12)
    for bits in (10, 12):
        write(f"deep{bits}.avif", vips(deep, bits), deep_bits=bits)
    # Every rotation and mirroring, in this order.
    small = Coded(heic(sample(72, 64), 444))
    small_av1 = Coded(avif(sample(72, 64)))
    for steps in range(4):
        for axis in (None, 0, 1):
            more = [irot(steps)] + ([] if axis is None else [imir(axis)])
            name = f"irot{steps}" + ("" if axis is None else f"-imir{axis}")
            write(f"{name}.heic", file({1: image(small, *more)}))
    write("imir0-irot1.heic", file({1: image(small, imir(0), irot(1))}))
    (folder / "irot3-imir1.avif").write_bytes(file({1: image(small_av1, irot(3), imir(1))}, brand="avif"))
    # EXIF states the rotation that irot has applied already, and a place; XMP is beside it.
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8298] = "Nobody"
    exif.get_ifd(0x8825).update({1: "N", 2: (10.0, 20.0, 30.0), 3: "E", 4: (1.0, 2.0, 3.0)})
    block = struct.pack(">I", 6) + exif.tobytes()
    xmp = (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
           b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="numbers"/></rdf:RDF>'
           b'</x:xmpmeta>')
    write("exif-irot3.heic", file(
        {1: image(small, irot(3)), 2: ("Exif", block, [], True), 3: ("mime", xmp, [], True)},
        [("cdsc", 2, [1]), ("cdsc", 3, [1])]))
    (folder / "exif-only.avif").write_bytes(file(
        {1: image(small_av1), 2: ("Exif", block, [], True)}, [("cdsc", 2, [1])], brand="avif"))
    # Clean aperture: 31x17 at (4, 3).
    clap = box("clap", struct.pack(">8i", 31, 1, 17, 1, 2 * 4 + 31 - 72, 2, 2 * 3 + 17 - 64, 2))
    write("clap.heic", file({1: image(small, clap)}))
    write("clap-irot1.heic", file({1: image(small, clap, irot(1))}))
    # Grids: 2x2 tiles of 64x64 for 100x90, with and without alpha, and of AV1.
    big = sample(128, 128, 4)
    tiles = [big[y:y + 64, x:x + 64] for y in (0, 64) for x in (0, 64)]
    grid = bytes([0, 0, 1, 1]) + struct.pack(">HH", 100, 90)
    for kind, make in (("heic", lambda a: heic(a, 444)), ("avif", lambda a: avif(a))):
        colors = [Coded(make(np.ascontiguousarray(t[..., :3]))) for t in tiles]
        items = {1: ("grid", grid, [ispe((100, 90))], False)}
        items |= {10 + i: image(c, hidden=True) for i, c in enumerate(colors)}
        references = [("dimg", 1, [10, 11, 12, 13])]
        data = file(items, references, brand=kind)
        if kind == "heic":
            write("grid.heic", data)
        else:
            write("grid.avif", data)
        masks = [Coded(make(np.ascontiguousarray(t)), 1) for t in tiles]
        urn = b"urn:mpeg:hevc:2015:auxid:1\0" if kind == "heic" else b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
        items |= {2: ("grid", grid, [ispe((100, 90)), full("auxC", urn)], True)}
        items |= {20 + i: image(c, hidden=True) for i, c in enumerate(masks)}
        references += [("dimg", 2, [20, 21, 22, 23]), ("auxl", 2, [1])]
        data = file(items, references, brand=kind)
        (folder / f"grid-alpha.{kind}").write_bytes(data)
        if kind == "avif":
            pam("grid-alpha-avif", pyvips.Image.heifload_buffer(data).numpy())
    (folder / "extents.heic").write_bytes(file({1: image(small)}, extents=5))
    pam("extents-heic", np.asarray(pillow_heif.open_heif(io.BytesIO(file({1: image(small)})))))
    # Color spaces.
    p3 = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, points in {
        "p3": (12, 13, 6), "bt2020": (9, 14, 9), "pq": (9, 16, 9), "hlg": (9, 18, 9), "limited": (1, 13, 1, 0),
    }.items():
        (folder / f"nclx-{name}.heic").write_bytes(file({1: image(small, nclx(*points))}))
    (folder / "icc-srgb.heic").write_bytes(file({1: image(small, box("colr", b"prof", p3))}))
    # What is beside the image: a thumbnail, a gain map, a depth map, a second image.
    gain = full("auxC", b"urn:com:apple:photo:2020:aux:hdrgainmap\0")
    depth = full("auxC", b"urn:mpeg:hevc:2015:auxid:2\0")
    (folder / "beside.heic").write_bytes(file(
        {1: image(small), 2: image(small), 3: image(small, gain, hidden=True), 4: image(small, depth, hidden=True),
         5: image(small)}, [("thmb", 2, [1]), ("auxl", 3, [1]), ("auxl", 4, [1])]))
    # A sequence of three frames.
    out = io.BytesIO()
    frames = [Image.fromarray(np.roll(wide, 8 * i, 1)) for i in range(3)]
    frames[0].save(out, "AVIF", save_all=True, append_images=frames[1:], duration=100, quality=60)
    (folder / "sequence.avif").write_bytes(out.getvalue())
    pam("sequence-avif", pyvips.Image.heifload_buffer(out.getvalue()).numpy())


main()
