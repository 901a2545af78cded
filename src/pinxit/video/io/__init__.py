"""Films and folders of pictures, read and written."""
