"""Many edits the whole way: executors prepare and finish, one coordinator buys, and all of them are killed meanwhile.

Images lie in an S3 server that verifies signatures (moto behind the gate of Tests/interop/storage). Tasks hold presigned URLs
and no key; the images that they write have names that follow from the input, and are written once (`If-None-Match: *`).
"""

import io
import json
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EDIT = {"maskEllipse": "300,200,400,300", "prompt": "a hot-air balloon", "model": "gpt-image-2", "quality": "low"}
SPECULATION = {
    # A task may lose its executor again and again here.
    "spark.task.maxFailures": "20",
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.multiplier": "1.1",
    "spark.speculation.quantile": "0.5",
    "spark.speculation.minTaskRuntime": "200ms",
}


# In tasks


def request(url, data=None):
    """The object's bytes; or writes them, unless an earlier run of the task has. Repeats what the storage is too busy for."""
    headers = {"If-None-Match": "*", "Content-Type": "application/octet-stream"} if data is not None else {}
    for attempt in range(8):
        try:
            message = urllib.request.Request(url, data, headers, method="GET" if data is None else "PUT")
            with urllib.request.urlopen(message, timeout=60) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            if data is not None and error.code in (409, 412):
                return b""
            if error.code != 503:
                raise
        time.sleep(0.05 * 2**attempt)
    raise OSError("the storage is busy")


def fetch(url):
    """An image that is missing is no image for the worker, and one row with an error."""
    try:
        return request(url)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return b"no such object"


def store(batches):
    """Writes each row's outputs to its URLs; keeps what the coordinator needs."""
    import pyarrow

    for batch in batches:
        rows = batch.to_pylist()
        for row in rows:
            for output, url in zip(row["outputs"] or [], row["puts"]):
                request(url, output["content"])
        errors = [row["error"] and f"{row['error']['code']}: {row['error']['message']}" for row in rows]
        columns = [[row["id"] for row in rows], [row["report"] for row in rows], errors]
        yield pyarrow.RecordBatch.from_arrays([pyarrow.array(column, pyarrow.string()) for column in columns], ["id", "report", "error"])


# The coordinator


class Bucket:
    def __init__(self):
        sys.path.insert(0, str(ROOT / "Tests/interop/storage"))
        import boto3
        import gate
        from botocore.config import Config

        self.gate = gate.Gate()
        style = Config(signature_version="s3v4", s3={"addressing_style": "path"})
        self.client = boto3.client(
            "s3", endpoint_url=self.gate.url, region_name=gate.REGION, config=style,
            aws_access_key_id=gate.ACCESS_KEY, aws_secret_access_key=gate.SECRET_KEY,
        )
        self.name = gate.BUCKET
        self.gate.forward("PUT", f"/{self.name}", {}, b"")

    def url(self, operation, key):
        return self.client.generate_presigned_url(operation, {"Bucket": self.name, "Key": key}, ExpiresIn=86_400)

    def get(self, key):
        return request(self.url("get_object", key))

    def put(self, key, data):
        request(self.url("put_object", key), data)


class Coordinator:
    """`gesso batch run`, killed again and again."""

    def __init__(self, gesso, folder, moments):
        self.folder, self.moments, self.kills = folder, moments, 0
        self.gesso = gesso
        self.server = subprocess.Popen([gesso, "serve", "--port-file", str(folder / "port")], stdout=subprocess.DEVNULL)
        while not (folder / "port").exists():
            assert self.server.poll() is None, "gesso serve did not start"
            time.sleep(0.05)
        self.base = f"http://127.0.0.1:{(folder / 'port').read_text().strip()}/v1"

    def buy(self, manifest, shard_lines, kills):
        command = [self.gesso, "batch", "run", "--manifest", str(manifest), "--run", str(self.folder / "run"), "--out"]
        command += [str(self.folder / "returned"), "--shard-lines", str(shard_lines), "--settle", "1", "--interval", "1"]
        command += ["--base-url", self.base, "--json"]
        longest = 0.3
        while True:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, env={"OPENAI_API_KEY": "sk-flow", "PATH": "/usr/bin:/bin"})
            try:
                output, _ = process.communicate(timeout=self.moments.uniform(0.05, longest) if self.kills < kills else None)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                self.kills, longest = self.kills + 1, longest * 1.5
                continue
            assert process.returncode == 0, f"gesso batch run ended with {process.returncode}: {output.decode()}"
            if self.kills >= kills:
                return json.loads(output)

    def upload(self, data):
        """An image at the server; its id."""
        kind = "webp" if data[:4] == b"RIFF" else "png"
        fields = f'--part\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nvision\r\n--part\r\nContent-Disposition: form-data; name="file"; '
        fields += f'filename="image.{kind}"\r\nContent-Type: image/{kind}\r\n\r\n'
        headers = {"Authorization": "Bearer sk-flow", "Content-Type": "multipart/form-data; boundary=part"}
        message = urllib.request.Request(f"{self.base}/files", fields.encode() + data + b"\r\n--part--\r\n", headers)
        return json.load(urllib.request.urlopen(message))["id"]

    def bought(self):
        """How many batches the server has, and how many images it billed."""
        listed = urllib.request.Request(f"{self.base}/batches?limit=100", headers={"Authorization": "Bearer sk-flow"})
        batches = json.load(urllib.request.urlopen(listed))["data"]
        return len(batches), sum(batch["request_counts"]["completed"] for batch in batches)

    def stop(self):
        self.server.terminate()
        self.server.wait()


