"""What spans domains: journeys, races, crashes, architecture, access."""
