"""Content that is there already: whole files, and pieces of files, are found and stored once."""
