"""An edited image back in place: the inputs, and the work as one does it with OpenCV and NumPy.

A canvas of 1536×1024 that a model returned a little shifted, scaled and brighter is composited over its original of
12 megapixels where a mask selects, feathered, in linear light.
"""

CANVAS, ORIGINAL, FEATHER, RING = (1536, 1024), (4248, 2832), 12, 96
NAMES = ["original", "sent", "returned", "mask"]


def write_inputs(photograph, tiled, write):
    """Writes PNG files of the four images through `write(name, image)`."""
    from PIL import Image, ImageDraw, ImageOps

    original = tiled(photograph, ORIGINAL)
    sent = original.resize(CANVAS, Image.Resampling.LANCZOS)
    mask = Image.new("L", ORIGINAL, 0)
    ImageDraw.Draw(mask).ellipse([ORIGINAL[0] // 3, ORIGINAL[1] // 3, ORIGINAL[0] * 2 // 3, ORIGINAL[1] * 2 // 3], fill=255)
    # What the model filled in where it was asked to, then its distortion: x' = (x - c) · 1.008 + c + shift, 4 % brighter.
    edited = Image.composite(ImageOps.mirror(ImageOps.flip(sent)), sent, mask.resize(CANVAS))
    scale, (x, y) = 1 / 1.008, (CANVAS[0] / 2, CANVAS[1] / 2)
    motion = (scale, 0, x - (x + 2.3) * scale, 0, scale, y - (y - 1.7) * scale)
    returned = edited.transform(CANVAS, Image.Transform.AFFINE, motion, Image.Resampling.BICUBIC)
    returned = returned.point([min(255, round(level * 1.04)) for level in range(256)] * 3)
    for name, image in zip(NAMES, [original, sent, returned, mask]):
        write(name, image)


class BackInPlace:
    """Registration by ECC on half the size, a gain and an offset for each channel, bicubic resampling of the masked part,
    and blending in linear light by tables and floats: nothing is done outside the mask that need not be."""

    def __init__(self, cv, numpy, read):
        self.cv, self.numpy = cv, numpy
        self.original, self.sent, self.returned, self.mask = (
            read(f"edit-12mp/{name}", cv.IMREAD_GRAYSCALE if name == "mask" else cv.IMREAD_COLOR) for name in NAMES
        )
        encoded = numpy.arange(256, dtype=numpy.float32) / 255
        self.linear = numpy.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(numpy.float32)
        light = numpy.arange(16384, dtype=numpy.float64) / 16383
        curve = numpy.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
        self.encoded = numpy.rint(curve * 255).astype(numpy.uint8)
        self.weight, self.place = self.feathered()
        left, top, width, height = self.place
        scale = [a / b for a, b in zip(CANVAS, ORIGINAL)]
        self.to_canvas = numpy.array([[scale[0], 0, (left + 0.5) * scale[0] - 0.5], [0, scale[1], (top + 0.5) * scale[1] - 0.5], [0, 0, 1]])
        self.patch = self.numpy.ascontiguousarray(self.original[top : top + height, left : left + width, ::-1])

    def feathered(self):
        cv, numpy = self.cv, self.numpy
        left, top, width, height = cv.boundingRect(self.mask)
        left, top = max(0, left - FEATHER), max(0, top - FEATHER)
        right, bottom = min(ORIGINAL[0], left + width + 2 * FEATHER), min(ORIGINAL[1], top + height + 2 * FEATHER)
        part = cv.dilate(self.mask[top:bottom, left:right], numpy.ones((FEATHER + 1, FEATHER + 1), numpy.uint8))
        soft = cv.GaussianBlur(part, (FEATHER | 1, FEATHER | 1), 0).astype(numpy.float32) / 255
        return soft[:, :, None], (left, top, right - left, bottom - top)

    def run(self):
        cv, numpy = self.cv, self.numpy
        self.weight, self.place = self.feathered()
        mask = cv.resize(self.mask, CANVAS, interpolation=cv.INTER_AREA)
        motion = self.register(mask)
        gain, offset = self.match(mask, motion)
        place = (motion @ self.to_canvas)[:2]
        patch = cv.warpAffine(
            self.returned, place, self.place[2:], flags=cv.INTER_CUBIC | cv.WARP_INVERSE_MAP, borderMode=cv.BORDER_REPLICATE
        )
        # One table a channel does gain and offset.
        levels = numpy.arange(256, dtype=numpy.float32)[:, None] * gain + offset
        patch = cv.LUT(patch, numpy.clip(numpy.rint(levels), 0, 255).astype(numpy.uint8)[None])
        self.composite(patch)
        return 0

    def register(self, mask):
        cv, numpy = self.cv, self.numpy
        half = (CANVAS[0] // 2, CANVAS[1] // 2)
        sent, returned = (
            cv.resize(cv.cvtColor(image, cv.COLOR_BGR2GRAY), half, interpolation=cv.INTER_AREA) for image in (self.sent, self.returned)
        )
        keep = 255 - cv.dilate(cv.resize(mask, half, interpolation=cv.INTER_AREA), numpy.ones((9, 9), numpy.uint8))
        keep[keep < 255] = 0
        motion = numpy.eye(2, 3, dtype=numpy.float32)
        criteria = (cv.TERM_CRITERIA_EPS | cv.TERM_CRITERIA_COUNT, 50, 1e-5)
        # Shift and uniform scale are no model of its own there; the affine one holds them.
        _, motion = cv.findTransformECC(sent, returned, motion, cv.MOTION_AFFINE, criteria, keep, 5)
        whole = numpy.eye(3)
        whole[:2] = motion
        # From the pixel grid of half the size to that of the whole.
        up = numpy.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
        return up @ whole @ numpy.linalg.inv(up)

    def match(self, mask, motion):
        cv, numpy = self.cv, self.numpy
        left, top, width, height = cv.boundingRect(mask)
        left, top = max(0, left - RING), max(0, top - RING)
        right, bottom = min(CANVAS[0], left + width + 2 * RING), min(CANVAS[1], top + height + 2 * RING)
        mask, sent = mask[top:bottom, left:right], self.sent[top:bottom, left:right]
        place = motion @ numpy.array([[1, 0, left], [0, 1, top], [0, 0, 1]])
        found = cv.warpAffine(self.returned, place[:2], mask.shape[::-1], flags=cv.INTER_LINEAR | cv.WARP_INVERSE_MAP)
        ring = cv.dilate(mask, numpy.ones((2 * RING + 1, 2 * RING + 1), numpy.uint8))
        ring[cv.dilate(mask, numpy.ones((5, 5), numpy.uint8)) > 0] = 0
        (mean, spread), (wanted_mean, wanted_spread) = (cv.meanStdDev(image, mask=ring) for image in (found, sent))
        gain = (wanted_spread / spread).T[0].astype(numpy.float32)
        return gain, (wanted_mean.T[0] - gain * mean.T[0]).astype(numpy.float32)

    def composite(self, patch):
        cv, numpy = self.cv, self.numpy
        left, top, width, height = self.place
        part = self.original[top : top + height, left : left + width]
        own, other = cv.LUT(part, self.linear), cv.LUT(patch, self.linear)
        other -= own
        other *= self.weight
        other += own
        other *= 16383
        other += 0.5
        blended = numpy.take(self.encoded, other.astype(numpy.uint16))
        numpy.copyto(part, blended, where=self.weight > 0)

    def composite_alone(self):
        self.composite(self.patch)
        return 0


def jobs(cv, numpy, read):
    """What worker.py runs: names of jobs, and what makes each ready."""
    return {
        "edit back in place 1536x1024 onto 12mp": lambda: BackInPlace(cv, numpy, read).run,
        "composite an ellipse of 1416x944": lambda: BackInPlace(cv, numpy, read).composite_alone,
    }
