"""Results to one HTML file, Markdown or JSON."""
