"""The stages. Params have the names and meanings of those in Java, and their defaults come from there."""

import sys
from typing import Any, Generic, List, Optional, Type, TypeVar

from pyspark import keyword_only
from pyspark.ml.evaluation import JavaEvaluator
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import JavaMLReadable, JavaMLReader, JavaMLWritable
from pyspark.ml.wrapper import JavaEstimator, JavaModel, JavaParams, JavaTransformer
from pyspark.sql import DataFrame, SparkSession

from sparkddpm.errors import user_errors
from sparkddpm.session import refuse_connect

_JAVA_PACKAGE = "io.sparkddpm.spark.ml"

S = TypeVar("S")
T = TypeVar("T", bound="_Stage")

# PySpark finds the Python class of a stage in a saved pipeline by the name of its Java class.
sys.modules[_JAVA_PACKAGE] = sys.modules[__name__]


class _Stage(JavaParams):
    """What all stages share: defaults of the Java side, and its reports of bad input."""

    def _begin(self, given: dict) -> None:
        refuse_connect()
        self._java_obj = self._new_java_obj(f"{_JAVA_PACKAGE}.{type(self).__name__}", self.uid)
        self._transfer_params_from_java()
        self._set(**given)

    def _transfer_params_from_java(self) -> None:
        for param in self.params:
            java_param = self._java_obj.getParam(param.name)
            if self._java_obj.hasDefault(java_param):
                value = self._java_obj.getDefault(java_param).get()
                is_list = param.typeConverter == TypeConverters.toListString
                self._setDefault(**{param.name: list(value) if is_list else value})
        super()._transfer_params_from_java()

    def _transfer_params_to_java(self) -> None:
        with user_errors():
            super()._transfer_params_to_java()


class _Reader(JavaMLReader):
    @classmethod
    def _java_loader_class(cls, clazz: Type[Any]) -> str:
        return f"{_JAVA_PACKAGE}.{clazz.__name__}"

    def load(self, path: str) -> Any:
        with user_errors():
            return super().load(path)


class _Persistent(JavaMLReadable[S], JavaMLWritable, Generic[S]):
    """A stage that is saved and loaded by the Java side."""

    @classmethod
    def read(cls) -> "JavaMLReader[S]":
        """A reader of saved stages."""
        refuse_connect()
        return _Reader(cls)


class _HasImageCol(_Stage):
    """The param of the column of images."""

    imageCol: "Param[str]" = Param(
        Params._dummy(),
        "imageCol",
        "column of the images: image files as bytes, alone or in a struct with bytes and path,"
        " or Spark's image struct; empty for the only one",
        typeConverter=TypeConverters.toString,
    )

    def setImageCol(self: T, value: str) -> T:
        """Sets :attr:`imageCol`."""
        return self._set(imageCol=value)


class _HasSettings(_Stage):
    """The param of settings beyond the other params."""

    settings: "Param[List[str]]" = Param(
        Params._dummy(),
        "settings",
        "key=value settings by the keys of the command's configuration, such as seed=3",
        typeConverter=TypeConverters.toListString,
    )

    def setSettings(self: T, *values: str) -> T:
        """Replaces all :attr:`settings`."""
        return self._set(settings=list(values))


