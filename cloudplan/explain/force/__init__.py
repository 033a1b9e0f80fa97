"""Forced moves: judged, and told."""
