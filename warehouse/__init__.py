"""The floor all other packages stand on: settings, connections, the embedded server, schemas, roles and grants."""
