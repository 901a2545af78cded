"""Film files: the only part of pinxit that knows PyAV."""

from pinxit.video.io.container.joining import Part, join
from pinxit.video.io.container.reading import FilmFile, is_film
from pinxit.video.io.container.writing import FORMATS, Coding, Segment, coding

__all__ = ["FORMATS", "Coding", "FilmFile", "Part", "Segment", "coding", "is_film", "join"]
