"""Implementations of the ports: YAML files, the state database, Notion."""
