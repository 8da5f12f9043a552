"""Small and large files that ask a parser or decoder for much work and hold little: `write(folder)` makes them all.

What they have in common: time that grows with something other than bytes in and pixels out, so that a limit on these
alone would not hold it.
"""

import struct
import zlib

FLOOD = 49_000_000
METADATA = 4 << 20


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width, height, depth=8, color=2):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))


def repeated(piece, count=FLOOD):
    return piece * (count // len(piece))


def png(before=b"", pixels=zlib.compress(bytes(4))):
    return header(1, 1) + before + chunk(b"IDAT", pixels) + chunk(b"IEND")


def riff(chunks):
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def webp_chunk(tag, body):
    return tag + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def bits(*fields):
    """Fields of (value, width), the first in the lowest bits, as whole bytes."""
    value = width = 0
    for field, count in fields:
        value |= field << width
        width += count
    return value, width


# RFC 1951: a block of fixed codes that holds its end alone.
FIXED = [(0, 1), (1, 2), (0, 7)]
# One of its own codes: 256 literals without a code, the end and one distance of one bit each; then the end.
DYNAMIC = [(0, 1), (2, 2), (0, 5), (0, 5), (14, 4)]
DYNAMIC += [(length, 3) for length in [0, 0, 1] + [0] * 14 + [1]]
DYNAMIC += [(1, 1), (127, 7), (1, 1), (107, 7), (0, 1), (0, 1), (0, 1)]


def blocks(pattern, count):
    """`count` bytes of deflate blocks that hold nothing."""
    value, width = bits(*(pattern * 8))
    piece = value.to_bytes(width // 8, "little")
    return piece * (count // len(piece))


def wasteful(pattern, count, content=bytes(4)):
    """A zlib stream that holds `content` behind blocks that hold nothing."""
    stored = b"\x01" + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content
    return b"\x78\x01" + blocks(pattern, count) + stored + struct.pack(">I", zlib.adler32(content))


def png_files():
    for name, pattern in [("fixed", FIXED), ("dynamic", DYNAMIC), ("mixed", FIXED + DYNAMIC)]:
        yield f"png_{name}_blocks.png", png(pixels=wasteful(pattern, 3_000_000))
        yield f"png_profile_{name}_blocks.png", png(chunk(b"iCCP", b"a\0\0" + wasteful(pattern, 4_100_000)))
        body = b"XML:com.adobe.xmp\0\1\0\0\0" + wasteful(pattern, 4_100_000)
        yield f"png_xmp_{name}_blocks.png", png(chunk(b"iTXt", body))


def box(kind, content):
    return struct.pack(">I", len(content) + 8) + kind + content


def superbox(kind, content):
    return box(b"jumb", box(b"jumd", kind + bytes(12) + b"\3x\0") + content)


def store(parts):
    return superbox(b"c2pa", superbox(b"c2ma", parts))


def credential_files():
    numbers = b"\x9a" + struct.pack(">I", 9_900) + bytes(9_900)
    claim = superbox(b"c2cl", box(b"cbor", b"\xa2\x61n" + numbers + b"\x6fclaim_generator\x61x"))
    yield "c2pa_items.png", png(chunk(b"caBX", store(claim * 255)))
    yield "c2pa_boxes.png", png(chunk(b"caBX", store(superbox(b"c2cl", box(b"free", b"") * 255) * 255)))
    yield "c2pa_stores.png", png(chunk(b"caBX", store(claim)) * 990)
    segment = b"JP\0\1" + struct.pack(">I", 1) + store(claim)[:64_000]
    yield "c2pa_segments.jpg", b"\xff\xd8" + (b"\xff\xeb" + struct.pack(">H", len(segment) + 2) + segment) * 700


def xmp(packet):
    return png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<rdf:RDF>" + packet))


def metadata_files():
    yield "xmp_spaces.png", xmp(b" " * (METADATA - 100))
    yield "xmp_near_names.png", xmp(repeated(b" tiff:Orientatio", METADATA - 100))
    yield "xmp_attributes.png", xmp(repeated(b' tiff:Orientation=""', METADATA - 100))
    yield "xmp_elements.png", xmp(repeated(b"<tiff:Orientation/>", METADATA - 100))
    yield "xmp_letters.png", xmp(b"r" * (METADATA - 100))
    yield "xmp_flood.png", xmp(b" " * FLOOD)
    entry = struct.pack("<HHII", 0xA002, 4, 1, 7)
    inner = struct.pack("<H", 512) + entry * 512
    pointer = struct.pack("<HHII", 0x8769, 4, 1, 8 + 2 + 512 * 12 + 4)
    block = b"II*\0" + struct.pack("<IH", 8, 512) + pointer * 512 + bytes(4) + inner
    yield "exif_directories.png", png(chunk(b"eXIf", block))


def profile(tag):
    icc = bytes(4) + b"lcms\4\x30\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(24) + struct.pack(">I", 1)
    icc += bytes.fromhex("0000f6d6000100000000d32d") + bytes(48)
    icc += struct.pack(">I", 1) + b"D2B1" + struct.pack(">II", 144, len(tag)) + tag
    return struct.pack(">I", len(icc)) + icc[4:]


def elements(count, element):
    place = struct.pack(">II", 16 + 8 * count, len(element))
    return b"mpet" + bytes(4) + struct.pack(">HHI", 3, 3, count) + place * count + element


# An element that keeps the three channels.
MATRIX = b"matf" + bytes(4) + struct.pack(">HH", 3, 3) + struct.pack(">12f", 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)


def profile_files():
    formula = b"parf" + bytes(8) + struct.pack(">4f", 1, 1, 0, 0)
    breaks = b"".join(struct.pack(">f", i / 60_000) for i in range(59_999))
    curve = b"curf" + bytes(4) + struct.pack(">HH", 60_000, 0) + breaks + formula * 60_000
    curves = b"cvst" + bytes(4) + struct.pack(">HH", 3, 3) + struct.pack(">II", 36, len(curve)) * 3 + curve
    for name, tag in [("elements", elements(400_000, MATRIX)), ("segments", elements(1, curves))]:
        yield f"icc_{name}.png", png(chunk(b"iCCP", b"a\0\0" + zlib.compress(profile(tag))))


def jpeg_files():
    frame = b"\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00"
    table = b"\xff\xdb\x00\x43\x00" + b"\1" * 64
    codes = b"".join(
        b"\xff\xc4" + struct.pack(">H", 20) + bytes([kind]) + b"\1" + bytes(15) + b"\0" for kind in (0x00, 0x10)
    )
    start = b"\xff\xd8" + table + frame + codes + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    yield "jpeg_restarts_in_scan.jpg", start + repeated(b"\xff\xd0") + b"\xff\xd9"
    yield "jpeg_stuffing_in_scan.jpg", start + repeated(b"\xff\x00") + b"\xff\xd9"
    yield "jpeg_fill_in_scan.jpg", start + repeated(b"\xff") + b"\xff\xd9"
    yield "jpeg_tables_behind_scan.jpg", start + bytes(2) + repeated(codes, 35_000) + b"\xff\xd9"
    yield "jpeg_behind_end.jpg", start + bytes(2) + b"\xff\xd9" + repeated(b"\xff\xda\0\2")


def lossless(width, height):
    size = struct.pack("<I", (width - 1) | (height - 1) << 14)
    return webp_chunk(b"VP8L", b"\x2f" + size + b"\x88\x88\x08" + bytes(8))


def animation(width, height, content, flags=2):
    canvas = webp_chunk(b"VP8X", struct.pack("<I", flags) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3])
    place = bytes(6) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return riff(canvas + webp_chunk(b"ANIM", bytes(6)) + webp_chunk(b"ANMF", place + bytes(4) + content))


def webp_files():
    yield "webp_frame_16_holds_16383.webp", animation(16, 16, lossless(16_383, 16_383))
    yield "webp_frame_16_holds_7000.webp", animation(16, 16, lossless(7_000, 7_000))
    yield "webp_chunks_in_frame.webp", animation(16, 16, webp_chunk(b"ALPH", b"") + repeated(b"JUNK" + bytes(4)))
    yield "webp_chunks_behind_image.webp", riff(lossless(16, 16) + repeated(b"JUNK" + bytes(4)))


def gif(codes):
    data = b"".join(bytes([len(codes[i : i + 255])]) + codes[i : i + 255] for i in range(0, len(codes), 255))
    frame = b"\x2c" + bytes(4) + struct.pack("<HH", 16, 16) + b"\0\2"
    return b"GIF89a" + struct.pack("<HH", 16, 16) + b"\x80\0\0" + bytes(6) + frame + data + b"\0\x3b"


def gif_files():
    # Codes of three bits; 4 clears the table.
    yield "gif_clear_codes.gif", gif(repeated(b"\x24\x49\x92", FLOOD - 400_000))
    head = gif(b"")[:-2]
    yield "gif_small_blocks.gif", head + repeated(b"\1\x24") + b"\0\x3b"
    yield "gif_behind_frame.gif", gif(b"\x04" + b"\x00\x92\x24\x49" * 60)[:-1] + b"\x2c" + bytes(4) + b"\1\0\1\0\0\2" + repeated(b"\1\x24")


def svg_files():
    yield "svg_equals.svg", b"<svg " + repeated(b"= ", 60_000) + b"a='1'/>"
    yield "svg_marks.svg", b"<svg a='" + "\u0301".encode() * 30_000 + b"'/>"


def heif(meta, data=b""):
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(4) + meta) + box(b"mdat", data)


def full(kind, content, version=0):
    return box(kind, bytes([version, 0, 0, 0]) + content)


def heif_files():
    hdlr = full(b"hdlr", bytes(4) + b"pict" + bytes(13))
    primary = full(b"pitm", struct.pack(">H", 1))
    free = box(b"free", b"")
    yield "heif_boxes.heic", heif(b"")[:24] + repeated(free)
    yield "heif_meta_boxes.heic", heif(hdlr + primary + repeated(free))
    entry = full(b"infe", struct.pack(">HH", 1, 0) + b"hvc1\0", version=2)
    yield "heif_items.heic", heif(hdlr + primary + full(b"iinf", struct.pack(">I", 2_000_000) + repeated(entry), version=1))
    location = struct.pack(">HHHII", 1, 0, 1, 0, 100)
    yield "heif_locations.heic", heif(
        hdlr + full(b"iloc", struct.pack(">HH", 0x4400, 65_535) + repeated(location, 65_535 * len(location))))
    extents = struct.pack(">HHH", 1, 0, 65_535) + struct.pack(">II", 0, 100) * 65_535
    yield "heif_extents.heic", heif(hdlr + full(b"iloc", struct.pack(">HH", 0x4400, 90) + extents * 90))
    reference = box(b"dimg", struct.pack(">HHH", 1, 1, 1))
    yield "heif_references.heic", heif(hdlr + primary + full(b"iref", repeated(reference)))
    properties = box(b"ipco", repeated(free))
    yield "heif_properties.heic", heif(hdlr + primary + box(b"iprp", properties))
    association = struct.pack(">HB", 1, 255) + b"\1" * 255
    table = full(b"ipma", struct.pack(">I", 180_000) + repeated(association))
    yield "heif_associations.heic", heif(hdlr + primary + box(b"iprp", box(b"ipco", free) + table))
    for side in (16_384, 65_535):
        size = full(b"ispe", struct.pack(">II", side, side))
        tile = full(b"ispe", struct.pack(">II", 64, 64))
        grid = b"\0\1\xff\xff" + struct.pack(">II", side, side)
        tables = hdlr + primary + full(b"iinf", struct.pack(">H", 2) + full(
            b"infe", struct.pack(">HH", 1, 0) + b"grid\0", version=2) + full(
            b"infe", struct.pack(">HH", 2, 0) + b"hvc1\0", version=2))
        tables += full(b"iloc", struct.pack(">HH", 0x4400, 2) + struct.pack(
            ">HHHHII", 1, 1, 0, 1, 0, 12) + struct.pack(">HHHHII", 2, 1, 0, 1, 0, 12), version=1)
        tables += box(b"idat", grid) + full(b"iref", box(b"dimg", struct.pack(">HH", 1, 65_535) + b"\0\2" * 65_535))
        tables += box(b"iprp", box(b"ipco", size + tile) + full(
            b"ipma", struct.pack(">IHBBHBB", 2, 1, 1, 1, 2, 1, 2)))
        yield f"heif_grid_{side}.heic", heif(tables)


def floods():
    """Files under the byte limit that consist of as many pieces as fit."""
    end = chunk(b"IEND")
    data = chunk(b"IDAT", zlib.compress(bytes(4)))
    yield "png_empty_idat.png", header(1, 1) + repeated(chunk(b"IDAT")) + data + end
    yield "png_frame_data.png", header(1, 1) + data + repeated(chunk(b"fdAT", bytes(4))) + end
    yield "png_frame_control.png", header(1, 1) + repeated(chunk(b"fcTL")) + data + end
    frame = b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
    yield "jpeg_empty_segments.jpg", b"\xff\xd8" + repeated(b"\xff\xe1\x00\x02") + frame
    yield "jpeg_comments.jpg", b"\xff\xd8" + frame + repeated(b"\xff\xfe\x00\x03a")
    yield "jpeg_tables.jpg", b"\xff\xd8" + frame + repeated(b"\xff\xdb\x00\x02")
    yield "jpeg_fill.jpg", b"\xff\xd8" + repeated(b"\xff")
    yield "jpeg_garbage.jpg", b"\xff\xd8\xff" + repeated(b"\x00")
    yield "jpeg_restarts.jpg", b"\xff\xd8" + repeated(b"\xff\xd0")
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(10)
    for kind in (b"JUNK", b"ANMF", b"ALPH"):
        body = canvas + repeated(kind + bytes(4))
        yield f"webp_{kind.decode().lower()}.webp", b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    yield "svg_declarations.svg", repeated(b"<!a>")
    yield "svg_attributes.svg", b"<svg " + repeated(b"a=''")
    yield "gif_extensions.gif", b"GIF89a\x01\0\x01\0\0\0\0" + repeated(b"\x21\xfe\x00")


FAMILIES = [floods, png_files, credential_files, metadata_files, profile_files, jpeg_files, webp_files, gif_files, heif_files, svg_files]


def write(folder):
    """Writes every file into `folder`, a path of pathlib."""
    folder.mkdir(exist_ok=True)
    for family in FAMILIES:
        for name, content in family():
            (folder / name).write_bytes(content)
