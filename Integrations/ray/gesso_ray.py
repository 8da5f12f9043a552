"""Gesso on Ray Data: one `gesso worker` an actor, with the client in Integrations/worker, which must be on the path.

    import ray, gesso_ray
    images = ray.data.read_binary_files("s3://bucket/in/", include_paths=True)
    gesso_ray.transform(images, {"operation": "renditions", "outputs": [{"format": "jpeg", "resize": "512x512"}]}, actors=2)

Leave CPUs for the tasks that read: with as many actors as CPUs Ray waits for ever. Ray listens on all interfaces; on a
machine that others reach run it under `unshare -n` or behind a firewall.
"""

import json

from gesso_worker import Worker


class Transform:
    """What `map_batches` calls; one of them, and so one worker, in each actor."""

    def __init__(self, job, gesso, options, column):
        self.job, self.column = job, column
        self.worker = Worker(gesso, "worker", *options)

    def __call__(self, batch):
        values = [value if isinstance(value, str) else bytes(value) for value in batch.pop(self.column)]
        inputs = ((({**self.job, "image": value}, b"") if isinstance(value, str) else (self.job, value)) for value in values)
        columns = {"outputs": [], "content": [], "report": [], "error": []}
        for result, body in self.worker.map(inputs):
            columns["outputs"].append(json.dumps(result.get("outputs", [])))
            columns["content"].append(body)
            columns["report"].append(json.dumps(result.get("report")))
            columns["error"].append(json.dumps(result["error"]) if "error" in result else "")
        return {**batch, **columns}


def transform(dataset, job, column="bytes", actors=1, gesso="gesso", options=("--threads", "1"), batch_size=64):
    """The dataset with the results of `job` in place of `column`; an image that fails has an `error`, and no other does."""
    return dataset.map_batches(
        Transform, fn_constructor_args=(job, gesso, options, column), batch_size=batch_size, concurrency=actors, num_cpus=1
    )
