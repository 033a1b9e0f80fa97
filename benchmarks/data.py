"""Where the data of benchmarks is; the repository holds none of it."""

from __future__ import annotations

import os
from pathlib import Path


def data(folder: str) -> Path:
    """Give a folder of ``CLOUDPLAN_DATA``, by default ``shared/data`` beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("CLOUDPLAN_DATA", default)) / folder