class _ModelParams(_HasImageCol, _HasSettings):
    """The params that an estimator shares with its model."""

    labelCol: "Param[str]" = Param(
        Params._dummy(),
        "labelCol",
        "column of the classes, numbers from 0 or names; empty for the one called label, if"
        " there is one; none for no classes",
        typeConverter=TypeConverters.toString,
    )
    indexCol: "Param[str]" = Param(
        Params._dummy(),
        "indexCol",
        "column of whole numbers from 0 that decide a row's random numbers: row i gets sample"
        " i, or noise i",
        typeConverter=TypeConverters.toString,
    )
    output: "Param[str]" = Param(
        Params._dummy(),
        "output",
        "what transform adds: samples (drawn images, as PNG), noise (predicted in the rows'"
        " noised images, as vectors) or x0 (predicted clean images, as PNG)",
        typeConverter=TypeConverters.toString,
    )
    outputCol: "Param[str]" = Param(
        Params._dummy(),
        "outputCol",
        "column that transform adds",
        typeConverter=TypeConverters.toString,
    )
    timestep: "Param[int]" = Param(
        Params._dummy(),
        "timestep",
        "timestep t from 0 to which images are noised for output=noise and x0",
        typeConverter=TypeConverters.toInt,
    )

    def setLabelCol(self: T, value: str) -> T:
        """Sets :attr:`labelCol`."""
        return self._set(labelCol=value)

    def setIndexCol(self: T, value: str) -> T:
        """Sets :attr:`indexCol`."""
        return self._set(indexCol=value)

    def setOutput(self: T, value: str) -> T:
        """Sets :attr:`output`."""
        return self._set(output=value)

    def setOutputCol(self: T, value: str) -> T:
        """Sets :attr:`outputCol`."""
        return self._set(outputCol=value)

    def setTimestep(self: T, value: int) -> T:
        """Sets :attr:`timestep`."""
        return self._set(timestep=value)


class DdpmModel(_ModelParams, JavaModel, _Persistent["DdpmModel"]):
    """A trained diffusion model. ``transform`` adds what :attr:`output` says to each row.

    Rows are computed when Spark reads them: write or cache what is read twice.
    """

    @classmethod
    def of(cls, run: str) -> "DdpmModel":
        """The model of a run, as of its latest whole checkpoint, or of a checkpoint.

        :param run: location of either
        :raises UserError: if there is none
        """
        refuse_connect()
        spark = SparkSession.getActiveSession()
        if spark is None:
            raise RuntimeError("there is no active session of Spark in this thread")
        with user_errors():
            java_model = spark._jvm.io.sparkddpm.spark.ml.DdpmModel.of(spark._jsparkSession, run)
        return cls._wrap(java_model)

    @classmethod
    def _wrap(cls, java_model: Any) -> "DdpmModel":
        model = cls(java_model)
        model._transfer_params_from_java()
        return model

    @property
    def checkpoint(self) -> str:
        """Where the checkpoint lies."""
        return str(self._java_obj.checkpoint())

    def addSettings(self, *values: str) -> "DdpmModel":
        """Sets some keys, which beat those that are set already."""
        return self.setSettings(*self.getOrDefault(self.settings), *values)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        with user_errors():
            return super()._transform(dataset)


class DdpmEstimator(_ModelParams, JavaEstimator, _Persistent["DdpmEstimator"]):
    """Trains a denoising diffusion model (Ho et al. 2020) on the images of a DataFrame.

    The weights are those of ``ddpm train`` with the same settings on the same images, bit for bit.
    A fit that was killed resumes, one that was done is not done again.
    """

    config: "Param[str]" = Param(
        Params._dummy(),
        "config",
        "file of the configuration on the driver's disk, in HOCON or properties; empty for none",
        typeConverter=TypeConverters.toString,
    )
    dir: "Param[str]" = Param(
        Params._dummy(),
        "dir",
        "directory of the datasets and runs that fit makes, which all executors reach",
        typeConverter=TypeConverters.toString,
    )

    @keyword_only
    def __init__(
        self,
        *,
        dir: Optional[str] = None,
        config: Optional[str] = None,
        settings: Optional[List[str]] = None,
        imageCol: Optional[str] = None,
        labelCol: Optional[str] = None,
        indexCol: Optional[str] = None,
        output: Optional[str] = None,
        outputCol: Optional[str] = None,
        timestep: Optional[int] = None,
    ):
        super().__init__()
        self._begin(self._input_kwargs)

    def setConfig(self, value: str) -> "DdpmEstimator":
        """Sets :attr:`config`."""
        return self._set(config=value)

    def setDir(self, value: str) -> "DdpmEstimator":
        """Sets :attr:`dir`."""
        return self._set(dir=value)

    def _create_model(self, java_model: Any) -> DdpmModel:
        return DdpmModel._wrap(java_model)

    def _fit(self, dataset: DataFrame) -> DdpmModel:
        # Params are those that the Java side gives its model: they hold the file's settings too.
        with user_errors():
            return self._create_model(self._fit_java(dataset))


