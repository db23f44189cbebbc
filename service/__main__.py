"""`python -m service`, and what the command `spendguard` runs."""

import sys

from service.cli.frame import run


def main() -> None:
    """Run the command line and end with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
