"""Batches made elsewhere, by tf.data's service, and no other than those made here.

Source: Audibert et al. 2023, "tf.data service: A case for disaggregating ML input data processing".

Each of the service's workers makes the whole epoch, in order, and numbers its batches; here each
number is taken once, from whichever worker has it first. So the order of an epoch is kept, a run
that goes on in its middle asks for the rest alone, and a worker of the service that dies is no loss
while another lives; more workers make it safer, not faster. The other ways of sharing (Keras and
TensorFlow recommend `DYNAMIC`) are faster and give batches in any order, some perhaps never.
"""

import tensorflow as tf

from kerasrnn.errors import BadInput

IN_PYTHON = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}


def check_servable(batches: tf.data.Dataset, task: str) -> None:
    """Refuses batches that another process cannot make.

    Args:
        batches: An epoch's.
        task: What they are called.

    Raises:
        BadInput: If Python makes them, which only this process has.
    """
    serialized = tf.raw_ops.DatasetToGraphV2(input_dataset=batches._variant_tensor)
    graph = tf.compat.v1.GraphDef.FromString(serialized.numpy())
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    if IN_PYTHON & {node.op for node in nodes}:
        raise BadInput(
            f"--data-service: the batches of {task} are made in Python, as are all of data that "
            "lies in a cache, and tf.data's service does not run that: leave it out"
        )


def served(batches: tf.data.Dataset, address: str) -> tf.data.Dataset:
    """The same batches in the same order, made by the service.

    Args:
        batches: What is to be made.
        address: `grpc://host:port` of the dispatcher.
    """
    service = tf.data.experimental.service
    numbered = batches.enumerate().apply(
        service.distribute(processing_mode=service.ShardingPolicy.OFF, service=address)
    )

    def take(awaited: tf.Tensor, element: tuple) -> tuple:
        number, batch = element
        # each worker sends in order, so none can be ahead of what was awaited of all
        tf.debugging.assert_less_equal(number, awaited, "tf.data's service left out a batch")
        fresh = number == awaited
        return awaited + tf.cast(fresh, tf.int64), (fresh, batch)

    taken = numbered.scan(tf.constant(0, tf.int64), take)
    return taken.filter(lambda fresh, _: fresh).map(lambda _, batch: batch)
