"""Factories: plain numbers in, `keras.Model` out; usable without the rest of the package."""

from kerasrnn.models.forecaster import forecaster
from kerasrnn.models.sequence_regressor import element_regressor, sequence_regressor
from kerasrnn.models.tagger import tagger
from kerasrnn.models.text_classifier import text_classifier
from kerasrnn.models.text_generator import text_generator

__all__ = [
    "element_regressor",
    "forecaster",
    "sequence_regressor",
    "tagger",
    "text_classifier",
    "text_generator",
]
