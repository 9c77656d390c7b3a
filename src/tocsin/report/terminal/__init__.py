"""The text report, for a terminal or a pipe."""

from tocsin.report.terminal.render import print_document, render

__all__ = ["print_document", "render"]
