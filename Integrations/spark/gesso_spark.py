"""Gesso on Apache Spark: `transform(df, job)` runs a job of `gesso worker` for each row, with one worker a task slot."""

import json
import os

from gesso_worker import Worker

RESULT = (
    "outputs array<struct<name: string, format: string, width: int, height: int, path: string, content: binary>>, "
    "report string, warnings array<string>, error struct<code: string, stage: string, message: string>"
)
_workers = {}  # Python processes serve one partition after the other, and so do their workers.


def transform(df, job, column="content", fetch=None, store=None, gesso="gesso", options=("--threads", "1"), counts=None):
    """One row for each of `df`'s, with the columns of `RESULT` in place of `column`; a bad image has an `error`.

    `job` is a dict, or a function that makes one of a row without `column`. `column` has the image: bytes, a path that the
    executors can read, or a key that `fetch` turns into bytes. With `store(path, data)` outputs with a path are handed to
    it, to be put under their keys. `gesso` is the program, also one in an archive (`--archives gesso.tar.gz#gesso` is
    `gesso/bin/gesso`). `counts` maps done, failed and died to accumulators.
    """
    from pyspark.sql.pandas.types import to_arrow_schema
    from pyspark.sql.types import StructType

    kept = [f"`{field.name}` {field.dataType.simpleString()}" for field in df.schema.fields if field.name != column]
    schema = StructType.fromDDL(", ".join([*kept, RESULT]))
    arrow = to_arrow_schema(schema)

    def batches(iterator):
        import pyarrow

        command = (_program(gesso), "worker", *options)
        worker = _workers.setdefault(command, Worker(*command))
        for batch in iterator:
            rows = batch.drop_columns([column]).to_pylist()
            jobs = [_job(job(row) if callable(job) else job, store) for row in rows]
            inputs = (_input(job, value.as_py(), fetch) for (job, _), value in zip(jobs, batch[column]))
            deaths, results = worker.deaths, []
            for row, (_, paths), (result, body) in zip(rows, jobs, worker.map(inputs)):
                results.append({**row, **_columns(result, body, paths, store)})
                if counts:
                    counts[result["status"]].add(1)
            if counts:
                counts["died"].add(worker.deaths - deaths)
            yield pyarrow.RecordBatch.from_pylist(results, schema=arrow)

    return df.mapInArrow(batches, schema)


def _program(path):
    from pyspark import SparkFiles

    shipped = os.path.join(SparkFiles.getRootDirectory() or "", path)
    return shipped if os.path.exists(shipped) else path


def _job(job, store):
    """The job as the worker gets it, and the paths that `store` takes instead of it."""
    outputs = [dict(output) for output in job.get("outputs", [])]
    paths = [output.pop("path", None) if store else None for output in outputs]
    for output, path in zip(outputs, paths):
        if path:
            output.setdefault("format", os.path.splitext(path)[1][1:])
    return ({**job, "outputs": outputs} if outputs else job), paths


def _input(job, value, fetch):
    value = fetch(value) if fetch else value
    return ({**job, "image": value}, b"") if isinstance(value, str) else (job, value or b"")


def _columns(result, body, paths, store):
    outputs, report, error = [], result.get("report"), result.get("error")
    for output, path in zip(result.get("outputs", []), paths + [None] * len(result.get("outputs", []))):
        content = None if "path" in output else body[: output["bytes"]]
        body = body[len(content or b"") :]
        if path:
            store(path, content)
            content = None
        output = {key: output.get(key) for key in ("name", "format", "width", "height", "path")}
        outputs.append({**output, "path": output["path"] or path, "content": content})
    return {
        "outputs": outputs,
        "report": report and json.dumps(report),
        "warnings": (report or {}).get("warnings", []),
        "error": error and {key: error[key] for key in ("code", "stage", "message")},
    }
