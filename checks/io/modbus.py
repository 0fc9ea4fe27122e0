"""Modbus RTU, as much as a room sensor needs: one question, and its answer found among the bytes on the line.

Source: MODBUS over Serial Line V1.02 §2.5.1 (frames, CRC); MODBUS Application Protocol V1.1b3 §6.3, §6.4, §7.
An answer is looked for at every offset: an adapter may echo the question, a line may carry noise before it.
"""

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from checks.model import ProbeError

Function: TypeAlias = Literal[3, 4]
READ_HOLDING: Final = 3
READ_INPUT: Final = 4
_EXCEPTION = 0x80
_POLYNOMIAL = 0xA001
_READS = {READ_HOLDING, READ_INPUT}
_SHORTEST = 5  # an exception: address, function, code, CRC


def crc(frame: bytes) -> bytes:
    """Return the two bytes that end `frame` on the wire."""
    register = 0xFFFF
    for byte in frame:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (_POLYNOMIAL if register & 1 else 0)
    return register.to_bytes(2, "little")


def question(address: int, function: Function, first: int, count: int) -> bytes:
    """Return the frame that asks slave `address` for `count` registers from number `first` on."""
    frame = bytes((address, function)) + first.to_bytes(2, "big") + count.to_bytes(2, "big")
    return frame + crc(frame)


def registers(received: bytes, address: int, function: Function, count: int) -> tuple[int, ...] | None:
    """Return the registers (0..65535) of the first whole answer in `received`; None while there is none.

    Raises ProbeError "modbus.refused" where the slave answers with an exception.
    """
    for frame in _frames(received):
        if frame[:2] == bytes((address, function | _EXCEPTION)):
            raise ProbeError("modbus.refused")
        if frame[:3] == bytes((address, function, 2 * count)):
            words = frame[3:-2]
            return tuple(int.from_bytes(words[at : at + 2], "big") for at in range(0, len(words), 2))
    return None


def wrong(received: bytes, address: int, function: Function, count: int) -> str:
    """Say why `received` holds no answer: "modbus.foreign", "modbus.crc" or "modbus.torn"."""
    if any(frame[:2] != question(address, function, 0, 0)[:2] for frame in _frames(received)):
        return "modbus.foreign"
    start = received.find(bytes((address, function, 2 * count)))
    is_whole = start >= 0 and len(received) - start >= _SHORTEST + 2 * count
    return "modbus.crc" if is_whole else "modbus.torn"


def _frames(received: bytes) -> Iterator[bytes]:
    """Yield what stands in `received` as an answer with a right CRC, whoever sent it."""
    for start in range(len(received) - _SHORTEST + 1):
        function = received[start + 1]
        if function & ~_EXCEPTION not in _READS:
            continue
        length = _SHORTEST + (0 if function & _EXCEPTION else received[start + 2])
        frame = received[start : start + length]
        if len(frame) == length and crc(frame[:-2]) == frame[-2:]:
            yield frame
