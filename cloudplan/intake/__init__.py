"""Foreign files in, inventory tables out: every figure traceable to file, sheet, row and column.

One reader a file: :mod:`cloudplan.intake.recognise` says which reader a file belongs to, and
:mod:`cloudplan.intake.pipeline` holds the whole way.
"""
