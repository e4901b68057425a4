"""The wire types of both services, as Spyne classes with the names that go over the wire."""
