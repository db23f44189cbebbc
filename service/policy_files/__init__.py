"""Adapter: a folder or a git branch of YAML to policy sets, all errors at once."""

from service.policy_files.folder import PolicyFolder
from service.policy_files.git_address import Address, parse_address
from service.policy_files.git_clone import Clone
from service.policy_files.git_program import Git
from service.policy_files.repository import PolicyRepository
from service.policy_files.validation import validate

__all__ = [
    "Address",
    "Clone",
    "Git",
    "PolicyFolder",
    "PolicyRepository",
    "parse_address",
    "validate",
]
