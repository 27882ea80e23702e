"""The relay: takes Broadcast's webhook, keeps each delivery on disk, and sends it to every route."""
