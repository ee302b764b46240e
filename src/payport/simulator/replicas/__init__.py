"""Several replicas under seeded delivery, crash and disk faults, all on one thread in simulated time."""
