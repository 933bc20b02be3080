"""Documentation; `python -m docs.figures` draws its pictures from the published file."""
