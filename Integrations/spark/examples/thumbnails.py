"""Thumbnails of every image in a folder or bucket, as a Parquet table with an error where an image is bad.

    Scripts/package
    spark-submit --archives .build/gesso.tar.gz#gesso \
        --py-files Integrations/spark/gesso_spark.py,Integrations/worker/gesso_worker.py \
        Integrations/spark/examples/thumbnails.py s3a://bucket/images s3a://bucket/thumbnails
"""

import sys

from gesso_spark import transform
from pyspark.sql import SparkSession

JOB = {
    "operation": "renditions",
    "outputs": [{"name": str(side), "format": "webp", "resize": f"{side}x{side}"} for side in (512, 128)],
}

if __name__ == "__main__":
    source, target = sys.argv[1:]
    # Few rows a batch: each holds a whole image.
    spark = SparkSession.builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "32").getOrCreate()
    counts = {name: spark.sparkContext.accumulator(0) for name in ("done", "failed", "died")}
    images = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(source).select("path", "content")
    # The archive holds a folder of its own: gesso/gesso/bin/gesso.
    transform(images, JOB, gesso="gesso/gesso/bin/gesso", counts=counts).write.mode("overwrite").parquet(target)
    print({name: count.value for name, count in counts.items()})
