"""The report's charts, by subject; each function takes plain rows with their words and returns an Altair chart."""
