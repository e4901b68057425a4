"""``tmsba wsdl``."""

import click

from tmsba.cli.common.session import Session


@click.command()
@click.argument("service", type=click.Choice(["booking", "remote-setup"]))
@click.pass_obj
def wsdl(session: Session, service: str) -> None:
    """Print the contract of a service, with the configured address."""
    from tmsba.soap.operations.booking import BOOKING_SERVICE
    from tmsba.soap.operations.setup import REMOTE_SETUP_SERVICE
    from tmsba.soap.wsdl import Wsdl
    from tmsba.wsgi.front import BOOKING_PATH, REMOTE_SETUP_PATH

    is_booking = service == "booking"
    contract = BOOKING_SERVICE if is_booking else REMOTE_SETUP_SERVICE
    path = BOOKING_PATH if is_booking else REMOTE_SETUP_PATH
    click.echo(Wsdl(contract).render(f"{session.config.base_url}{path}"), nl=False)
