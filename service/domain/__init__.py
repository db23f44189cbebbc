"""What the service decides: values and pure functions, no input or output."""
