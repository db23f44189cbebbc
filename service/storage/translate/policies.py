"""Loads of the policy set, policies put over the API and keys, as rows."""

from typing import Any

from sqlalchemy import Row

from service.domain.access import ApiKey, Role
from service.ports.records import Revision, StoredPolicy
from service.storage.documents import TEXTS


def row_from_revision(revision: Revision) -> dict[str, object]:
    return {
        "revision": revision.revision,
        "loaded_at": revision.loaded_at,
        "source": revision.source,
        "git_commit": revision.commit,
        "author": revision.author,
        "error": revision.error,
        "texts": TEXTS.dump(revision.texts),
    }


def revision_from_row(row: Row[Any]) -> Revision:
    return Revision(
        revision=row.revision,
        loaded_at=row.loaded_at,
        source=row.source,
        commit=row.git_commit,
        author=row.author,
        error=row.error,
        texts=TEXTS.load(row.texts),
    )


def row_from_stored_policy(policy: StoredPolicy) -> dict[str, object]:
    return {
        "id": policy.id,
        "revision": policy.revision,
        "put_at": policy.put_at,
        "put_by": policy.put_by,
        "retired_at": policy.retired_at,
        "retired_reason": policy.retired_reason,
        "text": policy.text,
    }


def stored_policy_from_row(row: Row[Any]) -> StoredPolicy:
    return StoredPolicy(
        id=row.id,
        revision=row.revision,
        put_at=row.put_at,
        put_by=row.put_by,
        retired_at=row.retired_at,
        retired_reason=row.retired_reason,
        text=row.text,
    )


def row_from_key(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role.value,
        "digest": key.digest,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def key_from_row(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        digest=row.digest,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
