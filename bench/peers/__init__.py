"""The detection benchmark against peers: the same servers, the same minute, side by side."""
