"""Factories: plain numbers in, `keras.Model` out; usable without the rest of the package."""

from kerasrnn.models.forecaster import forecaster
from kerasrnn.models.speech_recognizer import speech_recognizer
from kerasrnn.models.text_classifier import text_classifier
from kerasrnn.models.text_generator import text_generator

__all__ = ["forecaster", "speech_recognizer", "text_classifier", "text_generator"]
