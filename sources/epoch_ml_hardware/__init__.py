"""Accelerators of Epoch AI's list of machine-learning hardware: operations per second, memory, power, die, price.

Epoch AI, "Data on Machine Learning Hardware", epoch.ai/data/machine-learning-hardware, CC BY 4.0. The snapshot is
what `connector.parse` makes of the export of December 2025: the data-centre accelerators released since 2017, 103 of its 170
rows. Graphics cards, workstation boards and supercomputer processors are left out, and of the columns notes, clocks, and
what follows from the others.

Traps: a row is a chip, a board or a module, as its maker sells it (`NVIDIA GB200` is one of the two GPUs of the
superchip). Figures are dense, without sparsity. Die sizes are sums over chiplets for some. Bytes are decimal. Release
prices are old list prices and not used here. A blank is unknown, never zero.
"""
