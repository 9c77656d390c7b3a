"""What a server says, or others recorded, of its endpoints: documents become operations."""
