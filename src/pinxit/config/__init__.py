"""Every option with its default, range and help text, and what is generated from them: schema, docs, typed keywords.

Nothing here reads files or loads a heavy package; nothing elsewhere holds a default.
"""
