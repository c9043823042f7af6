"""What is kept: rows and WARC files. Fetches nothing."""
