"""Factories: plain numbers in, `keras.Model` out; usable without the rest of the package."""

from kerasrnn.models.forecaster import forecaster
from kerasrnn.models.sequence_reader import sequence_reader
from kerasrnn.models.sequence_regressor import element_regressor, sequence_regressor
from kerasrnn.models.speech_recognizer import speech_recognizer
from kerasrnn.models.tagger import tagger
from kerasrnn.models.text_classifier import text_classifier
from kerasrnn.models.text_generator import text_generator
from kerasrnn.models.translator import translator

__all__ = [
    "element_regressor",
    "forecaster",
    "sequence_reader",
    "sequence_regressor",
    "speech_recognizer",
    "tagger",
    "text_classifier",
    "text_generator",
    "translator",
]
