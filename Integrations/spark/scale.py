"""Measures a resize to 512 pixels as JPEG on one machine and on a Spark cluster on loopback, undisturbed and with kills.

Scripts/scale runs it in an environment of its own. CPU is that of all processes of this session: driver, cluster, Python
workers and gesso.
"""

import argparse
import functools
import io
import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
for part in ("spark", "worker"):
    sys.path.insert(0, str(ROOT / "Integrations" / part))

from flow import SPECULATION, run as run_flow  # noqa: E402
from gesso_worker import Worker  # noqa: E402

JOB = {"operation": "renditions", "outputs": [{"format": "jpeg", "resize": "512x512"}]}
SET = {"operation": "renditions", "outputs": [{"format": "webp", "resize": f"{side}x{side}"} for side in (512, 256, 128)]}

EXECUTOR = ["CoarseGrainedExecutorBackend", "java"]


# Images


def make_images(folder, count, distinct):
    """`count` names of `distinct` photographs of 1 to 2 megapixels."""
    from PIL import Image

    folder.mkdir(parents=True)
    sources = [Image.open(path).convert("RGB") for path in sorted((ROOT / "Sources/gesso-cli/Photographs").glob("*.jpg"))]
    noise = random.Random(1)
    for index in range(min(count, distinct)):
        image = sources[index % len(sources)]
        pixels = noise.uniform(1e6, 2e6)
        scale = (pixels / (image.width * image.height)) ** 0.5
        image = image.resize((round(image.width * scale), round(image.height * scale)))
        image = image.crop((noise.randrange(32), noise.randrange(32), image.width, image.height))
        image.save(folder / f"{index:06}.jpg", quality=90)
    for index in range(distinct, count):
        os.link(folder / f"{index % distinct:06}.jpg", folder / f"{index:06}.jpg")
    return sorted(folder.iterdir())


def pillow(path):
    from PIL import Image

    with Image.open(path) as image:
        image.thumbnail((512, 512))
        output = io.BytesIO()
        image.convert("RGB").save(output, "JPEG", quality=80)
    return output.getvalue()


def pillow_full(path):
    """Without the JPEG decoder's own reduction, as most programs use Pillow."""
    from PIL import Image

    with Image.open(path) as image:
        scale = 512 / max(image.size)
        image = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    output = io.BytesIO()
    image.save(output, "JPEG", quality=80)
    return output.getvalue()


def pillow_set(path):
    from PIL import Image

    total = 0
    with Image.open(path) as image:
        for side in (512, 256, 128):
            image.thumbnail((side, side))
            output = io.BytesIO()
            image.save(output, "WEBP", quality=80)
            total += output.tell()
    return total


# Measuring


def cpu_seconds():
    """Of all processes of this session, and of their children that have ended."""
    ticks, session = 0, os.getsid(0)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


class Table:
    def __init__(self):
        self.rows = []

    def measure(self, name, images, work):
        start, cpu = time.monotonic(), cpu_seconds()
        count = work(images)
        seconds, cpu = time.monotonic() - start, cpu_seconds() - cpu
        assert count == len(images), f"{name}: {count} of {len(images)}"
        row = {"way": name, "images": count, "cpuMilliseconds": round(1000 * cpu / count, 1), "imagesPerSecond": round(count / seconds, 1)}
        self.rows.append(row)
        print(f"{name:50} {row['cpuMilliseconds']:8.1f} ms CPU an image {row['imagesPerSecond']:8.1f} images a second  ({count} images)", flush=True)


# Without an engine


def one_process_an_image(program):
    def work(images):
        with tempfile.TemporaryDirectory() as folder:
            names = "\n".join(map(str, images)) + "\n"
            script = f'exec "$0" convert --resize 512x512 "$1" "{folder}/$(basename "$1")" >/dev/null'
            subprocess.run(["xargs", "-P2", "-I{}", "sh", "-c", script, program, "{}"], input=names.encode(), check=True)
            return len(os.listdir(folder))

    return work


def pool_of_pillow(function):
    def work(images):
        with multiprocessing.Pool(2) as pool:
            return sum(bool(size) for size in pool.imap_unordered(function, map(str, images), chunksize=8))

    return work


def run_worker(arguments):
    program, job, paths = arguments
    worker = Worker(program, "worker", "--threads", "1")
    done = sum(result["status"] == "done" for result, _ in worker.map((job, Path(path).read_bytes()) for path in paths))
    worker.stop()
    return done


def two_workers(program, job=JOB):
    def work(images):
        paths = list(map(str, images))
        with multiprocessing.Pool(2) as pool:
            return sum(pool.map(run_worker, [(program, job, paths[index::2]) for index in range(2)]))

    return work


# Spark


