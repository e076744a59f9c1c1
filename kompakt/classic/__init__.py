"""Classical codes: prefix and dictionary codes, range and ANS coders, block sorting, and pipelines.

Every module that is a codec has the same two functions:

    encode(data: uint8 (n,)) -> uint8 (m,)
    decode(stream: uint8 (m,), raw_bytes: int) -> uint8 (raw_bytes,)    raises StreamError

Any bytes may be given to `decode`: it returns `raw_bytes` bytes or raises StreamError. It takes no more
memory than the codec's docstring says, whatever the stream holds. The raw length is not in the stream: an
archive knows it. A transform that yields several streams of different statistics also has `split` and
`join`, so that the next stage of a pipeline can code each by itself.
"""
