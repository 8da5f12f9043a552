"""One contender in a process of its own: the same work as Gesso's jobs, in one library on one thread.

    python worker.py LIBRARY INPUTS [--once JOB | --idle JOB]

Reads lines `RUNS<TAB>JOB`, prints JSON lines: nanoseconds of all runs together by the clock on the wall and by the
processor's, and bytes made by one.
"""

import base64
import io
import json
import os
import sys
import time
from pathlib import Path

import edits

os.environ["VIPS_CONCURRENCY"] = "1"
LIBRARY, INPUTS = sys.argv[1], Path(sys.argv[2])
KINDS = ["png-rgb-1024", "png-rgba-1024", "png-rgb-12mp", "png-rgba-12mp"]
RESIZES = [
    (name, kind, sizes)
    for name, kind in (("rgba", "png-rgba"), ("opaque rgba", "png-rgb"))
    for kind, sizes in (
        (kind + "-1024", ((1024, 1024), (256, 256))), (kind + "-12mp", ((1536, 1024), (1024, 683))),
        (kind + "-12mp", ((4032, 3024), (1536, 1152))),
    )
]  # fmt: skip
SIDES = [512, 256, 128]
QUALITY = 80


def files(kind):
    return [path.read_bytes() for path in sorted((INPUTS / kind).iterdir())]


def resize_name(name, source, target):
    return f"resize {name} {source[0]}x{source[1]} to {target[0]}x{target[1]}"


class Library:
    """Subclasses say how to decode, crop, resize and encode; the jobs are put together here."""

    formats = ("jpeg", "webp")
    # The resizes in wider samples that the library has.
    wide = ()
    encodes_avif = False

    def jobs(self):
        jobs = {f"decode {kind}": lambda kind=kind: self.each(kind, self.decode) for kind in KINDS}
        jobs |= {f"encode {kind}": lambda kind=kind: self.each_bitmap(kind, self.encode_png) for kind in KINDS[:2]}
        for name, kind, sizes in RESIZES:
            jobs[resize_name(name, *sizes)] = lambda kind=kind, sizes=sizes: self.resizing(kind, *sizes)
        source, target = (4032, 3024), (1536, 1152)
        for name in self.wide:
            jobs[resize_name(name, source, target)] = lambda name=name: self.resizing_wide(name, source, target)
        if self.encodes_avif:
            jobs["encode avif 512"] = lambda: self.each_small("png-rgb-1024", self.encode_avif)
        for format in self.formats:
            jobs[f"response to 512, 256, 128 {format}"] = lambda format=format: self.each(
                "response-1024", lambda text: self.thumbnails(base64.b64decode(json.loads(text)["data"][0]["b64_json"]), format)
            )
        jobs["jpeg-12mp to 256 webp"] = lambda: self.each("jpeg-12mp", self.photograph_to_thumbnail)
        jobs["jpeg-12mp to 1536 png"] = lambda: self.each("jpeg-12mp", self.photograph_to_upload)
        return jobs

    def each(self, kind, work):
        data = files(kind)
        return lambda: sum(work(item) or 0 for item in data)

    def each_bitmap(self, kind, work):
        bitmaps = [self.bitmap(item) for item in files(kind)]
        return lambda: sum(work(item) or 0 for item in bitmaps)

    def resizing(self, kind, source, target):
        bitmaps = [self.crop(self.bitmap(item), source) for item in files(kind)]
        resize = self.resize if "rgba" in kind else self.resize_opaque
        if "rgba" not in kind:
            bitmaps = [self.with_opaque_alpha(bitmap) for bitmap in bitmaps]

        def run():
            for bitmap in bitmaps:
                resize(bitmap, target)
            return 0

        return run

    def each_small(self, kind, work):
        bitmaps = [self.small(self.bitmap(item)) for item in files(kind)]
        return lambda: sum(work(item) or 0 for item in bitmaps)

    def resizing_wide(self, name, source, target):
        bitmaps = [self.widened(self.crop(self.bitmap(item), source), name) for item in files("png-rgb-12mp")]
        return lambda: sum(self.resize_wide(bitmap, name, target) or 0 for bitmap in bitmaps)

    def resize_opaque(self, image, target):
        self.resize(image, target)

    def decode(self, data):
        self.bitmap(data)


