"""Spendguard: guards what an organization spends at its AI provider."""
