"""Factories: plain numbers in, `keras.Model` out; usable without the rest of the package."""

from kerasrnn.models.forecaster import forecaster
from kerasrnn.models.text_classifier import text_classifier
from kerasrnn.models.text_generator import text_generator
from kerasrnn.models.translator import translator

__all__ = ["forecaster", "text_classifier", "text_generator", "translator"]
