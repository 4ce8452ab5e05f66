"""Starting TensorFlow without its chatter.

`TF_CPP_MIN_LOG_LEVEL` comes too late for the lines about oneDNN and CUDA that the C++ library
writes straight to file descriptor 2 while it loads, so the descriptor is turned away meanwhile.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Holds back what native code writes to standard error; shows it if the block fails."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        saved = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def start_tensorflow() -> None:
    """Imports TensorFlow and Keras quietly, with Keras on TensorFlow."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    with silenced_stderr():
        import keras  # noqa: F401
        import tensorflow as tf

        tf.get_logger().setLevel("ERROR")
        # the first operation is what makes the native library speak of the processor
        tf.config.list_physical_devices()
