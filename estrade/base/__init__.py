"""What every domain stands on: money, refusals, ids, secrets, jobs, limits, mail. It knows no domain."""
