"""The commands of `broadcast`: one file each, with its arguments, its help and its steps."""