class Pillow(Library):
    encodes_avif = True

    def __init__(self):
        from PIL import Image, features

        self.Image = Image
        self.version = f"Pillow {features.version('pil')}"

    def bitmap(self, data):
        image = self.Image.open(io.BytesIO(data))
        image.load()
        return image

    def crop(self, image, size):
        return image.crop((0, 0, *size))

    def with_opaque_alpha(self, image):
        return image.convert("RGBA")

    def resize(self, image, target):
        image.resize(target, self.Image.Resampling.LANCZOS)

    def save(self, image, format, **options):
        buffer = io.BytesIO()
        image.save(buffer, format, **options)
        return buffer.tell()

    def encode_png(self, image):
        return self.save(image, "PNG")

    def small(self, image):
        return image.resize((512, 512), self.Image.Resampling.LANCZOS)

    def encode_avif(self, image):
        return self.save(image, "AVIF", quality=75, speed=6, max_threads=1)

    def thumbnails(self, data, format):
        image, bytes = self.bitmap(data), 0
        for side in SIDES:
            small = image.copy()
            small.thumbnail((side, side), self.Image.Resampling.LANCZOS)
            bytes += self.save(small, format.upper(), quality=QUALITY)
        return bytes

    def photograph_to_thumbnail(self, data):
        image = self.Image.open(io.BytesIO(data))
        image.thumbnail((256, 256), self.Image.Resampling.LANCZOS)
        return self.save(image, "WEBP", quality=QUALITY)

    def photograph_to_upload(self, data):
        image = self.Image.open(io.BytesIO(data))
        image.thumbnail((1536, 1536), self.Image.Resampling.LANCZOS)
        return self.save(image, "PNG")


class Vips(Library):
    wide = ("linear opaque rgba", "linear rgb", "16-bit rgb", "16-bit linear rgb")

    def __init__(self):
        import pyvips

        self.vips = pyvips
        # The same work again must be work again.
        pyvips.cache_set_max(0)
        self.version = f"libvips {'.'.join(str(pyvips.version(i)) for i in range(3))}"

    def bitmap(self, data):
        return self.vips.Image.new_from_buffer(data, "").copy_memory()

    def crop(self, image, size):
        return image.crop(0, 0, *size).copy_memory()

    def with_opaque_alpha(self, image):
        return image.bandjoin(255).copy_memory()

    def scaled(self, image, target):
        return image.resize(target[0] / image.width, vscale=target[1] / image.height, kernel="lanczos3")

    def resize(self, image, target):
        # Color has to be weighed by alpha, or transparent pixels bleed; the others do it by themselves.
        self.scaled(image.premultiply(), target).unpremultiply().cast("uchar").copy_memory()

    def resize_opaque(self, image, target):
        self.scaled(image, target).copy_memory()

    def widened(self, image, name):
        image = image.colourspace("rgb16") if "16-bit" in name else image
        return (self.with_opaque_alpha(image) if "rgba" in name else image).copy_memory()

    def resize_wide(self, image, name, target):
        wanted = image.interpretation
        # Opaque alpha need not be multiplied in.
        work = image.colourspace("scrgb") if "linear" in name else image
        self.scaled(work, target).colourspace(wanted).copy_memory()

    def encode_png(self, image):
        return len(image.pngsave_buffer())

    def save(self, image, format):
        return len(image.jpegsave_buffer(Q=QUALITY) if format == "jpeg" else image.webpsave_buffer(Q=QUALITY))

    def thumbnails(self, data, format):
        image = self.bitmap(data)
        return sum(self.save(image.thumbnail_image(side), format) for side in SIDES)

    def photograph_to_thumbnail(self, data):
        return self.save(self.vips.Image.thumbnail_buffer(data, 256), "webp")

    def photograph_to_upload(self, data):
        return len(self.vips.Image.thumbnail_buffer(data, 1536).pngsave_buffer())


