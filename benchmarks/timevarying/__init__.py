"""What packing by time slots saves against packing by peaks, at equal replayed risk.

``python -m benchmarks.timevarying bitbrains|planetlab|estate --csv OUT`` fits each virtual machine's demand on one
period, packs by it, replays the packing on a later period at the samples' own resolution, and writes a line for each
packing; then it prints the tables, as ``python -m benchmarks.timevarying table CSV`` does again from the file.
The data is found by ``CLOUDPLAN_DATA`` (default ``../shared/data``).

Risk is the overload share: host-slots in which the machines of a host asked for more than all of its CPU, over all
host-slots in which they asked for anything; a host-slot is one host for one sample of the later period. Every way
of sizing has a headroom, by which the fitted CPU demand is multiplied (1 + headroom), and each is swept far enough,
below nothing too, that their risks meet; ways are compared where their risk is the same (``frontier``).
"""
