"""Every option of pinxit: its default, range, unit and help text. May not know pictures or methods."""
