"""Floor 4: in which order systems move, when, which room closes, what is bought when."""
