"""Plan the consolidation of departments' machine rooms and servers onto one government cloud."""

__version__ = "0.1.0"
