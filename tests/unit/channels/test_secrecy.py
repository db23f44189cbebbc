import pytest

from service.channels.secrecy import scrub

CANARY = "sg_test_canary"


@pytest.mark.parametrize(
    "url",
    [
        f"json://listener.example/{CANARY}",
        f"jsons://{CANARY}:x@listener.example/hook",
        f"jsons://reader:{CANARY}@listener.example/hook",
        f"json://listener.example/hook?+Authorization={CANARY}",
        f"json://listener.example/hook?-key={CANARY}",
        f"slack://{CANARY}/B1/C1",
        f"{CANARY}",
        f"json://[{CANARY}/x",
    ],
)
def test_no_part_of_an_address_is_shown(url: str) -> None:
    told = scrub(f"failed for {CANARY} at {url}, {CANARY.upper()}", url)

    assert CANARY not in told.lower()
    assert told.startswith("failed for *** at ")


def test_escaped_parts_are_hidden_in_both_forms() -> None:
    url = "mailto://bot:p%40ss%2Fword@mail.example"

    assert scrub("login with p@ss/word or p%40ss%2Fword", url) == (
        "login with *** or ***"
    )


def test_addresses_of_others_are_hidden_too() -> None:
    assert scrub("redirected to https://other.example/t0ken", "json://a.example") == (
        "redirected to ***"
    )


def test_harmless_parts_stay_readable() -> None:
    url = "mailto://mail.example:25?mode=insecure&to=finops@acme.example"

    told = 'Sending email to "finops@acme.example" failed at mail.example, insecure'
    assert scrub(told, url) == told
