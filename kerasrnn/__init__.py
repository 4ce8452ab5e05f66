"""Recurrent networks in Keras: from sequences to a trained, measured, deployable model."""

__version__ = "0.1.0"
