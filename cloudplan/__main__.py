"""``python -m cloudplan``: the same as ``cloudplan``."""

import sys

from cloudplan.cli import main

if __name__ == "__main__":
    sys.exit(main())
