"""Tar archives: headers become columns, and what members hold lies side by side, without headers between.

So a member is found again wherever it lies in whichever tar, and headers cost what changes among them.
"""

from kompakt.filters.tar.joining import join
from kompakt.filters.tar.splitting import split

__all__ = ["join", "split"]
