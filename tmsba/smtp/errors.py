"""What can go wrong between us and a mail server."""


class ServerTrouble(Exception):
    """The mail server does not answer, is not trusted, or takes no mail from us: try again later."""


class MailRefused(Exception):
    """The mail server will never take this mail."""
