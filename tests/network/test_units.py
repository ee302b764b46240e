"""Units for systemd: it accepts them, and they run what `up` runs."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from payport.network import founding, processes
from payport.network.plan import LocalSettings, NetworkFolder
from payport.network.units import unit_name, units


@pytest.mark.parametrize("name", ["net", "a 100% $b"])
def test_systemd_accepts_them(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    tmp_path = tmp_path_factory.mktemp("units")  # short, for there are sockets in it
    network = NetworkFolder(tmp_path / name)
    settings = LocalSettings("127.0.0.1:26656", gateway_port=8440)
    card = founding.make_member(network, "unity", "Unity", "operator", "127.0.0.1:26656", settings)
    founding.found(network, "test", [card])
    cometbft = tmp_path / "cometbft"
    cometbft.write_text("#!/bin/sh\n", encoding="utf-8")
    cometbft.chmod(0o755)
    commands = processes.Commands(network, network.member("unity"), "unity", str(cometbft))
    made = units(commands, "root")
    assert list(made) == [unit_name("unity", process) for process in processes.IN_ORDER]
    for file, text in made.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    assert "BindsTo=payport-unity-node.service" in made["payport-unity-engine.service"]
    assert "rpc.sock" in made["payport-unity-engine.service"].split("ExecStart=")[0], "a killed one's socket is removed"
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not there")
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / file) for file in made)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    told = [line for line in done.stderr.splitlines() if "payport-unity" in line]
    assert (done.returncode, told) == (0, []), done.stderr
