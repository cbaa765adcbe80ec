"""A running purserd with a simulated wallet, for the checks beside this module."""

import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(
    0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "python"))

from purser import Client, Unreachable  # noqa: E402  (the module is found by the line above)


class Daemon:
    """The daemon that was built in ``build``, in a directory of its own; use it with ``with``."""

    def __init__(self, build, policy):
        self._build = build
        self._directory = tempfile.TemporaryDirectory(prefix="purser-check-", dir="/tmp")
        self._home = os.path.join(self._directory.name, "purser")
        self._process = None
        self._policy = policy

    @property
    def agents(self):
        """The path of the agents' socket."""
        return os.path.join(self._home, "run", "agents", "purser.sock")

    @property
    def operators(self):
        """The path of the operators' socket."""
        return os.path.join(self._home, "run", "operators", "operator.sock")

    def __enter__(self):
        try:
            self._start()
        except BaseException as failure:
            self.__exit__(type(failure), failure, None)
            raise
        return self

    def _start(self):
        subprocess.run(
            [os.path.join(self._build, "purser"), "init", "--dir", self._home,
             "--wallet", "simulated"],
            check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(self._home, "policy.yaml"), "w", encoding="utf-8") as file:
            file.write(self._policy)
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [os.path.join(self._build, "purserd"), "--config",
                 os.path.join(self._home, "config.yaml")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self._wait()

    def __exit__(self, kind, *_):
        status = 0
        if self._process is not None:
            self._process.terminate()
            status = self._process.wait()
        if kind is not None and os.path.exists(self._log):
            with open(self._log, encoding="utf-8", errors="replace") as log:
                sys.stderr.writelines(log.readlines()[-12:])
        self._directory.cleanup()
        if kind is None and status != 0:
            raise SystemExit(f"purserd ended with status {status}")

    @property
    def _log(self):
        return os.path.join(self._directory.name, "purserd.log")

    def _wait(self):
        for _ in range(600):
            if self._process.poll() is not None:
                raise SystemExit("purserd ended while it started")
            try:
                with Client(self.operators) as client:
                    client.call("system.info")
                return
            except Unreachable:
                time.sleep(0.05)
        raise SystemExit("purserd does not answer")
