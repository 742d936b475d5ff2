"""What a network knows at one moment of its training, from nothing but its weights.

>>> seen = inspect(run.config, run.store.snapshots.read_weights(1407))  # doctest: +SKIP
>>> seen.accuracy, seen.confusion[4, 9], seen.worst.indices[:3]  # doctest: +SKIP

Everything is measured on the test images that the configuration's task has; the training
set is not read. Nothing here draws, trains or changes the weights that are given;
the global random state and the number of threads stay as they are. Importing this package
does not import PyTorch; importing its module `network`, which has `inspect` and `probe`, does.

`inspect` takes about 90 ms for notebook A's network with two threads on two quiet 2.5 GHz
cores, 0.8 s for `cnn`; with `sample=2000` 25 ms and 0.16 s. The first call in a process
also turns the test images into floats, 31 MB that are kept.
"""

from playground.inspection.result import Answers, Inspection

__all__ = ["Answers", "Inspection"]
