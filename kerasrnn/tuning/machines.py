"""KerasTuner's chief and workers, each of which notices when another is gone.

KerasTuner's own worker waits an hour for a chief that has died, and its chief for ever for a
worker. Here a worker calls on the chief every other second, by a call that KerasTuner's service
has already, so that each knows of the other.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any

import grpc
from keras_tuner.src import protos
from keras_tuner.src.distribute.oracle_chief import OracleServicer
from keras_tuner.src.distribute.oracle_client import OracleClient
from keras_tuner.src.engine.trial import TrialStatus

from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.tuning.oracle import SETTINGS, Kept
from kerasrnn.tuning.peers import Peer

PULSE = 2  # seconds between a worker's calls on the chief
MISSED = 5  # calls in a row without an answer after which a worker gives up
SILENT = 15  # seconds without a call after which a worker's trial goes to another
THREADS = 8  # of the chief's service: a pulse is answered while a proposal is worked out


class Service(OracleServicer):
    """What workers call, with an eye on who has called when.

    Args:
        oracle: Proposes and remembers.
        say: Takes a line for a person to read.
    """

    def __init__(self, oracle: Kept, say: Callable[[str], None]):
        super().__init__(oracle)
        self.say = say
        self.heard: dict[str, float] = {}  # when each worker called last
        self.told: set[str] = set()  # who knows that the search is over
        self.error: Exception | None = None
        self._one = threading.Lock()

    def CreateTrial(self, request: Any, context: Any) -> Any:
        self.heard[request.tuner_id] = time.monotonic()
        self.told.discard(request.tuner_id)
        with self._alone():
            self._give_back()
            response = super().CreateTrial(request, context)
        if response.trial.status == TrialStatus.to_proto(TrialStatus.STOPPED):
            self.told.add(request.tuner_id)
        return response

    def UpdateTrial(self, request: Any, context: Any) -> Any:
        with self._alone():
            return super().UpdateTrial(request, context)

    def EndTrial(self, request: Any, context: Any) -> Any:
        with self._alone():
            return super().EndTrial(request, context)

    def GetTrial(self, request: Any, context: Any) -> Any:
        """A worker's pulse: it asks for the trial that it runs."""
        for name, trial in list(self.oracle.ongoing_trials.items()):
            if trial.trial_id == request.trial_id:
                self.heard[name] = time.monotonic()
        return super().GetTrial(request, context)

    def is_over(self) -> bool:
        """Whether every worker that is left knows that nothing is left to do.

        Raises:
            Exception: What went wrong in the oracle, which would leave all waiting.
        """
        if self.error:
            raise self.error
        left = {name for name in self.heard if not self._is_silent(name)}
        return bool(self.told) and left <= self.told and not self.oracle.ongoing_trials

    def _give_back(self) -> None:
        for name in [name for name in self.oracle.ongoing_trials if self._is_silent(name)]:
            trial = self.oracle.give_back(name)
            self.say(f"{name} has not called for {SILENT} s: trial {trial.trial_id} is given back")

    def _is_silent(self, name: str) -> bool:
        return time.monotonic() - self.heard[name] > SILENT

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One call at a time; an error ends the chief, for KerasTuner's lock would stay locked."""
        with self._one:
            try:
                yield
            except Exception as error:
                self.error = error
                raise


def serve(oracle: Kept, peer: Peer, say: Callable[[str], None]) -> None:
    """Hands out trials until there are none left and every worker has been told.

    Raises:
        BadInput: If the address cannot be listened at.
    """
    service = Service(oracle, say)
    # or a second chief would share the port, and the workers be dealt between the two
    options = [("grpc.so_reuseport", 0)]
    server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=options)
    protos.get_service_grpc().add_OracleServicer_to_server(service, server)
    try:
        bound = server.add_insecure_port(peer.address)
    except RuntimeError:
        bound = 0
    if not bound:
        raise BadInput(
            f"cannot listen at {peer.address} (KERASTUNER_ORACLE_IP and _PORT): it is taken, or "
            "not an address of this machine"
        )
    server.start()
    say(f"chief: workers are awaited at {peer.address}")
    try:
        while not service.is_over():
            time.sleep(PULSE / 4)
    finally:
        server.stop(grace=PULSE).wait()


class Chief:
    """The oracle as a worker sees it, from another process.

    Args:
        peer: This worker.
        settings: What tells its settings; they must be the chief's.
    """

    def __init__(self, peer: Peer, settings: str):
        self.peer, self.settings = peer, settings
        self.client = OracleClient(None)  # finds the address in KerasTuner's variables
        self.trial = ""  # that runs
        self._ended = threading.Event()

    def __enter__(self) -> "Chief":
        threading.Thread(target=self._call_again_and_again, daemon=True).start()
        theirs = self.client.get_space().values.get(SETTINGS)
        if theirs != self.settings:
            self._ended.set()
            raise BadInput(
                f"the chief at {self.peer.address} searches with other settings: start the same "
                "command with the same version everywhere"
            )
        return self

    def __exit__(self, *_: Any) -> None:
        self._ended.set()

    def create_trial(self, name: str) -> Any:
        trial = self._asked(self.client.create_trial, name)
        self.trial = trial.trial_id if trial.status == TrialStatus.RUNNING else ""
        return trial

    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int) -> None:
        self._asked(self.client.update_trial, trial_id, metrics, step=step)

    def end_trial(self, trial: Any) -> None:
        self._asked(self.client.end_trial, trial)
        self.trial = ""

    def _asked(self, call: Callable, *arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except grpc.RpcError as error:
            raise RunFailed(self._lost(error.details())) from error

    def _lost(self, why: Any) -> str:
        return (
            f"the chief at {self.peer.address} does not answer any more ({why}): start it again "
            "with the same command, then the workers; what has ended is kept"
        )

    def _call_again_and_again(self) -> None:
        """Ends the process when the chief is gone: native code waits in the main thread."""
        missed = 0  # calls, not seconds: this process may have been stopped for a while
        while not self._ended.wait(PULSE):
            try:
                self._pulse()
                missed = 0
            except grpc.RpcError as error:
                missed += 1
                if missed == MISSED and not self._ended.is_set():
                    print(f"kerasrnn: {self._lost(error.code().name)}", file=sys.stderr, flush=True)
                    os._exit(1)

    def _pulse(self) -> None:
        messages, stub = protos.get_service(), self.client.stub
        if self.trial:
            stub.GetTrial(messages.GetTrialRequest(trial_id=self.trial), timeout=PULSE)
        else:
            stub.GetSpace(messages.GetSpaceRequest(), timeout=PULSE)


def trials(oracle: Any, name: str) -> Iterator[Any]:
    """The trials that an oracle, here or elsewhere, has for one worker, until there are no more."""
    while True:
        trial = oracle.create_trial(name)
        if trial.status == TrialStatus.STOPPED:
            return
        if trial.status == TrialStatus.IDLE:
            time.sleep(PULSE / 2)
            continue
        yield trial
