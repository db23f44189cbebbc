"""Where policies come from, as the settings say: a folder, or a branch in git."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from service.domain.errors import SettingsError
from service.pipeline.follow import commit_in_force, newest_acceptance
from service.policy_files import (
    Address,
    Clone,
    Git,
    PolicyFolder,
    PolicyRepository,
    parse_address,
)
from service.ports import Clock, PolicySource, Queries
from service.settings import Settings

_BESIDE_DATABASE = "spendguard-git"


def repository_of(settings: Settings) -> Address | None:
    """Give the repository that is followed, None for a folder.

    Raises `SettingsError` for an address that is none.
    """
    given = settings.policies_git
    return None if given is None else parse_address(given.get_secret_value())


def policy_source(
    settings: Settings,
    environment: Mapping[str, str],
    clock: Clock,
    queries: Queries,
    database_file: Path | None,
) -> PolicySource:
    """Give the source of policies; nothing is read before it is asked."""
    address = repository_of(settings)
    if address is None:
        return PolicyFolder(settings.policies, environment, clock)
    beside = database_file.absolute().parent if database_file else Path()
    folder = settings.policies_git_folder or beside / _BESIDE_DATABASE
    clone = Clone(
        git=Git(
            folder=folder.absolute() / address.name,
            address=address,
            environment=environment,
        ),
        in_force=partial(commit_in_force, queries),
        accepted=partial(newest_acceptance, queries),
    )
    return PolicyRepository(
        clone,
        folder_inside(settings.policies),
        environment,
        clock,
        settings.policies_git_interval,
    )


def folder_inside(policies: Path) -> str:
    """Give the folder inside the repository; empty for the repository itself.

    `/policies` is `policies`, so that an image's setting of a mounted folder will do.
    """
    parts = PurePosixPath(policies).parts
    if ".." in parts:
        raise SettingsError(
            "SPENDGUARD_POLICIES names a folder inside the repository: without `..`"
        )
    return "/".join(each for each in parts if each != "/")
