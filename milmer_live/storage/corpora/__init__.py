"""Data sets that labs can get, one file each: from a layout on disk to recordings."""
