"""Runs every rule of the worker's protocol against a program; needs nothing but Python's standard library.

    python3 Tests/interop/worker_conformance.py PROGRAM [NAME...]      all rules, or those whose names contain NAME

PROGRAM is `gesso`, or another program that speaks the protocol as `PROGRAM worker`. Prints a line a rule; exit 1 if one is
broken.
"""

import json
import os
import queue
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path

PHOTOGRAPHS = Path(__file__).resolve().parent.parent.parent / "Sources/gesso-cli/Photographs"
PHOTO = PHOTOGRAPHS / "dogs-phone.jpg"
THUMBNAIL = {"format": "jpeg", "resize": "64x64"}
DEADLINE = 120


def png(width, height, seed=0, rows=None):
    """A PNG of noise in blocks; with `rows`, of so many rows only."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    noise = random.Random(seed)
    colors = [bytes(noise.randrange(256) for _ in range(3)) for _ in range(64)]
    line = b"\0" + b"".join(colors[x // 8 % 64] for x in range(width))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(line * (height if rows is None else rows), 1)) + chunk(b"IEND", b"")


SMALL = png(48, 32)
BOMB = png(60000, 60000, rows=1)


def frame(body=b"", **members):
    """A job: its line, and the body."""
    if body:
        members["bytes"] = len(body)
    return json.dumps(members).encode() + b"\n" + body


def job(id, body=SMALL, output=THUMBNAIL, **members):
    return frame(body, id=id, operation="renditions", outputs=[output], **members)


class Worker:
    """The program with its pipes, read and written at the same time: who waits for one of them alone may wait for ever."""

    def __init__(self, program, *options, stdin=subprocess.PIPE):
        self.process = subprocess.Popen([program, "worker", *options], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.frames = queue.Queue()
        self.errors = b""
        self.sent = 0
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()
        self.greeting = self.next()[0]

    def _read(self):
        output = os.fdopen(os.dup(self.process.stdout.fileno()), "rb", 1 << 20)
        try:
            while line := output.readline():
                head = json.loads(line)
                body = output.read(head.get("bytes", 0))
                assert len(body) == head.get("bytes", 0), "a result's body ends early"
                self.frames.put((head, body))
        except Exception as error:
            self.frames.put((error, b""))
        self.frames.put((None, b""))

    def _read_errors(self):
        self.errors = self.process.stderr.read()

    def send(self, data):
        view = memoryview(data)
        while view:
            count = os.write(self.process.stdin.fileno(), view)
            self.sent += count
            view = view[count:]

    def next(self, timeout=DEADLINE):
        """The next result; (None, b"") at the end."""
        head, body = self.frames.get(timeout=timeout)
        if isinstance(head, Exception):
            raise head
        return head, body

    def rest(self):
        results = []
        while (result := self.next())[0] is not None:
            results.append(result)
        return results

    def end(self):
        """Closes the input; the results to come, and the exit status."""
        self.process.stdin.close()
        results = self.rest()
        return results, self.process.wait(timeout=DEADLINE)


def run(program, data, *options):
    """Sends all, in any number of writes, and reads all."""
    worker = Worker(program, *options)
    sender = threading.Thread(target=lambda: (worker.send(data), worker.process.stdin.close()), daemon=True)
    sender.start()
    results = worker.rest()
    return results, worker.process.wait(timeout=DEADLINE)


def by_id(results):
    found = {head["id"]: (head, body) for head, body in results}
    assert len(found) == len(results), "one result for each job"
    return found


def done(results):
    for head, _ in results:
        assert head["status"] == "done", head
    return by_id(results)


def failed(result, code):
    head, body = result
    assert head["status"] == "failed" and head["bytes"] == 0 and body == b"", head
    error = head["error"]
    assert error["code"] == code and error["stage"] and error["message"], error
    return error


def convert(program, source, target, *options):
    subprocess.run([program, "convert", str(source), str(target), *options], check=True, capture_output=True)
    return Path(target).read_bytes()


# Rules


def rule_the_first_frame_has_the_version_and_the_limits(program, folder):
    worker = Worker(program)
    greeting = worker.greeting
    assert greeting["protocol"] == 1 and greeting["program"]
    assert {"renditions", "prepare", "finish", "audit", "inspect"} <= set(greeting["operations"])
    for name in ["window", "windowBytes", "lineBytes", "bodyBytes"]:
        assert greeting[name] > 0, name
    assert worker.end() == ([], 0), "no jobs, no results"
    worker = Worker(program, "--window", "7", "--lines")
    assert worker.greeting["window"] == 7 and worker.greeting["bodyBytes"] == 0
    worker.end()


def rule_a_body_gives_the_bytes_of_convert(program, folder):
    for options, output in [
        (["--resize", "512x512"], {"format": "jpeg", "resize": "512x512"}),
        (["--resize", "200x100", "--fit", "cover", "--quality", "60"], {"format": "webp", "resize": "200x100", "fit": "cover", "quality": 60}),
        (["--rotate", "90", "--flip", "vertical", "--no-enlarge", "--resize", "5000x"], {"format": "png", "rotate": 90, "flip": "vertical", "noEnlarge": True, "resize": "5000x"}),
        (["--max-bytes", "9000"], {"format": "jpeg", "maxBytes": 9000}),
    ]:  # fmt: skip
        target = folder / f"converted.{output['format']}"
        expected = convert(program, PHOTO, target, *options)
        results, status = run(program, job("a", PHOTO.read_bytes(), output))
        head, body = done(results)["a"]
        assert status == 0 and body == expected, options
        (made,) = head["outputs"]
        assert made["name"] == "0" and made["format"] == output["format"] and made["bytes"] == len(body) and "path" not in made
        target.unlink()


def rule_files_go_by_path(program, folder):
    expected = convert(program, PHOTO, folder / "expected.jpg", "--resize", "300x300")
    target = folder / "new" / "made.jpg"
    line = frame(id="a", operation="renditions", image=str(PHOTO), outputs=[{"path": str(target), "resize": "300x300"}])
    results, status = run(program, line)
    head, body = done(results)["a"]
    assert status == 0 and body == b"" and head["bytes"] == 0
    assert head["outputs"][0]["path"] == str(target) and target.read_bytes() == expected


def rule_a_job_that_runs_again_succeeds_again(program, folder):
    target = folder / "made.jpg"
    line = job("a", output={"path": str(target), "resize": "20x20"})
    first, _ = run(program, line)
    bytes_of_first, inode = target.read_bytes(), target.stat().st_ino
    second, _ = run(program, line)
    assert done(first) == done(second) and target.read_bytes() == bytes_of_first and target.stat().st_ino == inode
    target.write_bytes(b"of somebody else")
    failed(run(program, line)[0][0], "fileExists")
    assert target.read_bytes() == b"of somebody else"
    done(run(program, job("a", output={"path": str(target), "resize": "20x20"}, force=True))[0])
    assert target.read_bytes() == bytes_of_first


def rule_several_outputs_come_from_one_job(program, folder):
    outputs = [{"name": f"{side}", "format": "webp", "resize": f"{side}x{side}"} for side in (512, 256, 128)]
    results, _ = run(program, frame(PHOTO.read_bytes(), id="a", operation="renditions", outputs=outputs, placeholder=True))
    head, body = done(results)["a"]
    assert [output["name"] for output in head["outputs"]] == ["512", "256", "128"]
    assert [max(output["width"], output["height"]) for output in head["outputs"]] == [512, 256, 128]
    offset = 0
    for output in head["outputs"]:
        assert body[offset : offset + 4] == b"RIFF" and body[offset + 8 : offset + 12] == b"WEBP"
        offset += output["bytes"]
    assert offset == len(body) == head["bytes"] and head["report"]["placeholder"]["thumbHash"]


def rule_neither_order_nor_neighbors_change_a_byte(program, folder):
    jobs = [job(f"{index}", png(40 + index, 30, index % 7), {"format": ["png", "jpeg", "webp"][index % 3], "resize": "24x24"}) for index in range(60)]
    reference = done(run(program, b"".join(jobs), "--threads", "1", "--window", "1")[0])
    assert len(reference) == len(jobs)
    for seed in range(3):
        random.Random(seed).shuffle(jobs)
        assert done(run(program, b"".join(jobs), "--threads", "4", "--window", "16")[0]) == reference


def rule_many_jobs(program, folder):
    count = 2000
    results, status = run(program, b"".join(job(f"{index}") for index in range(count)))
    assert status == 0 and set(done(results)) == {f"{index}" for index in range(count)}
    assert len({body for _, body in results}) == 1


def rule_bytes_may_come_one_at_a_time(program, folder):
    worker = Worker(program)
    data = job("a") + job("b")
    for index in range(len(data)):
        worker.send(data[index : index + 1])
    results, status = worker.end()
    assert status == 0 and len(done(results)) == 2


def rule_a_bad_job_is_one_failed_result(program, folder):
    bad = {
        "empty": (frame(id="empty", operation="renditions", outputs=[THUMBNAIL]), "fileNotFound"),
        "text": (job("text", b"this is no image\n{}\n"), "unsupportedFormat"),
        "cut": (job("cut", PHOTO.read_bytes()[:100_000]), "truncated"),
        "bomb": (job("bomb", BOMB), "sideTooLong"),
        "missing": (frame(id="missing", operation="renditions", image=str(folder / "none.png"), outputs=[THUMBNAIL]), "fileNotFound"),
        "folder": (frame(id="folder", operation="renditions", image=str(folder), outputs=[THUMBNAIL]), "fileNotReadable"),
        "itself": (frame(id="itself", operation="renditions", image="/dev/stdin", outputs=[THUMBNAIL]), "fileNotReadable"),
        "operation": (frame(SMALL, id="operation", operation="paint"), "invalidParameter"),
        "none": (frame(SMALL, id="none"), "invalidParameter"),
        "member": (job("member", output={**THUMBNAIL, "brightness": 2}), "invalidParameter"),
        "help": (job("help", output={**THUMBNAIL, "help": True}), "invalidParameter"),
        "h": (job("h", output={**THUMBNAIL, "h": True}), "invalidParameter"),
        "value": (job("value", output={**THUMBNAIL, "quality": 101}), "invalidParameter"),
        "option": (job("option", output={**THUMBNAIL, "resize": "--flatten"}), "invalidParameter"),
        "kind": (job("kind", output={**THUMBNAIL, "progressive": True, "format": "png"}), "invalidParameter"),
        "format": (frame(SMALL, id="format", operation="renditions", outputs=[{"resize": "9x9"}]), "invalidParameter"),
        "outputs": (frame(SMALL, id="outputs", operation="renditions", outputs=[]), "invalidParameter"),
        "parts": (frame(SMALL, id="parts", operation="inspect", parts=[{"name": "image", "bytes": 3}]), "invalidParameter"),
        "device": (job("device", output={"path": "/dev/full", "format": "png"}), "fileNotWritable"),
    }  # fmt: skip
    data = b"".join(data + job(f"after-{id}") for id, (data, _) in bad.items())
    results, status = run(program, data)
    found = by_id(results)
    assert status == 0, "failed jobs end nothing"
    for id, (_, code) in bad.items():
        actual = found[id][0].get("error", {}).get("code")
        if id == "bomb":
            assert actual in ("sideTooLong", "tooManyPixels", "limitExceeded", "truncated"), actual
            continue
        if id == "device":
            assert actual in ("fileNotWritable", "invalidParameter"), actual
            continue
        failed(found[id], code)
        assert len(found[id][0]["error"]["message"]) < 400, "an error and not the help text"
        assert found[f"after-{id}"][0]["status"] == "done"
    assert len(results) == 2 * len(bad)


def rule_a_job_without_an_id_fails_without_one(program, folder):
    results, status = run(program, frame(SMALL, operation="inspect") + job("b"))
    assert status == 0 and [head["id"] for head, _ in results if head["status"] == "failed"] == [None]
    assert by_id(results)["b"][0]["status"] == "done"


def rule_an_id_in_use_is_refused(program, folder):
    results, _ = run(program, job("a", PHOTO.read_bytes()) + job("a"), "--window", "4")
    assert sorted(head["status"] for head, _ in results) == ["done", "failed"] and {head["id"] for head, _ in results} == {"a"}


def rule_a_line_that_is_no_job_ends_the_reading(program, folder):
    """What follows may be the body of an image, which must not be read as jobs."""
    attack = folder / "attacked.png"
    inside = frame(id="inside", operation="renditions", image=str(PHOTO), outputs=[{"path": str(attack)}])
    for line in [b"no json\n", b"[]\n", b"\xff\xfe\n", b'{"id": "x", "bytes": -1}\n', b'{"id": "x", "bytes": "9"}\n', b'{"id": "x", "bytes": 1.5}\n']:
        results, status = run(program, job("before") + line + inside)
        found = by_id(results)
        assert status == 2 and found.pop("before")[0]["status"] == "done", line
        ((id, result),) = found.items()
        assert id in (None, "x")
        failed(result, "invalidParameter")
        assert not attack.exists()


def rule_long_lines_and_bodies_are_refused(program, folder):
    long = json.dumps({"id": "x" * (1 << 20), "operation": "inspect"}).encode() + b"\n"
    results, status = run(program, job("before") + long)
    assert status == 2
    failed(by_id(results)[None], "limitExceeded")
    body = png(2000, 2000, 1) + bytes(1 << 20)
    results, status = run(program, job("long", body) + job("after"), "--body-bytes", "1MiB")
    assert status == 0 and by_id(results)["after"][0]["status"] == "done"
    failed(by_id(results)["long"], "tooManyBytes")


def rule_the_end_inside_a_body_is_an_error(program, folder):
    whole = job("cut")
    for length in [len(whole) - len(SMALL), len(whole) - 1]:
        results, status = run(program, job("before") + whole[:length])
        assert status == 2 and by_id(results)["before"][0]["status"] == "done"
        failed(by_id(results)["cut"], "truncated")
    # A length alone costs no memory, and the end after it is the same error.
    results, status = run(program, b'{"id": "cut", "operation": "inspect", "bytes": 1000000000}\n' + SMALL)
    assert status == 2
    failed(by_id(results)["cut"], "truncated")


def rule_a_job_can_be_cancelled(program, folder):
    large = png(6000, 4000, 2)
    slow = {"format": "webp", "lossless": True, "effort": "9"}
    worker = Worker(program, "--threads", "1", "--window", "4")
    worker.send(job("first", large, slow) + job("second", large, slow))
    worker.send(frame(cancel="second") + frame(cancel="unknown") + job("third"))
    results, status = worker.end()
    found = by_id(results)
    assert status == 0 and found["first"][0]["status"] == "done" and found["third"][0]["status"] == "done"
    failed(found["second"], "cancelled")
    # One that runs ends early.
    worker = Worker(program, "--threads", "1")
    worker.send(job("running", large, slow))
    time.sleep(0.3)
    worker.send(frame(cancel="running"))
    results, status = worker.end()
    assert status == 0 and results[0][0]["status"] in ("failed", "done")


def rule_what_does_not_fit_the_window_is_not_read(program, folder):
    worker = Worker(program, "--window", "2")
    body = png(64, 64) + bytes(300_000)
    count = 200
    # Results that nobody reads: the client's own pipe is full soon.
    worker.process.send_signal(signal.SIGSTOP)
    sender = threading.Thread(target=lambda: (worker.send(b"".join(job(f"{index}", body, {"format": "png"}) for index in range(count)))), daemon=True)
    sender.start()
    time.sleep(0.3)
    assert worker.sent < len(body), "a pipe is short"
    worker.process.send_signal(signal.SIGCONT)
    sender.join(DEADLINE)
    results, status = worker.end()
    assert status == 0 and len(done(results)) == count


def rule_results_that_nobody_reads_stop_the_reading(program, folder):
    process = subprocess.Popen([program, "worker", "--window", "2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    os.set_blocking(process.stdin.fileno(), False)
    large = png(600, 600, 3)
    data = b"".join(frame(large, id=f"{index}", operation="renditions", outputs=[{"format": "png", "keepLayout": True, "resize": "900x900"}]) for index in range(300))
    sent, quiet = 0, 0
    while sent < len(data) and quiet < 20:
        try:
            sent += os.write(process.stdin.fileno(), data[sent : sent + 65536])
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.1)
    assert sent < len(data), "the worker reads on although its results are not read"
    memory = next(int(line.split()[1]) for line in open(f"/proc/{process.pid}/status") if line.startswith("VmRSS"))
    assert memory < 400 << 10, f"{memory} KiB"
    process.kill()
    process.wait()


def rule_it_ends_when_nobody_reads(program, folder):
    process = subprocess.Popen([program, "worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
    process.stdout.readline()
    process.stdout.close()
    process.stdin.write(job("a"))
    assert process.wait(timeout=DEADLINE) == 1


def rule_sigterm_ends_it_after_the_jobs_it_has_read(program, folder):
    worker = Worker(program, "--threads", "1", "--window", "8")
    large = png(3000, 2000, 4)
    for index in range(4):
        worker.send(job(f"{index}", large, {"format": "webp", "lossless": True, "effort": "4"}))
    first = worker.next()
    worker.process.send_signal(signal.SIGTERM)
    results = [first, *worker.rest()]
    assert worker.process.wait(timeout=DEADLINE) == 0
    assert len(done(results)) >= 1


def rule_a_killed_worker_leaves_whole_files_or_none(program, folder):
    source = png(700, 500, 5)
    expected = convert_bytes(program, folder, source)
    for attempt in range(6):
        out = folder / f"out-{attempt}"
        out.mkdir()
        worker = Worker(program)
        jobs = b"".join(job(f"{index}", source, {"path": str(out / f"{index}.png"), "resize": "400x400"}) for index in range(60))
        threading.Thread(target=lambda: ignore_broken_pipe(worker, jobs), daemon=True).start()
        time.sleep(0.05 + 0.05 * attempt)
        worker.process.kill()
        worker.process.wait()
        for path in out.iterdir():
            assert path.suffix == ".png" and not path.name.startswith("."), path
            assert path.read_bytes() == expected, path


def convert_bytes(program, folder, source):
    (folder / "source.png").write_bytes(source)
    return convert(program, folder / "source.png", folder / "expected.png", "--resize", "400x400")


def ignore_broken_pipe(worker, data):
    try:
        worker.send(data)
    except (BrokenPipeError, ValueError, OSError):
        pass


def rule_lines_without_bodies(program, folder):
    """Neither behind jobs nor behind results: an output without a path is an error."""
    good = lambda id: frame(id=id, operation="inspect", image=str(PHOTO))
    long = b"x" * (2 << 20) + b"\n"
    data = good("a") + b"no json\n" + b"\n" + long + frame(SMALL[:0], id="b", operation="inspect", bytes=5)
    data += frame(id="d", operation="renditions", image=str(PHOTO), outputs=[THUMBNAIL]) + good("c")[:-1]
    results, status = run(program, data, "--lines")
    assert status == 0 and len(results) == 6 and not any(body for _, body in results), results
    assert {head["id"] for head, _ in results if head["status"] == "done"} == {"a", "c"}
    codes = sorted(head["error"]["code"] for head, _ in results if head["status"] == "failed")
    assert codes == ["invalidParameter", "invalidParameter", "invalidParameter", "limitExceeded"]


def rule_inspect_is_the_verb(program, folder):
    expected = json.loads(subprocess.run([program, "inspect", "--json", str(PHOTO)], capture_output=True, check=True).stdout)
    results, _ = run(program, frame(PHOTO.read_bytes(), id="a", operation="inspect") + frame(PHOTO.read_bytes()[:200_000], id="b", operation="inspect", decode="lenient"))
    found = done(results)
    assert found["a"][0]["report"] == expected and found["b"][0]["report"]["warnings"]


def rule_prepare_finish_and_audit_fit_together(program, folder):
    source = png(900, 700, 6)
    selection = {"rectangle": {"x": 300, "y": 200, "width": 150, "height": 120}}
    edit = {"select": selection, "prompt": "a lamp", "feather": 8}
    results, _ = run(program, frame(source, id="a", operation="prepare", **edit) + frame(source, id="b", operation="prepare", **edit, out=str(folder)))
    found = done(results)
    head, body = found["a"]
    parts = {}
    offset = 0
    for output in head["outputs"]:
        parts[output["name"]] = body[offset : offset + output["bytes"]]
        offset += output["bytes"]
    image = next(name for name in parts if name.startswith("image-0."))
    assert "mask.png" in parts, list(parts)
    for output in found["b"][0]["outputs"]:
        assert Path(output["path"]).read_bytes() == parts[output["name"]], "by path and in the body it is the same"
    returned = parts[image]
    data = source + returned
    finish = frame(data, id="f", operation="finish", responses=["returned"], thumbnail=["64x64:png"], parts=[{"name": "image", "bytes": len(source)}, {"name": "returned", "bytes": len(returned)}], **edit)
    head, body = done(run(program, finish)[0])["f"]
    assert [output["name"] for output in head["outputs"]] == ["edit-0-full.png", "edit-0-64.png"]
    assert head["report"]["audit"]["changedPixelsOutside"] == 0
    finished = body[: head["outputs"][0]["bytes"]]
    audit = frame(source + finished, id="c", operation="audit", heatmap=True, maskRect="300,200,150,120", feather=8, parts=[{"name": "before", "bytes": len(source)}, {"name": "after", "bytes": len(finished)}])
    head, body = done(run(program, audit)[0])["c"]
    assert head["report"]["audit"]["changedPixelsOutside"] == 0 and body[:4] == b"\x89PNG"
    # A response alone: its images as they came, and thumbnails.
    alone = frame(returned, id="r", operation="finish", responses=["r"], thumbnail="32x32:webp", stem="x", parts=[{"name": "r", "bytes": len(returned)}])
    head, body = done(run(program, alone)[0])["r"]
    assert [output["name"] for output in head["outputs"]] == [f"x-0{Path(image).suffix}", "x-0-32.webp"] and body.startswith(returned)


def rule_a_profile_of_a_server_is_a_file_like_others(program, folder):
    """By path, as a part or as JSON in the job; never one of the worker's own descriptors, which hold jobs."""
    profile = {"name": "own", "baseURL": "https://images.example.com/v1"}
    (folder / "own.json").write_text(json.dumps(profile))
    source, edit = png(900, 700, 9), {"operation": "prepare", "maskRect": "300,200,150,120", "prompt": "a lamp"}
    jobs = {
        "json": frame(source, id="json", **edit, server=profile),
        "path": frame(source, id="path", **edit, server=str(folder / "own.json")),
        "named": frame(source, id="named", **edit, server="openai"),
        "none": frame(source, id="none", **edit, server=str(folder / "none.json")),
        "stdin": frame(source, id="stdin", **edit, server="/dev/stdin"),
    }
    results, status = run(program, b"".join(jobs.values()) + job("after"))
    found = by_id(results)
    assert status == 0 and set(found) == {*jobs, "after"}
    for id in ("json", "path", "named", "after"):
        assert found[id][0]["status"] == "done", found[id][0]
    failed(found["none"], "invalidParameter")
    failed(found["stdin"], "fileNotReadable")


