"""Processes that check answers, forked from one that has loaded NumPy and the engine.

A new Python needs a tenth of a second to load both, and the tests start a hundred of these
processes. A fork has the same modules, descriptors, folder and variables, so that an answer meets
what it meets in a new one. `python -m lessons check`, of which there are tests as well, starts
Python anew.
"""

import functools
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from lessons.engine import watching
from lessons.engine.tasks import LESSONS
from lessons.engine.watching import HERE

# A request's descriptors are the worker's input, output and errors, and `news`, into which go its
# number and, when it has ended, its exit code.
SERVER = """
import ast, os, signal, socket, sys
sys.path[0] = sys.argv[1]
from lessons.engine.process import main

requests = socket.socket(fileno=int(sys.argv[2]))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    request, descriptors, *_ = socket.recv_fds(requests, 2**20, 4)
    if not request:  # the tests are over
        sys.exit()
    if os.fork() == 0:
        break
    for descriptor in descriptors:
        os.close(descriptor)

*streams, news = descriptors
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
worker = os.fork()
if worker:
    for descriptor in streams:
        os.close(descriptor)
    code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    os.write(news, f"{code}\\n".encode())
    os._exit(0)

os.setsid()
os.write(news, f"{os.getpid()}\\n".encode())
for number, descriptor in enumerate(streams):
    os.dup2(descriptor, number)
os.closerange(3, 256)
arguments, folder, variables = ast.literal_eval(request.decode())
os.chdir(folder)
os.environ.clear()
os.environ.update(variables)
main(arguments)
"""


@functools.cache
def server() -> tuple[socket.socket, subprocess.Popen]:
    """Where to send requests, and who takes them; that ends when the tests do."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-c", SERVER, str(LESSONS.parent), str(theirs.fileno())]
        return ours, subprocess.Popen(command, pass_fds=[theirs.fileno()], env=HERE.environment)


class Forked:
    """What `watching` uses of a `subprocess.Popen`."""

    def __init__(self, command: list[str], stderr, env: dict[str, str]):
        arguments = command[command.index(watching.WORKER) + 2:]
        (given, to_worker), (from_worker, told) = os.pipe(), os.pipe()
        ours, theirs = socket.socketpair()
        socket.send_fds(server()[0], [repr((arguments, os.getcwd(), env)).encode()],
                        [given, told, stderr.fileno(), theirs.fileno()])
        theirs.close()
        os.close(given)
        os.close(told)
        self.stdin, self.stdout = os.fdopen(to_worker, "wb"), os.fdopen(from_worker, "rb")
        self.news = ours.makefile()
        ours.close()
        self.pid = int(self.news.readline())

    def wait(self) -> int:
        """The exit code, as soon as it has ended."""
        if not self.news.closed:
            with self.news:
                self.code = int(self.news.readline())
        return self.code


def start(command: list[str], **options):
    """A forked process, but a new one where it is to be confined."""
    if options["cwd"] is not None:
        return subprocess.Popen(command, **options)
    return Forked(command, options["stderr"], options["env"])


@pytest.fixture
def forked(monkeypatch):
    """Fork the processes of checks, where the system can."""
    if sys.platform == "linux":
        monkeypatch.setattr(watching, "subprocess",
                            SimpleNamespace(Popen=start, PIPE=subprocess.PIPE))
