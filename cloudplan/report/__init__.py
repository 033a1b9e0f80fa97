"""The reports: one offline HTML page, and plain text for a terminal; both print the same sections."""
