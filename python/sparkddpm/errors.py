"""Errors of the Java side as Python has them."""

from contextlib import contextmanager
from typing import Iterator, Optional

from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JJavaError

_USER_EXCEPTION = "io.sparkddpm.error.UserException"


class UserError(ValueError):
    """Bad input: one line that says what is wrong and what would be right."""


def _user_message(exception: Optional[JavaObject]) -> Optional[str]:
    while exception is not None:
        if exception.getClass().getName() == _USER_EXCEPTION:
            return str(exception.getMessage())
        exception = exception.getCause()
    return None


@contextmanager
def user_errors() -> Iterator[None]:
    """Raises the Java side's reports of bad input as :class:`UserError`, all else unchanged."""
    try:
        yield
    except Py4JJavaError as error:
        message = _user_message(error.java_exception)
        if message is None:
            raise
        raise UserError(message) from None
