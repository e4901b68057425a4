"""XML in and out: envelopes, dates, enumerations, versions and faults."""
