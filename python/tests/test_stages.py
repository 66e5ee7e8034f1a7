"""The stages against the commands, on the same images with the same settings.

Needs PySpark, and SPARKDDPM_JAR; the commands are those of SPARKDDPM_COMMAND, scripts/ddpm by default.
"""

import os
import shlex
import struct
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path
from unittest import mock

try:
    import pyspark
except ImportError:
    pyspark = None

JAR = os.environ.get("SPARKDDPM_JAR")
ROOT = Path(__file__).resolve().parents[2]
COMMAND = shlex.split(os.environ.get("SPARKDDPM_COMMAND", str(ROOT / "scripts/ddpm")))

IMAGES = 24
SAMPLES = 8
SHARD = ["shard.image-size=16", "shard.records-per-shard=20"]
NETWORK = [
    "model.channels=32",
    "model.multipliers=[1,1]",
    "model.blocks=1",
    "model.attention=[]",
    "model.image-size=16",
]
TRAINING = [
    "seed=3",
    "training.batch-size=4",
    "training.workers=2",
    "training.averaging.period.steps=2",
    "training.steps=4",
    "training.checkpoint-every=2",
    "training.sample-every=0",
    "training.ema.rates=[0.9]",
]
SAMPLE = ["sample.weights=ema-0.9", "sample.solver=ddim", "sample.steps=2"]


def png(number):
    """A PNG file of 16 x 16 pixels in colours that depend on a number."""
    rows = b"".join(
        b"\0" + bytes((7 * number * (c + 1) + 11 * x * y) % 256 for x in range(16) for c in range(3))
        for y in range(16)
    )

    def chunk(kind, data):
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def command(name, settings, *options):
    sets = [argument for setting in settings for argument in ("--set", setting)]
    subprocess.run([*COMMAND, name, *options, *sets], check=True, stdout=subprocess.DEVNULL)


@unittest.skipIf(pyspark is None, "PySpark is not installed")
@unittest.skipIf(JAR is None, "SPARKDDPM_JAR does not name the jar")
class StagesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import sparkddpm

        cls.ddpm = sparkddpm
        cls.directory = tempfile.TemporaryDirectory()
        cls.spark = (
            sparkddpm.builder(JAR)
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate()
        )
        rows = [(i, bytearray(png(i))) for i in range(IMAGES)]
        cls.spark.createDataFrame(rows, "id long, picture binary").write.parquet(cls.place("table"))
        cls.images = cls.spark.read.parquet(cls.place("table"))

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()
        cls.directory.cleanup()

    @classmethod
    def place(cls, name):
        return str(Path(cls.directory.name) / name)

    def estimator(self):
        return self.ddpm.DdpmEstimator(
            dir=self.place("fits"), settings=[*SHARD, *NETWORK, *TRAINING, *SAMPLE]
        )

    def samples(self, model):
        rows = model.transform(self.spark.range(SAMPLES).toDF("id")).orderBy("id").collect()
        self.assertEqual(SAMPLES, len(rows))
        return [bytes(row.output) for row in rows]

    def test_a_pipeline_has_the_bits_of_the_commands(self):
        from pyspark.ml import Pipeline, PipelineModel

        model = Pipeline(stages=[self.estimator()]).fit(self.images)
        drawn = self.samples(model)
        model.write().overwrite().save(self.place("model"))
        loaded = PipelineModel.load(self.place("model"))
        self.assertIsInstance(loaded.stages[0], self.ddpm.DdpmModel)
        self.assertEqual(drawn, self.samples(loaded))

        data, run, samples = self.place("data"), self.place("run"), self.place("samples")
        table = ["--format", "table", "--input", self.place("table")]
        command("shard", SHARD, *table, "--output", data)
        command("train", [*NETWORK, *TRAINING, *SAMPLE], "--dataset", data, "--run", run)
        command("sample", SAMPLE, "--run", run, "--count", str(SAMPLES), "--output", samples)
        of_command = self.spark.read.parquet(samples + "/images").orderBy("index").collect()
        self.assertEqual([bytes(row.png) for row in of_command], drawn)
        self.assertEqual(drawn, self.samples(self.ddpm.DdpmModel.of(run).setSettings(*SAMPLE)))

    def test_params_are_those_of_java(self):
        estimator = self.estimator()
        self.assertEqual("id", estimator.getOrDefault("indexCol"))
        self.assertEqual([], self.ddpm.ImageFeatures().getOrDefault("settings"))
        estimator.setOutput("x0").setTimestep(3).setLabelCol("none")
        copy = estimator.copy({estimator.timestep: 5})
        self.assertEqual(5, copy.getOrDefault("timestep"))
        self.assertEqual(3, estimator.getOrDefault("timestep"))
        path = self.place("estimator")
        copy.write().overwrite().save(path)
        loaded = self.ddpm.DdpmEstimator.load(path)
        self.assertEqual(len(copy.extractParamMap()), len(loaded.extractParamMap()))
        for param in copy.params:
            self.assertEqual(copy.isSet(param), loaded.isSet(param.name), param.name)
            if copy.isDefined(param):
                self.assertEqual(copy.getOrDefault(param), loaded.getOrDefault(param.name))

    def test_distances_and_features(self):
        evaluator = self.ddpm.FrechetDistanceEvaluator(
            sampleCol="picture", settings=["fid.force=true"]
        )
        self.assertFalse(evaluator.isLargerBetter())
        self.assertLess(evaluator.distance(self.images, self.images), 1e-6)
        half = self.images.where("id % 2 = 0")
        distance = evaluator.distance(half, self.images)
        self.assertGreater(distance, 1e-3)
        features = self.ddpm.ImageFeatures(imageCol="picture")
        of_vectors = self.ddpm.FrechetDistanceEvaluator(sampleCol="features").distance(
            features.transform(half), features.transform(self.images)
        )
        self.assertAlmostEqual(distance, of_vectors, delta=1e-6 * distance)

    def test_bad_input_is_one_line(self):
        with self.assertRaisesRegex(self.ddpm.UserError, "^fit needs a directory"):
            self.ddpm.DdpmEstimator().fit(self.images)
        with self.assertRaisesRegex(self.ddpm.UserError, "is no checkpoint, and no run"):
            self.ddpm.DdpmModel.of(self.place("nowhere"))


@unittest.skipIf(pyspark is None, "PySpark is not installed")
class ConnectTest(unittest.TestCase):
    @mock.patch.dict(os.environ, {"SPARK_CONNECT_MODE_ENABLED": "1"})
    def test_sessions_of_spark_connect_are_refused(self):
        import sparkddpm

        for begin in (
            sparkddpm.DdpmEstimator,
            sparkddpm.ImageFeatures,
            sparkddpm.FrechetDistanceEvaluator,
            sparkddpm.DdpmModel.read,
            lambda: sparkddpm.DdpmModel.of("run"),
        ):
            with self.assertRaisesRegex(
                sparkddpm.UserError, "^Spark Connect cannot run these stages, .* spark.remote"
            ):
                begin()


if __name__ == "__main__":
    unittest.main()
