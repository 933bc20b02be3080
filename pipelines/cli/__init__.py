"""The command line. Nothing heavy is imported before a command needs it: `stackgraph --help` answers at once."""

from pipelines.cli.app import main

__all__ = ["main"]