# Manifests


def manifest(folder, count, name="jobs.jsonl"):
    source = folder / "source.png"
    source.write_bytes(png(500, 400, 8))
    path = folder / name
    path.write_bytes(b"".join(frame(id=f"{index}", operation="renditions", image=str(source), outputs=[{"path": str(folder / "out" / f"{index}.png"), "resize": "250x250"}]) for index in range(count)))
    return path


def run_manifest(program, path, *options):
    completed = subprocess.run([program, "worker", "--manifest", str(path), "--json", *options], capture_output=True, timeout=DEADLINE)
    return completed.returncode, json.loads(completed.stdout) if completed.stdout else None


def rule_shards_share_a_manifest(program, folder):
    path = manifest(folder, 10)
    for index, count in [(0, 4), (1, 3), (2, 3)]:
        status, report = run_manifest(program, path, "--shard", f"{index}/3")
        assert status == 0 and report["jobs"] == {"done": count, "failed": 0, "skipped": 0, "isComplete": True}, report
    assert len(list((folder / "out").iterdir())) == 10
    assert run_manifest(program, path, "--shard", "3/3")[0] == 64


def rule_a_shard_that_runs_again_skips_what_is_done(program, folder):
    path = manifest(folder, 10)
    bad = frame(id="bad", operation="renditions", image=str(folder / "none.png"), outputs=[{"path": str(folder / "out" / "bad.png")}])
    path.write_bytes(path.read_bytes() + bad)
    results = folder / "results.jsonl"
    assert run_manifest(program, path, "--results", str(results))[1]["jobs"] == {"done": 10, "failed": 1, "skipped": 0, "isComplete": True}
    before = {file: file.read_bytes() for file in (folder / "out").iterdir()}
    status, report = run_manifest(program, path, "--results", str(results))
    assert status == 1 and report["jobs"] == {"done": 0, "failed": 1, "skipped": 10, "isComplete": True}
    # A lost output, a changed job and a torn last line are done again.
    (folder / "out" / "3.png").unlink()
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b"250x250", b"100x100").replace(b"4.png", b"4-small.png")
    path.write_bytes(b"".join(lines[:-1]))
    results.write_bytes(results.read_bytes() + b'{"status":"done","digest":"')
    status, report = run_manifest(program, path, "--results", str(results))
    assert status == 0 and report["jobs"] == {"done": 2, "failed": 0, "skipped": 8, "isComplete": True}, report
    for line in results.read_bytes().splitlines():
        json.loads(line)
    for file, data in before.items():
        assert file.read_bytes() == data


