"""One file a revision of the schema, each frozen once it was released."""
