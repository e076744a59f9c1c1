"""Tags of markup: which element the text belongs to, for specs with contexts that look at it.

TAG is a hash of the name of the innermost open element, and of whether its start tag, the text in it, the end
tag of an element inside it, or what follows that is being read. Names of open elements are kept on a stack of
TAG_LEVELS that wraps: deeper ones forget the outermost.
"""

from kompakt.model.compiling import inlined
from kompakt.model.registers import R
from kompakt.model.words import u32

TAG, TAG_STATE = int(R.TAG), int(R.TAG_STATE)

TAG_LEVELS = 8

_TEXT, _NAME, _INSIDE, _END = u32(0), u32(1), u32(2), u32(3)
"""Low two bits of TAG_STATE: outside tags, in a start tag's name, behind the name, in an end tag."""

_LEVEL = u32(TAG_LEVELS - 1)
_DEEPEST = u32(1 << 20)
_OPENS, _CLOSES, _SLASH = u32(ord("<")), u32(ord(">")), u32(ord("/"))


@inlined
def ends_alone(c):
    """Tell whether a tag that has `c` before its `>` has no end tag: <name/>, <?name?>, <!--name-->."""
    return c == _SLASH or c == u32(ord("?")) or c == u32(ord("-"))


@inlined
def ends_name(c):
    """Tell whether byte `c` ends the name of an element."""
    return c <= u32(32) or c == _SLASH or c == u32(ord(">"))


@inlined
def update_tags(stack, registers, c, before):
    """Bring TAG and TAG_STATE (depth << 2 | one of four states) up to date with byte `c`.

    stack:  uint32 (TAG_LEVELS,), hash of the name of the open element at each depth
    before: the byte before `c`
    """
    mode = u32(registers[TAG_STATE] & u32(3))
    depth = u32(registers[TAG_STATE] >> u32(2))
    tag = registers[TAG]
    if c == _OPENS:
        mode = _NAME
        depth = min(u32(depth + u32(1)), _DEEPEST)
        tag = u32(1)
        stack[u32(depth & _LEVEL)] = u32(0)
    elif mode == _NAME and c == _SLASH and before == _OPENS:
        mode = _END
        depth = u32(max(depth, u32(2)) - u32(1))
        tag = u32(stack[u32(depth & _LEVEL)] + u32(2))
    elif mode == _NAME and not ends_name(c):
        tag = u32(u32(tag + c) * u32(0x2F0B4C47))
        stack[u32(depth & _LEVEL)] = tag
    elif mode != _TEXT and c == _CLOSES:
        if mode == _END or ends_alone(before):
            depth = u32(max(depth, u32(1)) - u32(1))
            tag = u32(stack[u32(depth & _LEVEL)] + u32(4))
        mode = _TEXT
    elif mode == _NAME:
        mode = _INSIDE
    registers[TAG] = tag
    registers[TAG_STATE] = u32(u32(depth << u32(2)) | mode)
