"""Set before anything imports TensorFlow, which the tests share within one process."""

import os

from hypothesis import settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

# a first example may have to wait for a graph to be traced
settings.register_profile("kerasrnn", deadline=None, derandomize=True)
settings.load_profile("kerasrnn")
