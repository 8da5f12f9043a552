"""Sixty-four uploads of 12 megapixels at once, three files made of each, under a limit of memory."""

import concurrent.futures
import io
import tempfile
import time

import numpy
from conftest import Server
from PIL import Image
from watch import Bounds, Health, Holdings, group_peak, memory_group


def photo(number):
    """4000 x 3000 pixels with the detail of a photograph, each another file."""
    random = numpy.random.default_rng(7)
    coarse = random.integers(0, 256, (60, 80, 3), numpy.uint8)
    pixels = numpy.asarray(Image.fromarray(coarse).resize((4000, 3000), Image.BICUBIC)).astype(numpy.int16)
    pixels = (pixels + random.integers(-9, 10, pixels.shape, numpy.int16)).clip(0, 255).astype(numpy.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=88)
    return file.getvalue()


def work(server, data, number):
    """One user: uploads, and has three files made; returns seconds."""
    client, begin = server.client(), time.monotonic()
    client.timeout = 600
    # The same photo with something else at its end is another photo.
    stored = client.upload(data=data + f"{number}".encode())
    for path, accept, kind in (
        (stored["thumbnail"], "image/webp", "WEBP"), (stored["thumbnail"], "image/jpeg", "JPEG"),
        (stored["preview"], "image/webp", "WEBP"),
    ):
        response = client.get(path, accept=accept)
        assert response.status == 200, (response.status, response.body[:300])
        assert response.image().format == kind
    return time.monotonic() - begin


def rate(data, count, threads, limit, bounds=None):
    """Uploads a second with that many threads of the pool, nil for one a core."""
    environment = {"GESSO_THREADS": str(threads)} if threads else {}
    environment |= {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144"}
    with tempfile.TemporaryDirectory() as folder, memory_group(limit) as (prefix, group):
        if not prefix:
            environment["GESSO_PIXEL_BUDGET"] = str(256 << 20)
        server = Server(folder, "--mock", environment=environment, prefix=prefix)
        try:
            work(server, data, "first")
            health, begin = Health(server.port), time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(count) as pool:
                times = sorted(pool.map(lambda number: work(server, data, number), range(count)))
            took = time.monotonic() - begin
            (half, most, worst), failures = health.stop()
            if bounds:
                bounds.row("uploads done, three files each", count)
                bounds.row("memory is limited by", "a control group" if group else "the pixel budget alone")
                bounds.row("most resident memory", Holdings(server.process.pid).most_resident, "MiB", most=limit / (1 << 20))
                if (peak := group_peak(group)) is not None:
                    bounds.row("most memory of the group, with file cache", peak, "MiB", most=limit / (1 << 20))
                bounds.row("median of one upload and its files", times[count // 2], "s")
                bounds.row("/health p50", half, "ms")
                bounds.row("/health p99", most, "ms", most=20)
                bounds.row("/health most", worst, "ms")
                bounds.row("/health failures", failures, most=0)
            return count / took
        finally:
            server.stop()


def run(options):
    bounds = Bounds(f"{options.count} uploads of 12 megapixels at once, {options.mebibytes} MiB")
    data, limit = photo(0), options.mebibytes << 20
    full = rate(data, options.count, None, limit, bounds)
    alone = rate(data, max(8, options.count // 4), 1, limit)
    bounds.row("uploads a second", full)
    bounds.row("uploads a second with one thread", alone)
    bounds.row("times as fast as one thread", full / alone, least=options.speedup)
    return bounds.end()
