"""Sessions in which the stages run."""

import os

from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote

from sparkddpm.errors import UserError

_VECTORS = "--add-modules=jdk.incubator.vector"


def builder(jar: str, task_cpus: int = 1) -> SparkSession.Builder:
    """A builder of sessions with what the stages need.

    It must be used before this process has started a JVM for Spark. On a cluster, set
    ``spark.executor.memoryOverhead`` too: the networks' activations live there.

    :param jar: location of ``spark-ddpm-0.1.0.jar``
    :param task_cpus: processors of a task; the same number gives the same bits
    """
    cpus = str(task_cpus)
    os.environ["OMP_NUM_THREADS"] = cpus  # of this process's JVM, which computes in local mode
    return (
        SparkSession.builder.config("spark.jars", jar)
        .config("spark.task.cpus", cpus)
        .config("spark.executorEnv.OMP_NUM_THREADS", cpus)
        .config("spark.driver.extraJavaOptions", _VECTORS)
        .config("spark.executor.extraJavaOptions", _VECTORS)
    )


def refuse_connect() -> None:
    """Refuses a process whose sessions are those of Spark Connect.

    :raises UserError: if it is one
    """
    if is_remote():
        raise UserError(
            "Spark Connect cannot run these stages, which need a driver of their own: open the session"
            " with spark.master instead of spark.remote, such as by sparkddpm.builder"
        )
