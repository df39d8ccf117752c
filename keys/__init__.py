"""What opens: provider keys and the clients that use them."""
