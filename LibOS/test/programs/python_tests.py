# SPDX-License-Identifier: MIT
"""Run modules of the standard library's tests. Tests that make a process are skipped, wherever they are run."""
import os
import sys
import unittest

import _posixsubprocess


class MakesProcess(unittest.SkipTest, OSError):
    """Callers that can do without the process catch OSError."""


def refuse(*_args, **_named):
    raise MakesProcess("it makes a process")


_posixsubprocess.fork_exec = refuse
for name in "fork", "forkpty", "posix_spawn", "posix_spawnp", "system":
    setattr(os, name, refuse)
    setattr(sys.modules["posix"], name, refuse)

from test import libregrtest  # noqa: E402: after the patches

libregrtest.main()
