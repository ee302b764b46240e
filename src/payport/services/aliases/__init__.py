"""Aliases: phone numbers and e-mail addresses by which the institution's customers are paid."""