class Cluster:
    """A standalone master and one-core workers, each on an address of its own so that speculation has a second host."""

    def __init__(self, folder, workers):
        import pyspark

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.master, self.processes = f"spark://127.0.0.1:{port}", []
        # The wheel has no start scripts; spark-class is what they would call.
        self.spark_class = str(Path(pyspark.__file__).parent / "bin/spark-class")
        self.folder = folder
        package = "org.apache.spark.deploy"
        self.start(f"{package}.master.Master", "127.0.0.1", "--port", str(port), "--webui-port", "0")
        for index in range(workers):
            work = folder / f"worker-{index}-{port}"
            self.start(f"{package}.worker.Worker", f"127.0.0.{index + 1}", "--webui-port", "0", "--cores", "1", "--memory", "1g", "--work-dir", str(work), self.master)

    def start(self, name, host, *arguments):
        environment = {**os.environ, "SPARK_LOCAL_IP": host, "PYSPARK_PYTHON": sys.executable, "SPARK_NO_DAEMONIZE": "1"}
        log = open(self.folder / f"{name.rpartition('.')[2]}-{host}.log", "ab")
        self.processes.append(subprocess.Popen([self.spark_class, name, "--host", host, *arguments], env=environment, stdout=log, stderr=log))

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def session(master, more=()):
    from pyspark.sql import SparkSession

    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable)
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        # Rows are images: the default of 10,000 would be gigabytes.
        "spark.sql.execution.arrow.maxRecordsPerBatch": "32",
        **dict(more),
    }
    builder = SparkSession.builder.master(master).appName("gesso scale")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    for part in ("spark/gesso_spark.py", "worker/gesso_worker.py"):
        spark.sparkContext.addPyFile(str(ROOT / "Integrations" / part))
    return spark


def table(spark, images, partitions=8):
    rows = [(index, str(path)) for index, path in enumerate(images)]
    return spark.createDataFrame(spark.sparkContext.parallelize(rows, partitions), "id int, path string")


def map_paths(function):
    """A `mapInArrow` that reads each path and gives a length."""

    def batches(iterator):
        import pyarrow

        for batch in iterator:
            lengths = [len(function(path)) for path in batch["path"].to_pylist()]
            yield pyarrow.RecordBatch.from_arrays([pyarrow.array(lengths, pyarrow.int64())], ["length"])

    return batches


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def spark_function(spark, function):
    return lambda images: table(spark, images).mapInArrow(map_paths(function), "length long").filter("length > 0").count()


def spark_one_process(spark, program):
    def convert(path):
        command = [program, "convert", "--resize", "512x512", "--format", "jpeg", path, "-"]
        return subprocess.run(command, capture_output=True, check=True).stdout

    return spark_function(spark, convert)


def spark_worker(spark, program, job=JOB, binary=False, **options):
    from gesso_spark import transform

    def work(images):
        if binary:
            frame = spark.read.format("binaryFile").load(str(images[0].parent)).select("path", "content")
            return transform(frame, job, "content", gesso=program).filter("error is null and length(outputs[0].content) > 0").count()
        return transform(table(spark, images), job, "path", gesso=program, **options).filter("error is null and length(outputs[0].content) > 0").count()

    return work


# Faults


def spark_files(spark, program, images, out):
    """Writes outputs by path; returns the rows with errors."""
    from gesso_spark import transform

    def job(row):
        return {"operation": "renditions", "outputs": [{"path": f"{out}/{row['id']:06}.jpg", "resize": "512x512"}]}

    return transform(table(spark, images, 16), job, "path", gesso=program).filter("error is not null").select("id", "error.code").collect()


def kill(words):
    """Kills one process of this session whose command line has `words`; None if there is none."""
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = command.read_bytes().replace(b"\0", b" ").decode()
            if all(word in line for word in words) and os.getsid(int(command.parent.name)) == os.getsid(0):
                os.kill(int(command.parent.name), signal.SIGKILL)
                return int(command.parent.name)
        except (OSError, ProcessLookupError):
            continue
    return None


def killer(words, out, moments, killed):
    """Kills one process whose command line has `words` whenever so many outputs are there."""
    for moment in moments:
        while len(os.listdir(out)) < moment:
            time.sleep(0.005)
        if kill(words) is not None:
            killed.append(words)


