"""The official SDK as a contender for responses: see Sources/response-peer/main.swift, which speaks the same way."""

import asyncio
import base64
import json
import resource
import sys
import time

import openai

BASE = sys.argv[1]
MODEL = "gpt-image-2"


def generate(client, prompt):
    response = client.images.generate(model=MODEL, prompt=prompt)
    return len(base64.b64decode(response.data[0].b64_json))


def stream(client, prompt):
    events = client.images.generate(model=MODEL, prompt=prompt, stream=True, partial_images=3)
    return sum(len(base64.b64decode(event.b64_json)) for event in events)


def work(client, prompt):
    return (stream if "stream" in prompt.split() else generate)(client, prompt)


async def one(client, prompt):
    total = 0
    async for event in await client.images.generate(model=MODEL, prompt=prompt, stream=True, partial_images=3):
        total += len(base64.b64decode(event.b64_json))
    return total


async def many(count, prompt):
    limits = openai.DefaultAsyncHttpxClient(limits=openai.DEFAULT_CONNECTION_LIMITS, timeout=600)
    async with openai.AsyncOpenAI(api_key="k", base_url=BASE, max_retries=0, http_client=limits) as client:
        await one(client, "stream 1 1000 1000")
        floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wall, processor = time.perf_counter_ns(), time.process_time_ns()
        totals = await asyncio.gather(*[one(client, prompt) for _ in range(count)], return_exceptions=True)
        processor, wall = time.process_time_ns() - processor, time.perf_counter_ns() - wall
    good = [total for total in totals if isinstance(total, int)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"wall": wall, "processor": processor, "bytes": sum(good), "whole": len(good), "floor": floor, "peak": peak}


def main():
    if sys.argv[2:3] == ["--many"]:
        print(json.dumps(asyncio.run(many(int(sys.argv[3]), sys.argv[4]))), flush=True)
        return
    client = openai.OpenAI(api_key="k", base_url=BASE, max_retries=0)
    if len(sys.argv) > 2:
        work(client, "json 1000")
        work(client, "stream 1 1000 1000")
        if sys.argv[2] == "--once":
            work(client, sys.argv[3])
        return
    print(json.dumps({"version": f"openai {openai.__version__}"}), flush=True)
    for line in sys.stdin:
        runs, prompt = line.rstrip("\n").split("\t")
        done = []
        wall, processor = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(int(runs)):
            bytes = work(client, prompt)
            done.append(time.monotonic_ns())
        processor, wall = time.process_time_ns() - processor, time.perf_counter_ns() - wall
        print(json.dumps({"wall": wall, "processor": processor, "bytes": bytes, "done": done}), flush=True)


if __name__ == "__main__":
    main()
