"""Every connector there is, in the order in which they are offered."""

from capture.connectors.chat.connector import ChatTools
from capture.connectors.forms.connector import ForeignForms
from capture.connectors.generic.connector import Generic
from capture.connectors.google.connector import GoogleAds
from capture.connectors.hubspot.connector import HubSpotForms
from capture.connectors.linkedin.connector import LinkedIn
from capture.connectors.mail.connector import Mail
from capture.connectors.mailevents.connector import MailEvents
from capture.connectors.meta.connector import Meta
from capture.connectors.registry import Connector
from capture.connectors.ses.connector import Ses
from capture.connectors.tiktok.connector import TikTok

CONNECTORS: dict[str, Connector] = {
    kind.key: kind()
    for kind in (
        Meta,
        GoogleAds,
        LinkedIn,
        TikTok,
        HubSpotForms,
        ForeignForms,
        ChatTools,
        Mail,
        Ses,
        MailEvents,
        Generic,
    )
}
