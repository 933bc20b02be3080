"""When and where: the Dagster assets, the DuckDB warehouse, the command line and the Python face."""
