"""Bad days: a lost reply, a reload in mid-payment, no network, storage that was cleared, a clock that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import shop
from tests.browser.phone import WORKER_ACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Route

    from tests.browser.phone import Phone
    from tests.gateway.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PAYMENTS = "**/v1/payments"


class Line:
    """What lies between phone and port: as long as it is bad, no reply comes back."""

    def __init__(self, phone: Phone) -> None:
        self.sent: list[str | None] = []
        self.is_bad = True
        phone.context.route(PAYMENTS, self._carry)

    def _carry(self, route: Route) -> None:
        self.sent.append(route.request.post_data)
        if self.is_bad:
            if len(self.sent) == 1:
                route.fetch()  # it arrives; the reply is lost
            route.abort("connectionreset")
        else:
            route.continue_()


def test_a_lost_reply_and_a_reload_have_one_effect(town: Town, holder: Phone) -> None:
    phone, before = holder, shop.received(town)
    line = Line(phone)
    phone.scan_text(shop.code(town, 150))
    phone.agree()
    phone.sees("Pending", exact=True)
    phone.page.reload()
    phone.unlock()
    phone.sees("Pending")
    line.is_bad = False
    phone.sees("Paid", exact=True)
    assert len(line.sent) > 1
    assert len(set(line.sent)) == 1, "the same signed bytes"
    assert shop.received(town) == before + 1


def test_without_a_network_there_are_shell_history_and_code(town: Town, holder: Phone) -> None:
    phone, page = holder, holder.page
    phone.scan_text(shop.code(town))
    phone.pay("7.77")
    phone.go("#/activity")
    phone.sees("7.77")
    page.evaluate(WORKER_ACTIVE)
    page.wait_for_timeout(2_000)  # what is shown is kept a second after it last changed
    phone.online(online=False)
    page.reload()
    phone.unlock()
    phone.sees("You are offline")
    phone.go("#/activity")
    phone.sees("7.77")
    phone.go("#/pay-code")
    page.get_by_role("img", name="Your pay code").wait_for()


def test_storage_was_cleared(holder: Phone) -> None:
    holder.page.evaluate(
        """async () => {
          for (const { name } of await indexedDB.databases()) {
            await new Promise((done) => {
              const going = indexedDB.deleteDatabase(name);
              going.onsuccess = going.onblocked = done;
            });
          }
        }"""
    )
    holder.page.reload()
    holder.sees("the browser has deleted it")


def test_a_clock_that_is_wrong_is_told_and_pays(town: Town, phones: Callable[..., Phone]) -> None:
    phone = phones()
    phone.context.add_init_script(
        "const real = Date.now.bind(Date); Date.now = () => real() - 600000;"
        "const Old = Date; globalThis.Date = class extends Old {"
        " constructor(...given) { if (given.length) { super(...given); } else { super(real() - 600000); } } };"
    )
    phone.page.reload()
    phone.first_run()
    phone.bind("bank-north", 95)
    phone.scan_text(shop.code(town, 100))
    phone.pay()
    phone.go("#/")
    phone.sees("clock is wrong by about 10 min")