def rule_outputs_of_a_manifest_need_a_path(program, folder):
    path = manifest(folder, 2)
    path.write_bytes(path.read_bytes() + frame(id="body", operation="renditions", image=str(PHOTO), outputs=[THUMBNAIL]))
    status, report = run_manifest(program, path)
    assert status == 1 and report["jobs"] == {"done": 2, "failed": 1, "skipped": 0, "isComplete": True}, report
    assert len([json.loads(line) for line in (folder / "jobs.jsonl.0-of-1.results.jsonl").read_bytes().splitlines()]) == 3


def rule_no_other_file_is_taken_for_results(program, folder):
    path = manifest(folder, 3)
    (folder / "photo.jpg").write_bytes(PHOTO.read_bytes())
    (folder / "note.txt").write_bytes(b"one line")
    # Begins as results do, and would grow while it is read.
    sorted_jobs = folder / "sorted.jsonl"
    sorted_jobs.write_bytes(b'{"bytes":0,"id":"a","image":"none.png","operation":"inspect"}\n')
    for jobs, file in [(path, folder / "photo.jpg"), (path, folder / "note.txt"), (path, path), (sorted_jobs, sorted_jobs)]:
        before = file.read_bytes()
        status, report = run_manifest(program, jobs, "--results", str(file))
        assert status == 2 and report["error"]["code"] == "invalidParameter", report
        assert file.read_bytes() == before
    assert not (folder / "out").exists()
    # What is left of a first line that was cut is no reason.
    (folder / "cut.jsonl").write_bytes(b'{"byt')
    assert run_manifest(program, path, "--results", str(folder / "cut.jsonl"))[0] == 0


