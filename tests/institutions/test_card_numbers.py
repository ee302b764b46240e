"""Card numbers: what is one, and that nobody sees it whole."""

from __future__ import annotations

import pytest

from payport.institutions.card_numbers import CardNumber, check_digit
from payport.institutions.sandbox.seed import card_number
from payport.values.refusals import Refusal

# Published test numbers of the card schemes.
REAL_FORMS = ("4111111111111111", "5555555555554444", "378282246310005", "6200000000000005", "6011000990139424")


@pytest.mark.parametrize("digits", REAL_FORMS)
def test_published_numbers_have_their_check_digit(digits: str) -> None:
    assert check_digit(digits[:-1]) == digits[-1]
    assert CardNumber(digits).reveal() == digits


@pytest.mark.parametrize(
    "typed",
    ["4111111111111112", "4111111111111", "41111111111111111111", "", "4111-1111-1111-111x", "\u0664" * 16, " " * 99],
)
def test_what_is_no_number_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(Refusal) as caught:
        CardNumber(typed)
    assert caught.value.code == "malformed_card_number"
    assert caught.value.detail == ""


def test_a_number_shows_itself_masked_only() -> None:
    number = CardNumber("4111 1111-1111 1111")
    assert number.masked == "**** 1111"
    for shown in (repr(number), str(number), f"{number}", f"{[number]}"):
        assert "4111" not in shown


def test_a_digest_says_nothing_without_its_key() -> None:
    number, same, other = CardNumber(REAL_FORMS[0]), CardNumber("4111 1111 1111 1111"), CardNumber(REAL_FORMS[1])
    assert number.digest(b"k" * 32) == same.digest(b"k" * 32)
    assert len({number.digest(b"k" * 32), number.digest(b"l" * 32), other.digest(b"k" * 32)}) == 3


def test_cards_of_the_sandbox_are_of_its_own_range() -> None:
    numbers = {card_number(bank, count).reveal() for bank in ("bank-east", "bank-west") for count in range(50)}
    assert len(numbers) == 100
    assert all(number.startswith("9999") for number in numbers)
