"""Row to domain value and back: `<thing>_from_row`, `row_from_<thing>`."""
