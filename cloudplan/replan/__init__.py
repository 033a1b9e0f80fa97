"""Planning anew from a plan in progress: what of it is done, what it holds to, what changed and why."""

from cloudplan.replan.changes import changes_of, summary

__all__ = ["changes_of", "summary"]
