"""Which names an archive may hold: only such as cannot lead out of the folder it is extracted to."""

from collections.abc import Collection, Sequence

from kompakt.archive.entry import Entry, Kind
from kompakt.archive.layout import MAX_NAME_BYTES
from kompakt.errors import UnsafeNameError, shown

_MAX_LINKS_FOLLOWED = 40  # Linux gives up there, with ELOOP
_MAX_DEPTH = MAX_NAME_BYTES // 2
_STEPS = 1 << 20  # for all links together, and so many more for each: real links take a few dozen
_STEPS_PER_LINK = 1 << 8


def check_names(entries: Collection[Entry], archive: str) -> None:
    """Raise UnsafeNameError unless names are safe, all different, and below nothing but directories.

    Hard links must name a FILE. Where symbolic links point to is not looked at: see `check_links`.
    """
    files = {entry.name for entry in entries if entry.kind == Kind.FILE}
    # in this order all that is below a name follows it at once
    ordered = sorted(entries, key=lambda entry: entry.name.replace(b"/", b"\0"))
    last = None
    leaf = None
    for entry in ordered:
        problem = _problem_of(entry.name)
        if problem is None and entry.name == last:
            problem = "occurs twice"
        if problem is None and leaf is not None and entry.name.startswith(leaf + b"/"):
            problem = f"lies below {shown(leaf)}, which is no directory"
        if problem is None and entry.kind == Kind.SYMLINK:
            problem = _problem_of_link_text(entry.target)
        if problem is None and entry.kind == Kind.HARDLINK and entry.target not in files:
            problem = f"is a hard link to {shown(entry.target)}, which is no file of the archive"
        if problem is not None:
            raise UnsafeNameError(f"{archive}: {shown(entry.name) or 'an entry'}: {problem}")
        last = entry.name
        if entry.kind != Kind.DIRECTORY:
            leaf = entry.name


def check_links(entries: Sequence[Entry], place: str) -> None:
    """Raise UnsafeNameError if a symbolic link among `entries` can lead out of the folder they are in.

    Links are followed through each other, as the kernel would: a link to a link to `..` is found too.
    """
    links = {entry.name: entry.target for entry in entries if entry.kind == Kind.SYMLINK}
    steps_left = _STEPS + _STEPS_PER_LINK * len(links)
    for name, target in links.items():
        leads_out, steps_left = _leads_out(name, links, steps_left)
        if steps_left == 0:
            raise UnsafeNameError(f"{place}: {shown(name)}: the links are too entangled to be followed")
        if leads_out:
            raise UnsafeNameError(f"{place}: {shown(name)}: the link points outside, to {shown(target)}")


def _problem_of(name: bytes) -> str | None:
    if len(name) > MAX_NAME_BYTES:
        return f"the name is longer than {MAX_NAME_BYTES} bytes"
    if b"\0" in name:
        return "the name contains NUL"
    if name.startswith(b"/"):
        return "the name is absolute"
    for part in name.split(b"/"):
        if part in (b"", b".", b".."):
            return f"the name has a part {shown(part)!r}"
    return None


def _problem_of_link_text(target: bytes) -> str | None:
    if not target or b"\0" in target or len(target) > MAX_NAME_BYTES:
        return "the link has an impossible target"
    return None


def _leads_out(name: bytes, links: dict[bytes, bytes], steps_left: int) -> tuple[bool, int]:
    """Walk to `name` and on through `links` from an imagined root.

    Return whether the walk goes above the root, and how many of `steps_left` are left.
    """
    ahead = _reversed_parts(name)
    here: list[bytes] = []
    followed = 0
    while ahead and steps_left:
        steps_left -= 1
        part = ahead.pop()
        if part == b"..":
            if not here:
                return True, steps_left
            here.pop()
            continue
        here.append(part)
        target = links.get(b"/".join(here))
        if target is None:
            if len(here) > _MAX_DEPTH:
                return True, steps_left
            continue
        here.pop()
        followed += 1
        if target.startswith(b"/"):
            return True, steps_left
        if followed > _MAX_LINKS_FOLLOWED:
            break
        ahead += _reversed_parts(target)
    return False, steps_left


def _reversed_parts(path: bytes) -> list[bytes]:
    return [part for part in reversed(path.split(b"/")) if part not in (b"", b".")]
