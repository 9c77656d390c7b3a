"""One account, 100 in it, and two ways to withdraw: ``/racy/withdraw`` and ``/fixed/withdraw``."""
