"""What is served over HTTP: feeds, pages and health."""
