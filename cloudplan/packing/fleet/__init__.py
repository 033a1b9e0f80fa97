"""Packing one pool by cost: hosts may be chosen by type, share racks, and carry licences; with proof of how far from best."""
