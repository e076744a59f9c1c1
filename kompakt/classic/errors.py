"""What a decoder says about bytes that are no stream of its codec."""


class StreamError(ValueError):
    """The bytes are not what the codec writes, or not of the stated length. The message is one line."""
