"""apprise's e-mail service, imported so that no warning can make it vanish.

It pulls in `imghdr`, which Python 3.11 calls deprecated. Where warnings are errors
apprise would drop e-mail from its services without a word.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from apprise.plugins.email import NotifyEmail

__all__ = ["NotifyEmail"]
