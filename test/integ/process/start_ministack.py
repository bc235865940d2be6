"""Runs ministack at the address of the first argument, and ends with the process that started it: when its stdin ends."""

import os
import runpy
import signal
import sys
import threading


def end_with_parent():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


# Not in the children that it forks, which import this file too.
if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = ["hypercorn", "ministack.app:app", "--bind", sys.argv[1], "--workers", "0"]
    runpy.run_module("hypercorn", run_name="__main__")
