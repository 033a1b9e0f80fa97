"""Static vector packing: items of fixed size in several dimensions, equal bins, as few as can be, and a proof.

Where few items fill a bin, column generation gives the bound and the plan; pools in which fifty profiles share a host
need other means (:mod:`cloudplan.packing`). :func:`~cloudplan.packing.vectors.solve.solve` is the whole way.
"""