class OpenCV(Library):
    wide = ("16-bit rgb",)

    def __init__(self):
        import cv2
        import numpy

        cv2.setNumThreads(1)
        self.cv, self.numpy = cv2, numpy
        self.version = f"OpenCV {cv2.__version__}"

    def jobs(self):
        return super().jobs() | edits.jobs(self.cv, self.numpy, lambda path, flags: self.read((INPUTS / path).read_bytes(), flags))

    def read(self, data, flags):
        return self.cv.imdecode(self.numpy.frombuffer(data, self.numpy.uint8), flags)

    def bitmap(self, data):
        return self.read(data, self.cv.IMREAD_UNCHANGED)

    def crop(self, image, size):
        return self.numpy.ascontiguousarray(image[: size[1], : size[0]])

    def with_opaque_alpha(self, image):
        return self.cv.cvtColor(image, self.cv.COLOR_BGR2BGRA)

    def resize(self, image, target):
        # Its one filter that does not alias; a box, not Lanczos, and alpha is not looked at.
        return self.cv.resize(image, target, interpolation=self.cv.INTER_AREA)

    def widened(self, image, name):
        return image.astype(self.numpy.uint16) * 257

    def resize_wide(self, image, name, target):
        self.resize(image, target)

    def save(self, image, suffix, *options):
        return len(self.cv.imencode(suffix, image, options)[1])

    def encode_png(self, image):
        return self.save(image, ".png")

    def thumbnails(self, data, format):
        image, bytes = self.bitmap(data), 0
        suffix, option = (".jpg", self.cv.IMWRITE_JPEG_QUALITY) if format == "jpeg" else (".webp", self.cv.IMWRITE_WEBP_QUALITY)
        for side in SIDES:
            bytes += self.save(self.resize(image, (side, side)), suffix, option, QUALITY)
        return bytes

    def photograph_to_thumbnail(self, data):
        image = self.read(data, self.cv.IMREAD_REDUCED_COLOR_8)
        return self.save(self.resize(image, (256, 192)), ".webp", self.cv.IMWRITE_WEBP_QUALITY, QUALITY)

    def photograph_to_upload(self, data):
        image = self.read(data, self.cv.IMREAD_REDUCED_COLOR_2)
        return self.save(self.resize(image, (1536, 1152)), ".png")


class Python(Library):
    """The standard library, and pybase64 for the text."""

    def __init__(self):
        self.version = f"Python {sys.version.split()[0]}"
        self.b64decode, self.b64encode = lambda text: base64.b64decode(text, validate=True), base64.b64encode

    def jobs(self):
        return {
            "base64 decode": lambda: self.each("base64-text", lambda text: len(self.b64decode(text))),
            "base64 encode": lambda: self.each("base64-bytes", lambda data: len(self.b64encode(data))),
            "response to image bytes": lambda: self.each(
                "response-large", lambda text: len(self.b64decode(json.loads(text)["data"][0]["b64_json"]))
            ),
        }


class PyBase64(Python):
    def __init__(self):
        import pybase64

        self.version = f"pybase64 {pybase64.__version__}"
        self.b64decode, self.b64encode = lambda text: pybase64.b64decode(text, validate=True), pybase64.b64encode


def warm(prepare, name):
    """Does the work on tiny images, so that the libraries' own pages do not count as memory of the work."""
    global INPUTS
    if name.startswith(("resize", "edit", "composite")) or not (INPUTS / "tiny").exists():
        return
    inputs, INPUTS = INPUTS, INPUTS / "tiny"
    prepare()()
    INPUTS = inputs


def main():
    library = {"pillow": Pillow, "libvips": Vips, "opencv": OpenCV, "python": Python, "pybase64": PyBase64}[LIBRARY]()
    jobs = library.jobs()
    if len(sys.argv) == 5:
        warm(jobs[sys.argv[4]], sys.argv[4])
        work = jobs[sys.argv[4]]()
        if sys.argv[3] == "--once":
            work()
        return
    print(json.dumps({"version": library.version, "jobs": list(jobs)}), flush=True)
    name, work = None, None
    for line in sys.stdin:
        runs, wanted = line.rstrip("\n").split("\t")
        if wanted != name:
            name, work = wanted, None
            work = jobs[wanted]()
        bytes = 0
        wall, processor = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(int(runs)):
            bytes = work()
        processor, wall = time.process_time_ns() - processor, time.perf_counter_ns() - wall
        print(json.dumps({"wall": wall, "processor": processor, "bytes": bytes}), flush=True)


if __name__ == "__main__":
    main()
