"""A real SMTP server on a spare port of this machine that keeps what it is sent, or refuses it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.controller import Controller


@dataclass
class Mailbox:
    """What arrived, in order; while `answer` is set, every message is refused with it."""

    messages: list[EmailMessage] = field(default_factory=list)
    answer: str = ""
    port: int = 0

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.answer:
            return self.answer
        self.messages.append(BytesParser(policy=default).parsebytes(envelope.content))
        return "250 OK"


@contextlib.contextmanager
def mail_server() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with socket.socket() as spare:
        spare.bind(("127.0.0.1", 0))
        mailbox.port = spare.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
