"""The processes that decode and paint, and the server's ends of their pipes. Only here are clients' bytes decoded."""
