"""The spool: what is accepted, planned and sent, through restarts, reloads, and what goes wrong."""