def killing(find, stop, kills, pause, killed):
    """Kills so many executors, one whenever some seconds have passed."""
    while len(killed) < kills and not stop.wait(pause()):
        process = find()
        if process is not None:
            killed.append(process)


def run(spark, gesso, images, bad, folder, kills, find, seed):
    """One row of figures; fails unless every good image was edited, bought once, and restored outside its mask."""
    from gesso_spark import transform

    moments, bucket = random.Random(seed), Bucket()
    coordinator = Coordinator(gesso, folder, moments)
    killed, stop = [], threading.Event()
    try:
        good = [f"{index:06}" for index in range(len(images))]
        data = {name: path.read_bytes() for name, path in zip(good, images)}
        for name, path in zip(good, images):
            bucket.put(f"in/{name}", data[name])
        for name, content in bad.items():
            if content is not None:
                bucket.put(f"in/{name}", content)
        # One of twenty requests meets a busy storage.
        bucket.gate.faults = ["503" if moments.random() < 0.05 else None for _ in range(20 * len(images))]
        spark.sparkContext.addPyFile(__file__)

        def frame(rows):
            parallel = spark.sparkContext.parallelize(rows, 16)
            return spark.createDataFrame(parallel, "id string, source string, puts array<string>, response string")

        pauses = random.Random(seed + 1)
        killer = threading.Thread(target=killing, args=(find, stop, kills, lambda: pauses.uniform(5, 12), killed), daemon=True)
        killer.start()
        names = [*good, *bad]
        rows = [
            (name, bucket.url("get_object", f"in/{name}"), [bucket.url("put_object", f"prepared/{name}/{part}") for part in ("image", "mask")], None)
            for name in names
        ]
        job = {"operation": "prepare", **EDIT}
        prepared = transform(frame(rows), job, "source", fetch=fetch, gesso=gesso).mapInArrow(store, "id string, report string, error string")
        prepared = {row.id: row for row in prepared.collect()}
        errors = {row.id: row.error for row in prepared.values() if row.error}
        assert sorted(errors) == sorted(bad), errors
        manifest = folder / "jobs.jsonl"
        with open(manifest, "w") as lines:
            for name in good:
                canvas = json.loads(prepared[name].report)["placement"]["canvas"]
                # By file id, as the mock server downloads nothing; the API would take the presigned URLs as they are.
                files = {part: {"file_id": coordinator.upload(bucket.get(f"prepared/{name}/{part}"))} for part in ("image", "mask")}
                line = {"id": name, **files, "size": f"{canvas['width']}x{canvas['height']}", **{key: EDIT[key] for key in ("prompt", "model", "quality")}}
                lines.write(json.dumps(line) + "\n")
        report = coordinator.buy(manifest, max(1, len(good) // 4), kills)
        rows = [
            (name, bucket.url("get_object", f"in/{name}"), [bucket.url("put_object", f"out/{name}")], str(folder / "returned" / f"{name}-0.png"))
            for name in good
        ]

        def finish(row):
            return {"operation": "finish", **EDIT, "responses": [row["response"]]}

        finished = transform(frame(rows), finish, "source", fetch=fetch, gesso=gesso).mapInArrow(store, "id string, report string, error string")
        failed = [(row.id, row.error) for row in finished.collect() if row.error]
        stop.set()
        killer.join()
        bucket.gate.faults = []
        intact = sum(restored(data[name], bucket.get(f"out/{name}")) for name in good)
        batches, billed = coordinator.bought()
    finally:
        stop.set()
        coordinator.stop()
        bucket.gate.stop()
    row = {
        "edits": len(good), "batches": batches, "billed": billed, "intact": intact, "failed": failed, "errors": errors,
        "kills": {"coordinator": coordinator.kills, "executors": len(killed)}, "done": report["done"],
        "signaturesVerified": bucket.gate.accepted.total(), "seed": seed,
    }
    print(f"the whole way of {len(good)} edits: {billed} billed in {batches} batches, {intact} finished and restored outside the mask, "
          f"{len(errors)} error rows of {len(bad)} bad images, {coordinator.kills} kills of the coordinator and {len(killed)} of executors, "
          f"{row['signaturesVerified']} signatures verified, seed {seed}", flush=True)
    assert billed == len(good) == intact == report["done"] and failed == [], row
    return row


def restored(before, after):
    """Whether all pixels away from the mask are those of the original."""
    from PIL import Image, ImageChops

    before, after = (Image.open(io.BytesIO(data)).convert("RGB") for data in (before, after))
    if before.size != after.size:
        return False
    difference = ImageChops.difference(before, after)
    # The mask's box, with room for its feather.
    difference.paste((0, 0, 0), (284, 184, 716, 516))
    return difference.getbbox() is None
