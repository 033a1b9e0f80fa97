"""What there is to say of one thing: one module a kind of thing, and what several share."""
