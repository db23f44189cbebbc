"""Keys are made, listed and ended over the API; their texts are shown once."""

from datetime import timedelta

from tests.integration.api.serving import NOON, Served


def test_a_new_key_works_at_once_and_is_shown_once(served_anywhere: Served) -> None:
    served = served_anywhere
    answer = served.admin.post("/keys", json={"name": "grafana"})

    body = answer.json()
    assert answer.status_code == 201
    assert body["role"] == "viewer"
    assert len(body["key"]) == len("sg_") + 43
    with served.anybody(body["key"]) as client:
        assert client.get("/api/v1/status").status_code == 200
        assert client.get("/api/v1/keys").status_code == 403
    listed = served.admin.get("/keys")
    assert body["key"] not in listed.text
    assert "grafana" in {item["name"] for item in listed.json()["items"]}
    assert body["key"] not in served.viewer.get("/audit/export").text


def test_a_revoked_key_is_refused_from_then_on(served: Served) -> None:
    made = served.admin.post("/keys", json={"name": "short"}).json()

    revoked = served.admin.delete(f"/keys/{made['id']}")

    assert revoked.json()["revoked_at"] is not None
    with served.anybody(made["key"]) as client:
        assert client.get("/api/v1/status").status_code == 401
    assert served.admin.delete("/keys/key_none").status_code == 404


def test_an_expiry_must_lie_ahead(served: Served) -> None:
    late = NOON + timedelta(days=1)
    past = NOON - timedelta(days=1)
    name = {"name": "robot", "role": "operator"}

    refused = served.admin.post("/keys", json={**name, "expires_at": past.isoformat()})
    made = served.admin.post("/keys", json={**name, "expires_at": late.isoformat()})

    assert refused.status_code == 422
    assert made.json()["expires_at"] == "2026-09-17T12:00:00Z"


def test_two_keys_never_share_a_name(served: Served) -> None:
    served.admin.post("/keys", json={"name": "twin"})

    answer = served.admin.post("/keys", json={"name": "twin"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"
