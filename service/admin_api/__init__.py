"""The provider's Admin API, over HTTP."""

from service.admin_api.client import HttpAdminApi
from service.admin_api.exchange import Bounds
from service.admin_api.paths import Dialect

__all__ = ["Bounds", "Dialect", "HttpAdminApi"]
