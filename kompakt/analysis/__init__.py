"""What data are made of: where their bits are, and what each code makes of them. Nothing is written."""
