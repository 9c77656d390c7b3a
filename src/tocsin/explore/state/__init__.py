"""The world that every run starts from: snapshot, restore, read, and ask who waits for whom."""
