"""Film files: the only part of pinxit that uses PyAV."""

from pinxit.video.io.container.joining import join
from pinxit.video.io.container.reading import FilmFile
from pinxit.video.io.container.writing import FORMATS, Coding, Segment, SegmentWriter, coding

__all__ = ["FORMATS", "Coding", "FilmFile", "Segment", "SegmentWriter", "coding", "join"]
