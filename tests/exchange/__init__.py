"""The client, its parts, and the pace of requests, on real sockets."""
