"""Sessions in the formats of other programs: one file a format. Pictures are never exported."""

from milmer_live.storage.export.options import FORMATS, ExportOptions, Format
from milmer_live.storage.export.writing import export, partial_folder, put, write_export

__all__ = ["FORMATS", "ExportOptions", "Format", "export", "partial_folder", "put", "write_export"]
