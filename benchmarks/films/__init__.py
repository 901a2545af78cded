"""Films: how steady they are, how fast they are painted, and what becomes of killed runs and broken files."""
