"""The survey: a workbook that departments fill in (:mod:`.form`), and whatever comes back of it (:mod:`.read`)."""

SHEETS = ("departments", "rooms", "racks", "servers", "systems", "workloads", "devices", "flows", "datasets")
"""Tables of the inventory that a department fills in, in the workbook's order."""
