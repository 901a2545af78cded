"""A batch from a bucket into a bucket, on a real S3 server on loopback (moto)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("pebble", reason="batches need the extra batch")
server = pytest.importorskip(
    "moto.server", reason="the S3 server for the test is moto: pip install 'moto[server]' s3fs"
)
s3fs = pytest.importorskip("s3fs", reason="S3 needs the extra s3")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    running = server.ThreadedMotoServer(port=0)
    running.start()
    address = f"http://127.0.0.1:{running.get_host_and_port()[1]}"
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem(endpoint_url=address).mkdir("shop")
    yield "s3://shop"
    running.stop()


def test_a_bucket_is_painted_once(bucket: str, tmp_path: Path) -> None:
    from pinxit.batch.painter import BatchJob
    from pinxit.batch.run import run

    style = tmp_path / "style.png"
    storage = s3fs.S3FileSystem()
    for number in range(3):
        Image.linear_gradient("L").resize((32, 32)).rotate(90 * number).convert("RGB").save(style)
        storage.put_file(str(style), f"shop/photos/{number}.png")
    job = BatchJob(f"{bucket}/painted", (str(style),), options={"size": 32})
    records = list(run(job, f"{bucket}/photos", workers=1))
    assert [record.error for record in records] == ["", "", ""]
    assert all(record.output == f"{bucket}/painted/{record.name}" for record in records)
    assert all(storage.info(record.output)["size"] > 100 for record in records)
    assert list(run(job, f"{bucket}/photos", workers=1)) == []
    storage.put_file(str(style), "shop/photos/0.png")  # another picture under the same name, another ETag
    storage.invalidate_cache()
    assert [record.input for record in run(job, f"{bucket}/photos", workers=1)] == [f"{bucket}/photos/0.png"]
