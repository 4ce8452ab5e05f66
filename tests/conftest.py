"""Set before anything imports TensorFlow, which the tests share within one process."""

import os

import pytest
from hypothesis import settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

# a first example may have to wait for a graph to be traced
settings.register_profile("kerasrnn", deadline=None, derandomize=True)
settings.load_profile("kerasrnn")


def pytest_collection_modifyitems(items):
    """Beside one another (pytest-xdist), tests that share a module's fixtures stay together.

    Those that share none may say so with a group of their own.
    """
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        parameters = getattr(item, "callspec", None)
        own = parameters.params.get("pair", ()) if parameters else ()
        item.add_marker(pytest.mark.xdist_group("-".join([item.nodeid.split("::")[0], *own])))
