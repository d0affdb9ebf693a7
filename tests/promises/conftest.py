"""The built site, for promises that are kept on pages: the same build that the browser looks at."""

from tests.browser.conftest import site

__all__ = ["site"]
