"""Writes what the fuzzer begins with: one folder a target, made of the test fixtures and, where it is, the corpus.

    seeds.py FOLDER
"""

import base64
import pathlib
import struct
import sys

root = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(root / "Scripts"), str(root / "Tests/interop")]
import hostile_files  # noqa: E402
import shapes  # noqa: E402

out = pathlib.Path(sys.argv[1])
# Larger files slow the fuzzer down and teach it nothing that small ones do not.
LARGEST = 16_000


def files(*endings):
    folders = [root / "Tests/Fixtures", root.parent / "shared/corpus"]
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.suffix[1:] in endings and path.is_file() and path.stat().st_size <= LARGEST:
                yield path.name, path.read_bytes()


def write(target, name, content):
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def write_cost(name, data):
    # The way back out, the size that is asked for, and an encoding of each kind.
    for way, size, encoding in ((0, 0, 0), (1, 8, 0), (2, 16, 3), (2, 40, 1), (3, 30, 5)):
        write("cost", f"{name}-{way}{encoding}", data + bytes([encoding, size, way]))


def png_chunks(data):
    at = 8
    while at + 12 <= len(data):
        length = struct.unpack(">I", data[at : at + 4])[0]
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def take_png(name, data):
    # One byte of settings at the end: odd leaves the checksums as they are.
    write("png", name, data + b"\0")
    write_cost(name, data)
    write("probe", name, data)
    chunks = list(png_chunks(data))
    stream = b"".join(body for kind, body in chunks if kind == b"IDAT")
    kinds = [body for kind, body in chunks if kind == b"IHDR"]
    if stream and kinds and len(kinds[0]) == 13:
        width, height, depth, color = struct.unpack(">IIBB", kinds[0][:10])
        if depth == 8 and 1 <= width <= 80 and 1 <= height <= 40 and color in (0, 2, 3, 4, 6):
            settings = bytes([60, height - 1, width - 1, (0, 2, 3, 4, 6).index(color)])
            write("deflate", name, stream[2:-4] + settings)
    for kind, body in chunks:
        if kind == b"eXIf":
            write("exif", name, body)


def take_jpeg(name, data):
    write("jpeg", name, data + b"\x21")
    write_cost(name, data)
    write("patch", name, data + b"\x35\x47")
    write("probe", name, data)
    at, profile = 2, b""
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        body = data[at + 4 : at + 2 + length]
        if body.startswith(b"Exif\0\0"):
            write("exif", name, body[6:])
        if body.startswith(b"ICC_PROFILE\0"):
            profile += body[14:]
        at += 2 + length
    if profile:
        write("icc", name, profile[:LARGEST])


for name, data in files("png"):
    take_png(name, data)
for name, data in files("jpg", "jpeg"):
    take_jpeg(name, data)
for name, data in files("webp"):
    write("webp", name, data + b"\x20")
    write_cost(name, data)
    write("probe", name, data)
for name, data in files("gif", "svg"):
    write("probe", name, data)
    if name.endswith("gif"):
        write("gif", name, data)
        write_cost(name, data)
for name, data in files("heic", "heif", "avif"):
    write("heif", name, data)
    write_cost(name, data)
    write("probe", name, data)
for name, data in files("icc", "icm"):
    write("icc", name, data)

write("icc", "elements", hostile_files.profile(hostile_files.elements(3, hostile_files.MATRIX)))
nested = hostile_files.animation(16, 16, hostile_files.lossless(16, 16))
write("webp", "nested", nested + b"\x20")
write("probe", "nested", nested)

for index in range(18):
    noise = bytes((x * x >> (index % 5)) & 255 for x in range(60 * 20 * 4))
    for levels in range(2):
        write("pixels", f"ramp{index}-{levels}", noise + bytes([19, 59, index, 3 * levels, levels]))

image = base64.b64encode(bytes(range(256))).decode()
document = '{"created":1,"data":[{"b64_json":"%s","x":"\\u00e9\\ud83d\\ude00"},{"url":"u"}],"n":-1.5e3,"t":[true,false,null]}'
events = (
    "event: image_generation.partial_image\r\ndata: {\"b64_json\":\"%s\",\n: c\ndata: \"partial_image_index\":0}\n\n"
    "data: [DONE]\n\n" % image
)
form = (
    '--b\r\nContent-Disposition: form-data; name="image[]"; filename="a\\"%22.png"\r\nContent-Type: image/png\r\n\r\n'
    "\r\n--a\r\n--b\r\nContent-Disposition: form-data; name=prompt\r\n\r\ntext\r\n--b--\r\n"
)
pieces = b"\x03\x40\x00\x11"
write("base64", "plain", image.encode() + pieces + b"\x01")
write("base64", "bytes", bytes(range(256)) + b"\x03\x40\x09\x11\x01\x00")
write("json", "document", (document % image).encode() + pieces)
write("json", "escapes", (document % image.replace("/", "\\/").replace("+", "\\u002B")).encode() + pieces)
write("events", "stream", b"\xef\xbb\xbf" + events.encode() + pieces)
write("lines", "lines", ((document % image) + "\n\n{}\r\n[").encode() + pieces)
# A small image leaves the fuzzer more time for what is around it.
small = base64.b64encode(shapes.png(2, 1))
for name, (_, make) in shapes.SHAPES.items():
    body = make()[2].replace(shapes.B64.encode(), small)
    if len(body) <= LARGEST:
        write("responses", name, body + pieces + b"\x00")
write("multipart", "form", form.encode() + pieces)
