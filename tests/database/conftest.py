from tests.conditions.conftest import ids, scene, snapshot
from tests.nurturing.conftest import mail_server, organisation

__all__ = ["ids", "mail_server", "organisation", "scene", "snapshot"]
