"""One version of HTTP a file: framing without sockets; and the thin drivers that have them."""
