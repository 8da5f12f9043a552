"""The Images API's side of the response benchmark: bytes made beforehand, sent as fast as the client takes them.

    python loopback.py          prints its port, then serves until its standard input is closed

The prompt names the response: `json BYTES`, `stream PARTIALS PARTIAL_BYTES BYTES` or `slow …` before either, which
spreads the response over ten seconds. The last byte of every response is sent by itself; `GET /v1/times` gives the moments, by
the monotonic clock in nanoseconds, at which they were, and forgets them.
"""

import asyncio
import base64
import functools
import json
import random
import sys
import time

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
SLOW_SECONDS = 10


@functools.cache
def image(size):
    return base64.b64encode(PNG + random.Random(size).randbytes(size - len(PNG))).decode()


@functools.cache
def response(kind, *sizes):
    """The pieces of a response: head and body up to the first event's end, the events after it, the last byte."""
    usage = {"input_tokens": 50, "output_tokens": 50, "total_tokens": 100, "input_tokens_details": {"text_tokens": 50, "image_tokens": 0}}
    details = {"created_at": 1_790_000_000, "size": "1024x1024", "quality": "high", "background": "opaque", "output_format": "png"}
    if kind == "json":
        pieces = [json.dumps({"created": 1_790_000_000, "data": [{"b64_json": image(int(sizes[0]))}], "usage": usage})]
        content_type = "application/json"
    else:
        partials, partial_size, size = map(int, sizes)
        events = [("partial_image", partial_size, {"partial_image_index": index}) for index in range(partials)]
        events.append(("completed", size, {"usage": usage}))
        pieces = []
        for name, length, extra in events:
            event = {"type": f"image_generation.{name}", "b64_json": image(length), **details, **extra}
            pieces.append(f"event: image_generation.{name}\ndata: {json.dumps(event)}\n\n")
        content_type = "text/event-stream"
    length = sum(map(len, pieces))
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nX-Request-Id: req_1\r\nContent-Length: {length}\r\n\r\n"
    pieces = [piece.encode() for piece in pieces]
    pieces[0] = head.encode() + pieces[0]
    last = pieces[-1][-1:]
    pieces[-1] = pieces[-1][:-1]
    return [*pieces, last]


async def request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = head.split("\r\n")
    length = next((int(field.split(":")[1]) for field in fields if field.lower().startswith("content-length:")), 0)
    return line, await reader.readexactly(length)


async def serve(times, reader, writer):
    try:
        while True:
            line, body = await request(reader)
            if line.startswith("GET"):
                text = json.dumps(times)
                times.clear()
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
                continue
            kind, *sizes = json.loads(body)["prompt"].split()
            slow = kind == "slow"
            *pieces, last = response(*(sizes if slow else (kind, *sizes)))
            for index, piece in enumerate(pieces):
                if slow:
                    # Not all in step: each stream has its own moments.
                    await asyncio.sleep(SLOW_SECONDS * random.uniform(0.5, 1) / len(pieces))
                writer.write(piece)
                await writer.drain()
            # What is before the last byte has reached the client by then, or is on its way.
            await asyncio.sleep(0.005)
            times.append(time.monotonic_ns())
            writer.write(last)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    times = []
    server = await asyncio.start_server(functools.partial(serve, times), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
