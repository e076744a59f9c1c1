"""What packing will make of a batch, and how long it will take, told from a sample of it."""
