"""Adapter: a folder of YAML to the policy set in force, all errors at once."""

from service.policy_files.folder import PolicyFolder
from service.policy_files.validation import validate

__all__ = ["PolicyFolder", "validate"]
