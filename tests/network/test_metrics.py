"""Metrics of running members, and whether what watches them asks for metrics and labels that there are."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from payport.network import processes
from payport.network.plan import NetworkFolder
from payport.node.metrics_server import Address
from tests.consensus.cometbft.consortium import require_cometbft
from tests.network.test_lifecycle import Payer, network

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TESTED = Path(__file__).with_name("alerts.test.yml")
SELECTED = re.compile(r"\b((?:payport|cometbft|process)_\w+|up\b)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\b(?:by|on) \(([^)]*)\)")
OF_TARGETS = {"job", "instance", "institution", "process"}


def panels() -> list[dict[str, Any]]:
    found = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))["panels"]
    return [each for each in found if each["type"] != "row"]


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def asked() -> list[tuple[str, str]]:
    """Return everything that is asked of Prometheus, and by whom."""
    by_panels = [(panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]]
    return by_panels + [(rule["alert"], rule["expr"]) for rule in rules()]


def free_ports(number: int) -> int:
    """Return the first of so many neighbouring ports that are free."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        try:
            for port in range(first, first + number):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return first


Told = dict[str, set[str]]
"""Labels by the name of each sample that a process tells; of one that has no sample yet, nothing is known."""


def told_by(page: str) -> tuple[Told, set[str]]:
    """Return what a page tells, and what else it declares."""
    told: Told = {}
    declared = set()
    for family in text_string_to_metric_families(page):
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        declared |= {family.name + suffix for suffix in suffixes}
        for sample in family.samples:
            told.setdefault(sample.name, set()).update(sample.labels)
    return told, declared


def require_there(expression: str, told: dict[str, tuple[Told, set[str]]]) -> None:
    """Insist that a process tells each metric of an expression, with the labels that are asked for."""
    grouped = {label.strip() for found in GROUPED.findall(expression) for label in found.split(",") if label.strip()}
    known = set(OF_TARGETS) | {"le"}
    for name, selector in SELECTED.findall(expression):
        if name == "up":
            continue
        wanted = dict(re.findall(r'(\w+)=~?"([^"]*)"', selector))
        sources = [wanted["process"]] if "process" in wanted else list(told)
        there = [each for each in sources if name in told[each][0] or name in told[each][1]]
        assert there, f"nobody tells {name}"
        for source in there:
            labels = told[source][0].get(name)
            if labels is not None:
                assert set(wanted) <= labels | OF_TARGETS, (name, labels)
                known |= labels
            else:
                known |= grouped  # no sample, so its labels are not known
    assert grouped <= known, expression


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_what_is_watched_is_there(tmp_path: Path) -> None:
    require_cometbft()
    directory = tmp_path / "net"
    ports = ("--peer-port", "0", "--gateway-port", "0", "--metrics-port", str(free_ports(4)))
    network("init", "--validators", "2", str(directory), *ports)
    try:
        network("up", str(directory))
        targets = json.loads((directory / "prometheus.json").read_text(encoding="utf-8"))
        urls = {
            (each["labels"]["institution"], each["labels"]["process"]): "http://"
            + each["targets"][0]
            + each["labels"]["__metrics_path__"]
            for each in targets
        }
        assert {process for _, process in urls} == {"engine", "node", "gateway"}
        payer = Payer(directory)
        institution = payer.own.id
        port = urls[institution, "gateway"].removesuffix("/v1/metrics")
        body = {"envelopes": [base64.b64encode(payer.envelope()).decode()]}
        answer = httpx.post(f"{port}/v1/transactions", json=body, timeout=30)
        assert answer.json()["status"] == "committed", answer.text
        time.sleep(1.5)  # a page is made once a second
        pages = {process: httpx.get(urls[institution, process]).text for process in ("engine", "node", "gateway")}
        told = {process: told_by(page) for process, page in pages.items()}
        for asker, expression in asked():
            try:
                require_there(expression, told)
            except AssertionError as error:
                raise AssertionError(f"{asker}: {error}") from error
        for line in (
            "payport_node_running 1.0",
            "payport_node_engine_reachable 1.0",
            'payport_node_transactions_total{outcome="committed"} 1.0',
        ):
            assert line in pages["node"]
        engine = processes.running(NetworkFolder(directory).member(institution))[processes.ENGINE]
        os.kill(engine.pid, signal.SIGKILL)
        time.sleep(1.5)
        assert "payport_node_engine_reachable 0.0" in httpx.get(urls[institution, "node"]).text
    finally:
        network("down", str(directory))


def test_each_alert_says_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "day"}
        assert (ROOT / rule["annotations"]["runbook"]).is_file(), rule["alert"]
    tested = yaml.safe_load(TESTED.read_text(encoding="utf-8"))["tests"]
    fired = {each["alertname"] for test in tested for each in test["alert_rule_test"] if each["exp_alerts"]}
    assert fired == {rule["alert"] for rule in rules()}


def test_alerts_fire_when_they_should(tmp_path: Path) -> None:
    promtool = os.environ.get("PAYPORT_PROMTOOL") or shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not there; PAYPORT_PROMTOOL names one")
    text = TESTED.read_text(encoding="utf-8").replace("ALERTS", str(DEPLOY / "alerts.yml"))
    (tmp_path / "tests.yml").write_text(text, encoding="utf-8")
    for command in (
        ["test", "rules", str(tmp_path / "tests.yml")],
        ["check", "config", "--syntax-only", str(DEPLOY / "prometheus.yml")],
    ):
        done = subprocess.run([promtool, *command], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_the_other_files_are_well_formed() -> None:
    assert yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    compose = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    assert compose.startswith("# UNTESTED")
    assert set(yaml.safe_load(compose)["services"]) == {"node", "engine", "history", "gateway"}


@pytest.mark.parametrize("wrong", ["", "9000", ":9000", "host:", "host:70000", "host:x"])
def test_no_address(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"HOST:PORT|invalid literal"):
        Address.read(wrong)
