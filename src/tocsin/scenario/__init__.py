"""Scenarios for free: from what an app declares and what its database holds to working requests."""
