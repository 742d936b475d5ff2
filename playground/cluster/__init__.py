"""Runs on many machines: a manager in one process of the cluster (`hub`), and what stands for it in
each server of the app (`mirror`). Ray starts both and carries what they say (`engine`, the only
file that imports it). Nothing here is imported unless `PLAYGROUND_CLUSTER` is set.
"""
