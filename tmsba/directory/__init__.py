"""People outside of the store: a directory such as Active Directory, asked over LDAP."""
