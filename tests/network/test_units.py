"""Units for systemd: it accepts them, and they run what `up` runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from payport.network import founding, processes
from payport.network.plan import LocalSettings, NetworkFolder
from payport.network.units import unit_name, units

DESK = Path(__file__).resolve().parents[2] / "deploy" / "payport-desk@.service"


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
    assert "Wants=payport-unity-engine.service" in made["payport-unity-node.service"], "or it stays away after a crash"
    assert "rpc.sock" in made["payport-unity-engine.service"].split("ExecStart=")[0], "a killed one's socket is removed"
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not there")
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / file) for file in made)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    told = [line for line in done.stderr.splitlines() if "payport-unity" in line]
    assert (done.returncode, told) == (0, []), done.stderr


def test_a_token_is_not_locked_by_restarts(tmp_path_factory: pytest.TempPathFactory) -> None:
    network = NetworkFolder(tmp_path_factory.mktemp("units"))
    founding.make_member(network, "unity", "Unity", "operator", "127.0.0.1:26656", LocalSettings("127.0.0.1:26656"))
    made = units(processes.Commands(network, network.member("unity"), "unity", "cometbft"), "root", token=True)
    node, engine = (made[unit_name("unity", process)] for process in (processes.NODE, processes.ENGINE))
    assert ("RestartSec=30\n" in node, "PrivateDevices=no\n" in node) == (True, True)
    assert ("RestartSec=1\n" in engine, "PrivateDevices=yes\n" in engine) == (True, True)


@pytest.mark.parametrize("kind", [*processes.IN_ORDER, "desk"])
def test_little_is_allowed(tmp_path_factory: pytest.TempPathFactory, kind: str) -> None:
    """What `systemd-analyze security` calls exposure, of 10; a service that says nothing has 9.6."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not there")
    folder = tmp_path_factory.mktemp("units")
    network = NetworkFolder(folder)
    founding.make_member(network, "unity", "Unity", "operator", "127.0.0.1:26656", LocalSettings("127.0.0.1:26656"))
    texts = units(processes.Commands(network, network.member("unity"), "unity", "/bin/true"), "nobody")
    texts[unit_name("unity", "desk")] = DESK.read_text(encoding="utf-8")
    unit = folder / unit_name("unity", kind)
    unit.write_text(texts[unit.name], encoding="utf-8")
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=25", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_systemd_accepts_the_desk(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not there")
    text = DESK.read_text(encoding="utf-8").replace("/opt/payport/bin/python", sys.executable)
    (tmp_path / "payport-desk@unity.service").write_text(text.replace("User=payport", "User=root"), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "payport-desk@unity.service")]
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    told = [line for line in done.stderr.splitlines() if "payport-desk" in line]
    assert (done.returncode, told) == (0, []), done.stderr
    (arguments,) = [line.split(" -m ")[1] for line in text.splitlines() if line.startswith("ExecStart=")]
    module, *options = arguments.split()
    helped = subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=True)
    assert all(option in helped.stdout for option in options if option.startswith("--"))
