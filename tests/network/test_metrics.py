"""Metrics of a running member, and whether what watches them asks for metrics that there are."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import httpx
import pytest
import yaml

from payport.node.metrics_server import Address
from tests.consensus.cometbft.consortium import require_cometbft
from tests.network.test_lifecycle import network

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
OURS = re.compile(r"\b(?:payport|cometbft)_[a-z_]+")


def asked() -> set[str]:
    """Return the metrics that dashboard and alerts name."""
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    groups = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    expressions += [rule["expr"] for group in groups for rule in group["rules"]]
    return {name for expression in expressions for name in OURS.findall(expression)}


def free_pair() -> int:
    """Return a port with the one after it free."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_what_is_watched_is_there(tmp_path: Path) -> None:
    require_cometbft()
    directory = tmp_path / "net"
    ports = ("--peer-port", "0", "--gateway-port", "0", "--metrics-port", str(free_pair()))
    network("init", "--validators", "1", str(directory), *ports)
    try:
        network("up", str(directory))
        told = ""
        processes = []
        for target in json.loads((directory / "prometheus.json").read_text(encoding="utf-8")):
            answer = httpx.get(f"http://{target['targets'][0]}{target['labels']['__metrics_path__']}")
            assert answer.status_code == httpx.codes.OK
            told += answer.text
            processes.append(target["labels"]["process"])
        assert processes == ["engine", "node", "gateway"]
    finally:
        network("down", str(directory))
    named = set(re.findall(r"^# TYPE (\S+)", told, re.MULTILINE))
    there = named | {f"{name}{suffix}" for name in named for suffix in ("_bucket", "_sum", "_count")}
    assert asked() <= there
    assert "payport_node_running 1.0" in told


def test_the_other_files_are_well_formed() -> None:
    assert yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    compose = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    assert compose.startswith("# UNTESTED")
    assert set(yaml.safe_load(compose)["services"]) == {"node", "engine", "history", "gateway"}


@pytest.mark.parametrize("wrong", ["", "9000", ":9000", "host:", "host:70000", "host:x"])
def test_no_address(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"HOST:PORT|invalid literal"):
        Address.read(wrong)
