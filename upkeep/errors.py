"""Typed errors. Each is one line for the person and says what to do next."""


class UpkeepError(Exception):
    """Base of all errors that are foreseen. ``str(error)`` is one line."""


class NoWarehouseError(UpkeepError):
    """There is no DuckDB warehouse where one was expected."""


class BusyError(UpkeepError):
    """Another process writes into the warehouse."""


class BackupError(UpkeepError):
    """A backup is missing, unfinished or not what its checksum says."""


class WouldLoseError(UpkeepError):
    """A restore would replace a warehouse that holds what the backup does not."""


class CatalogError(UpkeepError):
    """A table cannot be put back into Glue by what is in S3."""
