"""What of a generation that leaves may leave: each module takes one kind of thing out, and says so."""