def fault(spark, program, images, folder, name, words, kills, expected, bad=0):
    out = folder / f"out-{name}"
    out.mkdir()
    killed = []
    moments = [len(images) * (index + 1) // (kills + 1) for index in range(kills)]
    thread = threading.Thread(target=killer, args=(words, out, moments, killed), daemon=True)
    thread.start()
    errors = spark_files(spark, program, images, out)
    thread.join(timeout=1)
    found = {path.name: path.read_bytes() for path in out.iterdir()}
    equal = sum(found.get(name) == data for name, data in expected.items())
    row = {"fault": name, "images": len(images), "kills": len(killed), "equal": equal, "expected": len(expected), "errors": len(errors), "bad": bad}
    print(f"{name:50} {row['kills']} kills, {equal} of {len(expected)} outputs equal, {len(errors)} error rows of {bad} bad files", flush=True)
    shutil.rmtree(out)
    assert equal == len(expected) == len(found) and len(errors) == bad and len(killed) == kills, row
    return row


def faults(spark, program, images, folder, kills):
    reference = folder / "out-reference"
    reference.mkdir()
    assert spark_files(spark, program, images, reference) == []
    expected = {path.name: path.read_bytes() for path in reference.iterdir()}
    assert len(expected) == len(images)
    rows = [
        fault(spark, program, images, folder, "gesso-worker-killed", ["gesso", "worker", "--threads"], kills, expected),
        fault(spark, program, images, folder, "python-worker-killed", ["pyspark", "daemon"], min(kills, 2), expected),
        fault(spark, program, images, folder, "executor-killed", EXECUTOR, 1, expected),
    ]
    bad = folder / "bad"
    bad.mkdir()
    files = bad_files(images)
    for name, data in files.items():
        if data is not None:
            (bad / name).write_bytes(data)
    mixed = [*images, *(bad / name for name in files)]
    rows.append(fault(spark, program, mixed, folder, "bad-files", ["nothing"], 0, expected, bad=len(files)))
    return rows


def bad_files(images):
    """Files that are no images; one is not there at all."""
    sys.path.insert(0, str(ROOT / "Tests/interop"))
    from worker_conformance import BOMB

    return {"bomb.png": BOMB, "cut.jpg": images[0].read_bytes()[:5000], "text.jpg": b"no image", "missing.jpg": None}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gesso", required=True, help="the program")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--distinct", type=int, default=100, help="different photographs among them")
    parser.add_argument("--fault-images", type=int, default=None, help="images of each fault case (default: as many)")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--only", choices=["table", "faults", "flow"])
    parser.add_argument("--edits", type=int, default=400, help="edits of the whole way, each with a purchase")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="of the moments at which the coordinator is killed")
    parser.add_argument("--slow", type=int, default=200, help="images of ways with one process an image")
    parser.add_argument("--json", help="write the figures to this file")
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.gesso)
    if os.getsid(0) != os.getpid():
        try:
            os.setsid()
        except PermissionError:
            sys.exit(subprocess.run([sys.executable, *sys.argv], start_new_session=True).returncode)
    folder = Path(tempfile.mkdtemp(prefix="gesso-scale-"))
    results, cluster, spark = Table(), None, None
    report = {"cores": os.cpu_count(), "table": results.rows, "faults": [], "flow": None}
    try:
        images = make_images(folder / "in", max(arguments.images, arguments.edits), arguments.distinct)
        edited, images = images[: arguments.edits], images[: arguments.images]
        few, some = images[: arguments.slow], images[:2000]
        if arguments.only in (None, "table"):
            results.measure("xargs -P2, one gesso convert an image", few, one_process_an_image(program))
            results.measure("Pillow, thumbnail(), pool of 2", images, pool_of_pillow(pillow))
            results.measure("Pillow, resize(), pool of 2", images, pool_of_pillow(pillow_full))
            results.measure("gesso worker, two, no engine", images, two_workers(program))
            results.measure("Pillow, three sizes, pool of 2", few, pool_of_pillow(pillow_set))
            results.measure("gesso worker, three sizes, two, no engine", some, two_workers(program, SET))
            cluster = Cluster(folder, 1)
            spark = session(cluster.master)
            spark_worker(spark, program)(few[:50])
            results.measure("Spark, 1 core, gesso worker", images, spark_worker(spark, program, fetch=read_bytes))
            spark.stop()
            cluster.stop()
        cluster = Cluster(folder, 2)
        spark = session(cluster.master)
        spark_worker(spark, program)(few[:50])
        if arguments.only in (None, "table"):
            results.measure("Spark, 2 cores, files read, nothing done", images, spark_function(spark, read_bytes))
            results.measure("Spark, 2 cores, Pillow thumbnail() in mapInArrow", images, spark_function(spark, pillow))
            results.measure("Spark, 2 cores, Pillow resize() in mapInArrow", images, spark_function(spark, pillow_full))
            results.measure("Spark, 2 cores, one gesso convert an image", few, spark_one_process(spark, program))
            results.measure("Spark, 2 cores, gesso worker, bytes", images, spark_worker(spark, program, fetch=read_bytes))
            results.measure("Spark, 2 cores, gesso worker, paths", images, spark_worker(spark, program))
            results.measure("Spark, 2 cores, gesso worker, binaryFile", images, spark_worker(spark, program, binary=True))
            results.measure("Spark, 2 cores, Pillow, three sizes", few, spark_function(spark, lambda path: bytes(pillow_set(path))))
            results.measure("Spark, 2 cores, gesso worker, three sizes", some, spark_worker(spark, program, job=SET, fetch=read_bytes))
        if arguments.only in (None, "faults"):
            report["faults"] = faults(spark, program, images[: arguments.fault_images], folder, arguments.kills)
        if arguments.only in (None, "flow"):
            spark.stop()
            spark = session(cluster.master, SPECULATION)
            find = functools.partial(kill, EXECUTOR)
            report["flow"] = run_flow(spark, program, edited, bad_files(images), folder, arguments.kills, find, arguments.seed)
    finally:
        if spark:
            spark.stop()
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
