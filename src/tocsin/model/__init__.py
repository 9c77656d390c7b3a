"""The nouns: frozen dataclasses that every engine and every report shares.

Nothing here does I/O or imports a third-party package.
"""
