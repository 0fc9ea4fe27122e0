"""Self-signed certificates made by openssl, for servers on the loopback."""

import shutil
import subprocess
from pathlib import Path

import pytest


def make(folder: Path, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """Return the files of a new certificate and its private key (0600)."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, to make a certificate")
    cert, key = folder / "cert.pem", folder / "key.pem"
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    argv += ["-days", "2", "-subj", "/CN=desk", "-addext", f"subjectAltName=IP:{name},DNS:localhost"]
    subprocess.run([*argv, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    key.chmod(0o600)
    return cert, key
