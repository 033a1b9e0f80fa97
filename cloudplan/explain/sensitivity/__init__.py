"""Which inputs flip a decision: searched, and told."""
