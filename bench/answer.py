# SPDX-License-Identifier: MIT
# Answers a line of its input: for the time until an interpreter does so.
import os
import sys

sys.stdin.readline()
os.write(1, b"42\n")
os._exit(0)
