"""What is published: rows in, bytes out. Reads storage only."""