class _FeatureParams(_HasSettings):
    """Which features are taken, and how."""

    inception: "Param[str]" = Param(
        Params._dummy(),
        "inception",
        "file of the network that takes features: classify_image_graph_def.pb or a TorchScript"
        " network; empty for a small random network",
        typeConverter=TypeConverters.toString,
    )

    def setInception(self: T, value: str) -> T:
        """Sets :attr:`inception`."""
        return self._set(inception=value)


class ImageFeatures(_FeatureParams, _HasImageCol, JavaTransformer, _Persistent["ImageFeatures"]):
    """Adds the features of images as vectors, by Inception or another network."""

    outputCol: "Param[str]" = Param(
        Params._dummy(),
        "outputCol",
        "column that is added",
        typeConverter=TypeConverters.toString,
    )

    @keyword_only
    def __init__(
        self,
        *,
        imageCol: Optional[str] = None,
        outputCol: Optional[str] = None,
        inception: Optional[str] = None,
        settings: Optional[List[str]] = None,
    ):
        super().__init__()
        self._begin(self._input_kwargs)

    def setOutputCol(self, value: str) -> "ImageFeatures":
        """Sets :attr:`outputCol`."""
        return self._set(outputCol=value)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        with user_errors():
            return super()._transform(dataset)


class FrechetDistanceEvaluator(
    _FeatureParams, JavaEvaluator, _Persistent["FrechetDistanceEvaluator"]
):
    """The squared Fréchet distance (Heusel et al. 2017) of two sets of images or vectors.

    With the published Inception network it is FID. Less is better.
    """

    sampleCol: "Param[str]" = Param(
        Params._dummy(),
        "sampleCol",
        "column that is measured, of images or vectors",
        typeConverter=TypeConverters.toString,
    )
    referenceCol: "Param[str]" = Param(
        Params._dummy(),
        "referenceCol",
        "column that it is measured against",
        typeConverter=TypeConverters.toString,
    )
    reference: "Param[str]" = Param(
        Params._dummy(),
        "reference",
        "images or statistics that evaluate measures against instead of a column, as 'fid"
        " --reference' takes them",
        typeConverter=TypeConverters.toString,
    )
    work: "Param[str]" = Param(
        Params._dummy(),
        "work",
        "directory that all executors reach, where features of images are kept while they are"
        " compared; needed on a cluster",
        typeConverter=TypeConverters.toString,
    )

    @keyword_only
    def __init__(
        self,
        *,
        sampleCol: Optional[str] = None,
        referenceCol: Optional[str] = None,
        reference: Optional[str] = None,
        work: Optional[str] = None,
        inception: Optional[str] = None,
        settings: Optional[List[str]] = None,
    ):
        super().__init__()
        self._begin(self._input_kwargs)

    def distance(self, samples: DataFrame, references: DataFrame) -> float:
        """The distance of a column from that of another table.

        :param samples: with the column :attr:`sampleCol`
        :param references: with the column :attr:`referenceCol`, or :attr:`sampleCol` where that is
            not set
        :raises UserError: if a column does not fit, or there are too few images
        """
        self._transfer_params_to_java()
        with user_errors():
            return float(self._java_obj.distance(samples._jdf, references._jdf))

    def _evaluate(self, dataset: DataFrame) -> float:
        with user_errors():
            return super()._evaluate(dataset)

    def setSampleCol(self, value: str) -> "FrechetDistanceEvaluator":
        """Sets :attr:`sampleCol`."""
        return self._set(sampleCol=value)

    def setReferenceCol(self, value: str) -> "FrechetDistanceEvaluator":
        """Sets :attr:`referenceCol`."""
        return self._set(referenceCol=value)

    def setReference(self, value: str) -> "FrechetDistanceEvaluator":
        """Sets :attr:`reference`."""
        return self._set(reference=value)

    def setWork(self, value: str) -> "FrechetDistanceEvaluator":
        """Sets :attr:`work`."""
        return self._set(work=value)
