"""Messages to people (an outbox with pluggable channels), background jobs and the schedule of the clock."""
