"""What the use cases and the workers need from the outside; ``tmsba.store`` implements it."""
