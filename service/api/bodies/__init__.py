"""What goes over the wire, and how domain values become it."""
