"""The use cases: each opens a unit of work, loads, asks the rules, saves, commits.

"Unit of work" is the database's transaction; a "transaction" is a row of the change log.
"""
