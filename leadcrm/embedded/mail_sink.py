"""A mail server that keeps what it gets: ``python -m leadcrm.embedded.mail_sink PORT FOLDER``.

Every mail becomes one ``.eml`` file whose name sorts by time. Nothing is ever sent on.
"""

import asyncio
import signal
import sys
import time
import uuid
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

_SIZE_LIMIT = 20_000_000


class _Folder:
    """Keeps mails in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Write one mail down before it is accepted."""
        # Only from, to, content: what a receiver sees, and who it was for.
        head = "".join(f"X-Envelope-To: {address}\r\n" for address in envelope.rcpt_tos)
        content = envelope.content or b""
        data = content.encode() if isinstance(content, str) else content
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        draft = self.folder / f"{name}.draft"
        draft.write_bytes(head.encode() + data)
        draft.replace(self.folder / f"{name}.eml")
        return "250 Message kept"


async def serve(port: int, folder: Path) -> None:
    """Take mails on ``port`` of this machine until SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    handler = _Folder(folder)
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=_SIZE_LIMIT, enable_SMTPUTF8=True),
        "127.0.0.1",
        port,
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with server:
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
