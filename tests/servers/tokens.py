"""A small authorization server: tokens by client credentials and device code (HTTPS, as msal asks), and the look-up that
Dovecot's oauth2 passdb makes (HTTP, loopback). Tokens end when a test says so.
"""

from __future__ import annotations

import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers.ports import LOOPBACK

TENANT, CLIENT, SECRET = "tenant-1", "client-1", "himitsu-no-kagi"


class TokenServer:
    """`good`: tokens that are good now; `given`: how many were given out. `signed_in`: whether a person entered the code."""

    def __init__(self, folder: Path, user: str) -> None:
        self.user, self._folder = user, folder
        self.good: set[str] = set()
        self.given = 0
        self.asked: list[str] = []
        self.signed_in = False
        self._servers: list[ThreadingHTTPServer] = []

    def __enter__(self) -> Self:
        self.ca_file, key = certificate(self._folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, key)
        secure, plain = self._serve(context), self._serve(None)
        self.authority = f"https://localhost:{secure}"
        self.lookup = f"http://{LOOPBACK}:{plain}/tokeninfo?access_token="
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._servers:
            one.shutdown()
            one.server_close()

    def end_all(self) -> None:
        """Every token given so far is good no more."""
        self.good.clear()

    def new_token(self) -> str:
        self.given += 1
        token = f"token-{self.given}"
        self.good.add(token)
        return token

    def _serve(self, context: ssl.SSLContext | None) -> int:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*outer.get(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._answer(*outer.post(self.path, {k: v[0] for k, v in parse_qs(body).items()}))

            def _answer(self, code: int, document: dict[str, Any]) -> None:
                content = json.dumps(document).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return int(server.server_address[1])

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        url = urlsplit(path)
        if url.path == "/tokeninfo":
            token = parse_qs(url.query).get("access_token", [""])[0]
            return (
                (200, {"email": self.user, "active": "true"})
                if token in self.good
                else (401, {"error": "invalid_token"})
            )
        base = f"{self.authority}/{TENANT}"
        return 200, {
            "authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token",
            "device_authorization_endpoint": f"{base}/devicecode", "issuer": base,
        }  # fmt: skip

    def post(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form.get("grant_type", path.rpartition("/")[2]))
        if path.endswith("/devicecode"):
            return 200, {
                "device_code": "dc", "user_code": "ABCD-1234", "verification_uri": "https://login.example/device",
                "expires_in": 60, "interval": 1,
            }  # fmt: skip
        if form.get("grant_type") == "client_credentials" and form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client", "error_description": "AADSTS7000222: the client secret has expired"}
        if form.get("grant_type", "").endswith("device_code") and not self.signed_in:
            self.signed_in = True  # the person does it while we ask a second time
            return 400, {"error": "authorization_pending"}
        found = {"access_token": self.new_token(), "token_type": "Bearer", "expires_in": 3600}
        if "device_code" in form.get("grant_type", "") or form.get("grant_type") == "refresh_token":
            found |= {
                "refresh_token": "refresh-1",
                "scope": form.get("scope", ""),
                "client_info": "eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ",
            }
        return 200, found


def certificate(folder: Path) -> tuple[str, str]:
    """A certificate of its own for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert_file, key_file = folder / "authority.pem", folder / "authority.key"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    return str(cert_file), str(key_file)
