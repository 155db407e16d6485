from tests.capture.conftest import _own_spool
from tests.nurturing.conftest import mail_server

__all__ = ["_own_spool", "mail_server"]
