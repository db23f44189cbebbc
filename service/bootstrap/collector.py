"""The garbage collector, and policies that live as long as the service."""

import gc


def spare_what_lives_long() -> None:
    """Keep what is alive now out of the collector's walks.

    Ten thousand policies are some hundred thousand objects: walking through them again
    and again took a third of every check. What an earlier set left behind is collected
    first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
