from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

from hypothesis import assume, given
from hypothesis import strategies as st

from tocsin.model.secret import Secret
from tocsin.probe.redaction import HIDDEN, Redactor

# Long enough to be no part of the words around them.
PASSWORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=8)


@given(PASSWORDS)
def test_secrets_are_found_in_every_form_in_which_they_are_sent(password: str) -> None:
    assume(password not in "before <secret alice.password> after")
    redactor = Redactor((Secret("alice.password", password),))
    for form in (
        password,
        quote(password, safe=""),
        quote_plus(password),
        json.dumps(password),
        json.dumps({"p": password}, ensure_ascii=False),
    ):
        assert password not in redactor.text(f"before {form} after")
        assert form not in redactor.text(f"before {form} after")


def test_headers_that_carry_credentials_lose_their_values() -> None:
    redactor = Redactor((Secret("a.b", "s3cret-value"),))
    headers = (("Authorization", "Basic eDp5"), ("X-Note", "has s3cret-value"), ("Accept", "*/*"))
    assert redactor.headers(headers) == (
        ("Authorization", HIDDEN),
        ("X-Note", "has <secret a.b>"),
        ("Accept", "*/*"),
    )


def test_what_servers_hand_out_is_learnt() -> None:
    redactor = Redactor()
    redactor.learn([Secret("alice.token", "eyJhbGciOi")])
    assert redactor.text("Bearer eyJhbGciOi") == "Bearer <secret alice.token>"
