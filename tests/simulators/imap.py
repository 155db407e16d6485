"""A small IMAP server over TLS: RFC 3501 as far as a reader of one folder asks for it."""

import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "leads@example.org", 'pass "word" \\ 1'
_PART = re.compile(r"BODY\.PEEK\[(HEADER|TEXT|)\](?:<(\d+)\.(\d+)>)?", re.IGNORECASE)


@dataclass
class Mailbox:
    """Folders of mails by number; ``read_only`` counts how the inbox was opened."""

    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}, "Read": {}})
    uidvalidity: int = 7
    next_uid: int = 1
    has_move: bool = True
    commands: list[str] = field(default_factory=list)
    flags: dict[int, set[str]] = field(default_factory=dict)
    breaks_at: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, raw: bytes, folder: str = "INBOX") -> int:
        """Put a mail into a folder; returns its number."""
        with self.lock:
            uid, self.next_uid = self.next_uid, self.next_uid + 1
            self.folders[folder][uid] = raw
            return uid

    def names(self, command: str) -> list[str]:
        """Return the commands that began with ``command``."""
        return [said for said in self.commands if said.upper().startswith(command)]


class Server:
    """Serves one mailbox on a port of this machine until it is closed."""

    def __init__(self, folder: Path) -> None:
        self.box = Mailbox()
        self.certificate = _certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                raw, _peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(raw,), daemon=True).start()

    def _talk(self, raw: socket.socket) -> None:
        try:
            with self._context.wrap_socket(raw, server_side=True) as wire:
                _Session(self.box, wire).run()
        except OSError:
            raw.close()


class _Session:
    """One client: signs in, opens a folder, asks."""

    def __init__(self, box: Mailbox, wire: ssl.SSLSocket) -> None:
        self.box, self.wire = box, wire
        self.reader = wire.makefile("rb")
        self.folder = ""

    def run(self) -> None:
        self._line("* OK ready")
        while line := self.reader.readline():
            tag, _space, said = line.decode().rstrip("\r\n").partition(" ")
            self.box.commands.append(said)
            verb = said.split(" ")[0].upper()
            if self.box.breaks_at and said.upper().startswith(self.box.breaks_at):
                self.wire.shutdown(socket.SHUT_RDWR)
                return
            answer = getattr(self, f"_{verb.lower()}", self._unknown)(said)
            self._line(f"{tag} {answer}")
            if verb == "LOGOUT":
                return

    def _line(self, text: str) -> None:
        self.wire.sendall(text.encode() + b"\r\n")

    def _unknown(self, said: str) -> str:
        return "BAD unknown command"

    def _capability(self, said: str) -> str:
        self._line(f"* CAPABILITY IMAP4rev1{' MOVE' if self.box.has_move else ''}")
        return "OK done"

    def _logout(self, said: str) -> str:
        self._line("* BYE")
        return "OK bye"

    def _noop(self, said: str) -> str:
        return "OK done"

    def _login(self, said: str) -> str:
        user, password = _words(said)[1:3]
        return (
            "OK in" if (user, password) == (USER, PASSWORD) else "NO [AUTHENTICATIONFAILED] wrong"
        )

    def _select(self, said: str) -> str:
        name = _words(said)[1]
        if name not in self.box.folders:
            return "NO [NONEXISTENT] no such folder"
        self.folder = name
        self._line(f"* {len(self.box.folders[name])} EXISTS")
        self._line(f"* OK [UIDVALIDITY {self.box.uidvalidity}] valid")
        self._line(f"* OK [UIDNEXT {self.box.next_uid}] next")
        mode = "READ-ONLY" if said.upper().startswith("EXAMINE") else "READ-WRITE"
        return f"OK [{mode}] open"

    _examine = _select

    def _expunge(self, said: str) -> str:
        gone = [uid for uid, flags in self.box.flags.items() if r"\Deleted" in flags]
        for uid in gone:
            self.box.folders[self.folder].pop(uid, None)
        return "OK done"

    def _uid(self, said: str) -> str:
        words = _words(said)
        verb = words[1].upper()
        mails = self.box.folders[self.folder]
        if verb == "SEARCH":
            first = int(words[3].split(":")[0])
            last = max(mails, default=0)
            found = [uid for uid in sorted(mails) if uid >= first] or ([last] if last else [])
            self._line("* SEARCH " + " ".join(map(str, found)))
            return "OK done"
        chosen = [int(word) for word in words[2].split(",") if int(word) in mails]
        if verb == "FETCH":
            for uid in chosen:
                self._fetch(uid, mails[uid], said)
            return "OK done"
        if verb == "STORE":
            for uid in chosen:
                self.box.flags.setdefault(uid, set()).add(r"\Deleted")
            return "OK done"
        return self._copy(verb, chosen, words[3])

    def _copy(self, verb: str, chosen: list[int], target: str) -> str:
        if target not in self.box.folders:
            return "NO [TRYCREATE] no such folder"
        for uid in chosen:
            self.box.add(self.box.folders[self.folder][uid], target)
            if verb == "MOVE":
                del self.box.folders[self.folder][uid]
        return "OK done"

    def _fetch(self, uid: int, raw: bytes, said: str) -> None:
        if "RFC822.SIZE" in said.upper():
            self._line(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
            return
        found = _PART.search(said)
        assert found is not None, said
        head, gap, text = raw.partition(b"\r\n\r\n")
        part = {"HEADER": head + gap, "TEXT": text, "": raw}[found[1].upper()]
        if found[2]:
            part = part[int(found[2]) : int(found[2]) + int(found[3])]
        self.wire.sendall(f"* {uid} FETCH (UID {uid} BODY[] {{{len(part)}}}\r\n".encode())
        self.wire.sendall(part + b")\r\n")


def _words(said: str) -> list[str]:
    """Return the words of a command, quoted ones without their quotes."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', said)
    return [bare or re.sub(r"\\(.)", r"\1", quoted) for quoted, bare in found]


def _certificate(folder: Path) -> Path:
    """Write a certificate for this machine with its key, and return where."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "imap.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(encoding))
    return file
