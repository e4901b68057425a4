"""What every worker needs: leases, tries, and what people are told."""
