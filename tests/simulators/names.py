"""A name server of our own: it answers what its zone says, over a real socket."""

import socketserver
import threading
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.resolver import Resolver


@dataclass
class NameServer:
    """Answers for ``zone``: records by name and kind; a name with no records has none of any.

    What is not in the zone does not exist. ``broken`` names get no sensible answer. ``asked`` are
    the questions so far.
    """

    zone: dict[str, dict[str, list[str]]]
    broken: frozenset[str] = frozenset()
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __enter__(self) -> "NameServer":
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, link = self.request
                link.sendto(server.answer(data), self.client_address)

        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def resolver(self) -> Resolver:
        """A resolver that asks this server and nobody else."""
        found = Resolver(configure=False)
        found.nameservers = ["127.0.0.1"]
        found.port = self._server.server_address[1]
        return found

    def answer(self, data: bytes) -> bytes:
        """Return the answer to one question."""
        query = dns.message.from_wire(data)
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA | dns.flags.RA
        if name in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.zone:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif records := self.zone[name].get(kind):
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        return response.to_wire()
