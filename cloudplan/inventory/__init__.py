"""The estate as it is: one table a subject, checked at the door, never changed afterwards."""

from cloudplan.inventory.estate import Inventory

__all__ = ["Inventory"]
