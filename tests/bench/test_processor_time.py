from __future__ import annotations

import os
import subprocess
import sys

from payport.bench.processor_time import Meter, family, seconds_used

WORK = "n = 0\nwhile n < 2_000_000: n += 1\nprint(flush=True)\ninput()"


def test_a_meter_tells_apart_who_worked() -> None:
    command = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORK!r}])"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        meter = Meter({"child": [process.pid]})
        assert process.stdout is not None
        process.stdout.readline()
        used = meter.read()
        assert used["child"] >= 0.02, "its own child's time counts"
        assert used["generator"] < used["child"]
        assert len(family(process.pid)) == 2
        assert process.pid in family(os.getpid())
        process.communicate("\n")
    assert seconds_used(os.getpid()) > 0
