"""The processor's instruction to fetch memory before it is needed, for compiled kernels whose next rows it cannot guess."""

from __future__ import annotations

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from graph.risk.lanes import LANES

CACHE_LINE = 64
"""Bytes."""


@intrinsic
def prefetch(_context, rows, row):  # type: ignore[no-untyped-def]
    """Fetch a row of LANES numbers that will soon be read and written. The row must exist; nothing else happens."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        byte, number, flag = ir.IntType(8).as_pointer(), ir.IntType(64), ir.IntType(32)
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        start = builder.bitcast(builder.gep(array.data, [builder.mul(arguments[1], number(LANES))]), byte)
        form = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        instruction = builder.module.declare_intrinsic("llvm.prefetch", (byte,), form)
        to_be_written, to_be_kept, data = flag(1), flag(3), flag(1)
        for line in range(0, LANES * rows.dtype.bitwidth // 8, CACHE_LINE):
            builder.call(instruction, [builder.gep(start, [number(line)]), to_be_written, to_be_kept, data])
        return context.get_dummy_value()

    return types.void(rows, row), generate
