"""What TF_CONFIG may say, and waiting for those it names."""

import json
import os
import socket
import threading

import pytest
from workers import free_ports, tf_config

from kerasrnn import cli
from kerasrnn.cluster import Cluster, check_batch_size, meet, read_cluster, tpu_name
from kerasrnn.errors import BadInput, RunFailed

TWO = ("a:1", "b:2")


def read(**config):
    return read_cluster({"TF_CONFIG": json.dumps(config)})


def worker(index):
    return {"type": "worker", "index": index}


def test_the_first_worker_leads_where_there_is_no_chief():
    first, second = (read(cluster={"worker": TWO}, task=worker(i)) for i in (0, 1))
    assert (first.is_chief, second.is_chief) == (True, False)
    assert first.members == list(TWO)
    assert second.address == "b:2"


def test_a_chief_leads_and_comes_before_the_workers():
    jobs = {"worker": TWO, "chief": ["c:3"], "evaluator": ["d:4"]}
    assert read(cluster=jobs, task={"type": "chief", "index": 0}).is_chief
    assert not read(cluster=jobs, task=worker(0)).is_chief
    assert read(cluster=jobs, task=worker(0)).members == ["c:3", *TWO]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "needs the variable TF_CONFIG"),
        ("  ", "needs the variable TF_CONFIG"),
        ("{'cluster': 1}", "not JSON, at its character 2"),
        ("[]", "lacks cluster or task"),
        ('{"cluster": {"worker": ["a:1"]}}', "lacks cluster or task"),
        (tf_config([], 0), "its cluster has no chief and no worker"),
        (tf_config(TWO, 2), "its task is worker 2 and its cluster has 2, from 0 to 1"),
        (tf_config(TWO, -1), "its task is worker -1"),
        (tf_config(["a:1", "b"], 0), "'b' is not host:port"),
        (tf_config(["a:1", "b:70000"], 0), "'b:70000' is not host:port"),
        (tf_config(["a:1", 7], 0), "'7' is not host:port"),
        (tf_config(["a:1", "a:1"], 0), "names a:1 twice"),
        (
            '{"cluster": {"worker": ["a:1"], "ps": ["b:2"]}, "task": {"type": "ps", "index": 0}}',
            "parameter servers",
        ),
        (
            '{"cluster": {"chief": ["a:1", "b:2"]}, "task": {"type": "chief", "index": 0}}',
            "has 2 chiefs",
        ),
        (
            '{"cluster": {"worker": ["a:1"]}, "task": {"type": "evaluator", "index": 0}}',
            "its task is of type 'evaluator' and its cluster has worker",
        ),
    ],
)
def test_what_tf_config_must_not_say(text, says):
    with pytest.raises(BadInput) as error:
        read_cluster({"TF_CONFIG": text})
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("size", "says"), [(7, "take 6 or 9"), (2, "take 3"), (10, "take 9 or 12")]
)
def test_a_batch_that_does_not_divide_is_refused_with_those_that_do(size, says):
    check_batch_size(9, 3, "replicas")
    with pytest.raises(BadInput, match=says):
        check_batch_size(size, 3, "replicas")


def cluster_of(ports, index):
    return Cluster({"worker": tuple(f"localhost:{port}" for port in ports)}, "worker", index)


def test_workers_meet_whoever_comes_first():
    ports, met = free_ports(3), []

    def come(index):
        meet(cluster_of(ports, index), limit=30)
        # TensorFlow's server comes in its place
        met.append(socket.create_server(("", ports[index])))

    threads = [threading.Thread(target=come, args=(index,)) for index in range(3)]
    for thread in threads[:2]:
        thread.start()
    assert met == []
    threads[2].start()
    for thread in threads:
        thread.join(60)
    assert len(met) == 3
    for server in met:
        server.close()


def test_who_has_not_come_in_time_is_named():
    ports = free_ports(2)
    with pytest.raises(RunFailed, match=f"^localhost:{ports[1]} did not come within 0.3 s"):
        meet(cluster_of(ports, 0), limit=0.3)


def test_a_port_in_use_is_told():
    ports = free_ports(2)
    with socket.create_server(("", ports[0])), pytest.raises(BadInput, match=f"port {ports[0]}"):
        meet(cluster_of(ports, 0), limit=5)


def test_a_tpu_is_found_by_its_name_or_refused_at_once():
    assert tpu_name({"TPU_NAME": "pod"}) == "pod"
    if not os.path.exists("/dev/accel0") and not os.path.exists("/dev/vfio/0"):
        with pytest.raises(BadInput, match="no TPU here"):
            tpu_name({})


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--strategy", "mirorred"], "unknown --strategy 'mirorred'"),
        (["--strategy", "multi_worker"], "needs the variable TF_CONFIG"),
        (["--data-service", "localhost:5000"], "takes the dispatcher's grpc://host:port"),
        (["--data-service", "grpc://localhost:1"], "nothing listens there"),
        (["--strategy", "mirrored", "--diagnose", "gradients"], "has several"),
        (["--strategy", "mirrored", "--jit-compile"], "--jit-compile is not for"),
        (["--peer-timeout", "9"], "is for --strategy multi_worker"),
        (["--steps-per-execution", "0"], "too small"),
    ],
)
def test_a_wrong_flag_is_answered_before_anything_is_made(
    flags, says, tmp_path, capsys, monkeypatch
):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    run = tmp_path / "run"
    assert cli.main(["train", "--task", "sentiment", "--output", str(run), *flags]) == 2
    assert says in capsys.readouterr().err
    assert not run.exists()
