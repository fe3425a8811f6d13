"""What every verb stands on: files, folders, the law packs."""
