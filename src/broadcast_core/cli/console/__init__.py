"""What people see: reports, trees, tables and progress."""
