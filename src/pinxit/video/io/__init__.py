"""Reads and writes films, folders of numbered pictures, and cameras; knows nothing of painting."""
