"""Connections: how octets are sent, where they go, and how an answer is read from them."""
