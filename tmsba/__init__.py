"""tmsba: an open booking server that speaks the Cisco TMS Booking API."""

__version__ = "0.1.0"
