"""Both clients on a real network: pay, lose replies, follow events; and README and examples as they stand."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from payport import bootstrap
from payport.qr import images
from payport.qr.templates.payport import MerchantCode
from payport.qr.templates.payport import encode as encode_code
from payport.simulator.scenarios.city import City
from payport.values.refusals import Refusal
from payport.wallet import flows, key_file
from payport.wallet.client import AsyncClient, Client

ROOT = Path(__file__).resolve().parents[2]


class LosesReplies(httpx.HTTPTransport):
    """Delivers every request, and loses every second reply."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = 0
        self._turn = itertools.count()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if next(self._turn) % 2 == 0:
            response.close()
            self.lost += 1
            raise httpx.ReadError("lost")
        return response


def test_a_lost_reply_is_no_lost_and_no_double_payment(city: City, network: bootstrap.RunningNetwork) -> None:
    chen, lin = (city.parties[name].own(city.genesis.chain_id) for name in ("chen", "lin"))
    transport = LosesReplies()
    with Client(network.url, network.trust, httpx.Client(base_url=network.url, transport=transport)) as port:
        before = port.account(chen).amount_minor("CNY")
        paid = port.transfer(chen, lin.account, 100)
        assert paid.repeated
        assert port.account(chen).amount_minor("CNY") == before - 100
        assert port.status(paid.id).outcome == "committed"
        assert port.statement(chen, limit=1).entries[0].delta_minor == -100
    assert transport.lost >= 4


async def test_async_client_pays_and_follows_events(city: City, network: bootstrap.RunningNetwork) -> None:
    lin, chen = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "chen"))
    async with AsyncClient(network.url, network.trust) as port:
        first = await port.transfer(lin, chen.account, 5)
        _, verdict = await port.receipt(chen, first.id)
        assert [(each.account, each.delta_minor) for each in verdict.balances] == [(chen.account, 5)]
        seen = []
        async for event in port.events(chen, 0):
            if event.id == first.id:
                await port.transfer(lin, chen.account, 6)
            seen.append((event.sequence, event.amount_minor))
            if event.amount_minor == 6:
                break
        assert [sequence for sequence, _ in seen] == sorted({sequence for sequence, _ in seen})
        with pytest.raises(Refusal, match="insufficient_balance"):
            await port.transfer(lin, chen.account, 10**12)
        assert (await port.network()).chain_id == city.genesis.chain_id


def test_blocking_client_refunds_and_reads_events(city: City, network: bootstrap.RunningNetwork) -> None:
    lin, shop = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "books"))
    with Client(network.url, network.trust) as port:
        text = encode_code(MerchantCode(shop.account, "5942", "CNY", 700, "CN", "OLD TOWN BOOKS", "BEIJING"))
        paid = port.pay(lin, port.resolve(text))
        port.refund(shop, paid.id, 300)
        kinds = [event.kind for event in itertools.islice(port.events(shop, 0), 3)]
        assert kinds == ["open_account/1", "purchase/1", "refund/1"]
        with pytest.raises(Refusal, match="refund_exceeds_purchase"):
            port.refund(shop, paid.id, 500)
        with pytest.raises(Refusal, match="no_receipt"):
            port.run(flows.ask_bytes(flows.Request("GET", f"/receipts/{'0' * 64}", token=lin.access_token())))


@pytest.fixture
def directory(city: City, network: bootstrap.RunningNetwork, tmp_path: Path) -> Path:
    """Return what the demo leaves in its directory."""
    own = city.parties["lin"].own(city.genesis.chain_id)
    key_file.save(tmp_path / "lin.key", own, "demo passphrase", 2**14)
    (tmp_path / "trust.json").write_bytes(network.trust_file.read_bytes())
    shop = city.parties["canteen"]
    code = MerchantCode(shop.account, shop.category, "CNY", None, "CN", shop.name, "BEIJING")
    (tmp_path / "code-university-canteen.png").write_bytes(images.make_png(encode_code(code)))
    return tmp_path


def test_the_payment_of_the_readme_is_ten_lines_and_runs(directory: Path, network: bootstrap.RunningNetwork) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in script.splitlines() if line and not line.startswith(("from", "import"))]) <= 10
    script = script.replace("http://127.0.0.1:8080", network.url).replace("demo/", f"{directory}/")
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert "committed" in finished.stdout
