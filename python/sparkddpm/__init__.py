"""Denoising diffusion models as stages of Spark ML.

The stages are those of the Java package ``io.sparkddpm.spark.ml``: this package sets their params
and calls them, and computes nothing itself. Sessions need the jar of spark-ddpm; see :func:`builder`.
"""

from sparkddpm.errors import UserError
from sparkddpm.session import builder
from sparkddpm.stages import (
    DdpmEstimator,
    DdpmModel,
    FrechetDistanceEvaluator,
    ImageFeatures,
)

__all__ = [
    "DdpmEstimator",
    "DdpmModel",
    "FrechetDistanceEvaluator",
    "ImageFeatures",
    "UserError",
    "builder",
]
