"""`stylize_many`: paint all pictures of a folder, a bucket or a list."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Unpack

if TYPE_CHECKING:
    from pinxit.batch.records import Record
    from pinxit.config.keywords import StylizeKeywords


def stylize_many(
    source: str,
    style: str | Sequence[str],
    target: str,
    *,
    method: str = "",
    format: str = "png",
    engine: str = "local",
    workers: int = 0,
    address: str = "",
    seconds: float = 600.0,
    **options: Unpack[StylizeKeywords],
) -> Generator[Record]:
    """Paint many pictures in one style, or each in several; yield a row of the manifest for each painting.

    ``source``   a folder, a pattern (``shoes/*.jpg``), a list (.txt, .csv, .parquet) or one picture; local, or a URL of
                 fsspec (``s3://bucket/photos``)
    ``target``   the folder of the paintings and their manifest; likewise
    ``engine``   ``local``, the processes of this machine, or ``ray``, a cluster at ``address`` ("auto" finds one)
    ``workers``  processes or, at most, actors; 0: one for each core
    ``seconds``  the most that a picture may take

    What an earlier run finished, and has not changed since, is not painted again. A picture that fails is a row with
    its error. Raises `PinxitError` for what concerns all pictures.

    >>> for row in pinxit.stylize_many("photos/", "wave.jpg", "painted/"):  # doctest: +SKIP
    ...     print(row.output, row.error)
    """
    from pinxit.batch.painter import BatchJob
    from pinxit.batch.run import run

    styles = (style,) if isinstance(style, str) else tuple(style)
    job = BatchJob(target, styles, method, {**options}, {}, format, seconds)
    return run(job, source, engine, workers, address)
