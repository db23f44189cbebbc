"""What Prometheus reads; no registry of the process is used, and none is left."""

from service.api.metrics.exposition import Exposition, expose

__all__ = ["Exposition", "expose"]
