"""Packing one pool by cost: hosts chosen by type, racks, licences, moves; with proof of how far from best."""