def rule_a_killed_shard_goes_on(program, folder):
    path = manifest(folder, 150)
    reference = convert(program, folder / "source.png", folder / "expected.png", "--resize", "250x250")
    for attempt in range(4):
        process = subprocess.Popen([program, "worker", "--manifest", str(path)], stdout=subprocess.DEVNULL)
        time.sleep(0.1 + 0.1 * attempt)
        process.kill()
        process.wait()
    status, report = run_manifest(program, path)
    assert status == 0 and report["jobs"]["done"] + report["jobs"]["skipped"] == 150
    files = list((folder / "out").iterdir())
    assert len(files) == 150 and all(file.read_bytes() == reference for file in files)


def rule_one_process_runs_a_shard(program, folder):
    path = manifest(folder, 400)
    first = subprocess.Popen([program, "worker", "--manifest", str(path)], stdout=subprocess.DEVNULL)
    results = folder / "jobs.jsonl.0-of-1.results.jsonl"
    while not results.exists() or not results.stat().st_size:
        time.sleep(0.01)
    completed = subprocess.run([program, "worker", "--manifest", str(path), "--json"], capture_output=True)
    assert completed.returncode == 75 and json.loads(completed.stdout)["error"]["code"] == "overloaded"
    # It ends in order when asked, and what it did is noted.
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=DEADLINE) == 75, "stopped before its end"
    status, report = run_manifest(program, path)
    assert status == 0 and report["jobs"]["skipped"] > 0 and report["jobs"]["done"] + report["jobs"]["skipped"] == 400


RULES = {name[5:]: rule for name, rule in list(globals().items()) if name.startswith("rule_")}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, wanted = sys.argv[1], sys.argv[2:]
    broken = 0
    for name, rule in RULES.items():
        if wanted and not any(text in name for text in wanted):
            continue
        folder = Path(tempfile.mkdtemp(prefix="worker-"))
        start = time.monotonic()
        try:
            rule(program, folder)
            print(f"ok      {name} ({time.monotonic() - start:.1f} s)", flush=True)
        except Exception as error:
            broken += 1
            print(f"broken  {name}: {type(error).__name__}: {error}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
