"""The pages that a browser gets: the list of operations, and one operation with sample messages."""

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tmsba.soap.application import SoapService


class ServicePages:
    """Renders the pages of one service."""

    def __init__(self, service: SoapService) -> None:
        templates = Environment(
            loader=PackageLoader("tmsba.wsgi"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._service = service
        self._list: Template = templates.get_template("service.html.j2")
        self._operation: Template = templates.get_template("operation.html.j2")

    def operation_list(self) -> bytes:
        """All operations with what they do."""
        page = self._list.render(
            contract=self._service.contract, operations=list(self._service.pages.values())
        )
        return page.encode()

    def operation(self, name: str, url: str) -> bytes | None:
        """One operation with samples, or None when there is none of this name.

        Args:
            name: The operation; case does not matter, as it does not in ASP.NET.
            url: The address of the service, which the samples name.
        """
        by_name = {known.lower(): page for known, page in self._service.pages.items()}
        found = by_name.get(name.lower())
        if found is None:
            return None
        scheme, _, rest = url.partition("://")
        host, _, path = rest.partition("/")
        page = self._operation.render(
            contract=self._service.contract, operation=found, host=host, path=f"/{path}", scheme=scheme
        )
        return page.encode()
