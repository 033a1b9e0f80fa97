"""Planning anew from a plan in progress: what of it is done, what it holds to, what changed and why."""

from cloudplan.replan.changes import changes_of, summary
from cloudplan.replan.inputs import changed_inputs
from cloudplan.replan.servers import servers_told_apart

__all__ = ["changed_inputs", "changes_of", "servers_told_apart", "summary"]
