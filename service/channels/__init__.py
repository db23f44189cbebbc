"""Channels: how a message becomes words, and how apprise hands them over."""
