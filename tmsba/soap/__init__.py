"""The SOAP side: wire types, both services, their WSDL, and what turns a request into a call.

Nothing outside this package imports Spyne. Its import order matters on newer Pythons, so the
compatibility module comes first.
"""

from tmsba.soap.wire import compat as compat
