"""How the operations of a service are declared.

A declaration says what an operation takes and answers; what it does is a handler of the same name,
see ``application.py``. So the service modules read as the contract, and a server that lacks an
operation still publishes a complete one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spyne import rpc


@dataclass(frozen=True, slots=True)
class Contract:
    """One of the two services."""

    #: The name in the WSDL, from which port types and bindings are named.
    name: str
    namespace: str
    #: One paragraph about the whole service.
    documentation: str
    #: The Spyne service class with all operations.
    service: Any
    #: The class of the header that every client sends.
    version_header: Any
    #: Other spellings of operations, with the names they stand for.
    operation_aliases: Mapping[str, str] = field(default_factory=dict)
    #: Other spellings of parameters, with the names they stand for, by operation.
    parameter_aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def operations(self) -> Mapping[str, Any]:
        """Spyne's descriptions of the operations by name, in the order of their declaration."""
        methods: Mapping[str, Any] = self.service.public_methods
        return methods


def operation(
    documentation: str,
    *,
    takes: Mapping[str, Any] | None = None,
    returns: Any = None,
    in_headers: tuple[Any, ...] = (),
    out_headers: tuple[Any, ...] = (),
) -> Any:
    """Declare an operation as an attribute of a service class; it gets the attribute's name.

    Args:
        documentation: What the operation does, for the WSDL and the service page.
        takes: Types of the parameters by name, in order.
        returns: The type of the result; None for operations that answer nothing.
        in_headers: Classes of the headers that a request may carry.
        out_headers: Classes of the headers that the answer carries.
    """
    parameters = takes or {}

    def declared(*_: Any) -> None:
        """Never called: the application calls the handler of this name."""

    declared.__doc__ = documentation
    describe = rpc(
        *parameters.values(),
        _args=list(parameters),
        _returns=returns,
        _in_header=in_headers or None,
        _out_header=out_headers or None,
    )(declared)

    def named(**facts: Any) -> Any:
        """What Spyne calls for each attribute of a service class that is marked as an operation."""
        # Spyne tells functions apart by name, and the attribute's name is known only now.
        declared.__name__ = facts["_default_function_name"]
        return describe(**facts)

    named._is_rpc = True  # type: ignore[attr-defined]  # noqa: SLF001 (Spyne's mark)
    return named
