"""What a certificate must be, and what is remembered of it."""

from __future__ import annotations

import hashlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scrapers.errors import Timeout, TlsError
from scrapers.fetch import Limits
from scrapers.model import Page
from tests.origin import Origin, reply
from tests.scrapers.fetching import a_desk, at_most, names


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for site.example, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=site.example", "-addext", "subjectAltName=DNS:site.example"),
            *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
            *("-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture
def origin(certificate: tuple[Path, Path]) -> Iterator[Origin]:
    """A server that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with Origin(tls=context) as server:
        yield server


HERE = names(site_example=["127.0.0.1"], other_example=["127.0.0.1"])


def test_a_trusted_site_is_read_and_its_certificate_noted(origin: Origin, certificate: tuple[Path, Path]) -> None:
    """The evidence names protocol and certificate; the connection is kept for the next request."""
    origin.on("/a", reply(b"ok"))
    leaf = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate[0].read_text())).hexdigest()

    with a_desk(resolver=HERE, trust=lambda: ssl.create_default_context(cafile=certificate[0])) as desk:
        for _ in range(3):
            got = desk.fetcher.get(f"https://site.example:{origin.port}/a")
            assert isinstance(got, Page)
            assert got.body == b"ok"

    assert desk.archive.last.tls in {f"TLSv1.3 sha256:{leaf}", f"TLSv1.2 sha256:{leaf}"}
    assert origin.connections == 1


@pytest.mark.parametrize("host", ["site.example", "other.example", "127.0.0.1"])
def test_a_certificate_nobody_vouches_for_is_refused(origin: Origin, host: str) -> None:
    """There is no way to fetch anyway, and no request is sent."""
    origin.on("/a", reply(b"ok"))

    with a_desk(resolver=HERE) as desk, pytest.raises(TlsError, match="self-signed") as caught:
        desk.fetcher.get(f"https://{host}:{origin.port}/a")

    assert (origin.asked, desk.slept, caught.value.status) == ([], [], "error")


def test_a_certificate_for_another_name_is_refused(origin: Origin, certificate: tuple[Path, Path]) -> None:
    """Connecting to a checked address does not change whose certificate is expected."""
    with (
        a_desk(resolver=HERE, trust=lambda: ssl.create_default_context(cafile=certificate[0])) as desk,
        pytest.raises(TlsError, match=r"other\.example"),
    ):
        desk.fetcher.get(f"https://other.example:{origin.port}/a")


def test_a_server_that_speaks_no_tls_is_named() -> None:
    """Plain HTTP on the other side is a fault of TLS, not of the body."""
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def answer() -> None:
            sock, _ = plain.accept()
            with sock:
                sock.recv(65536)
                sock.sendall(reply(b"this is plain", 400))

        thread = threading.Thread(target=answer)
        thread.start()
        with a_desk(resolver=HERE) as desk, pytest.raises(TlsError):
            desk.fetcher.get(f"https://site.example:{plain.getsockname()[1]}/")
        thread.join()


def test_a_handshake_that_never_ends_meets_its_limit() -> None:
    """A silent server costs the time for connecting, no more."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with (
            a_desk(resolver=HERE, limits=Limits(connect=0.2)) as desk,
            at_most(1.5),
            pytest.raises(Timeout, match="handshake"),
        ):
            desk.fetcher.get(f"https://site.example:{port}/")
