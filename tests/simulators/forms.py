"""Form plug-ins of websites, with what they send as it was recorded."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.simulators.wire import Answered, ask

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Recorded:
    """One submission, byte for byte."""

    name: str
    content_type: str
    body: bytes

    def send(self, url: str) -> Answered:
        headers = {"Content-Type": self.content_type, "User-Agent": "WordPress/6.8"}
        return ask(url, method="POST", body=self.body, headers=headers)


CONTACT_FORM_7 = Recorded(
    "Contact Form 7",
    JSON,
    json.dumps(
        {
            "your-name": "Eva Muster",
            "your-email": "eva@example.org",
            "your-subject": "Angebot",
            "your-message": "Bitte rufen Sie mich an.",
            "checkbox-topics": ["Dach", "Speicher"],
            "acceptance-news": "1",
            "_wpcf7": "123",
            "_wpcf7_unit_tag": "wpcf7-f123-p45-o1",
        }
    ).encode(),
)
GRAVITY_FORMS = Recorded(
    "Gravity Forms",
    JSON,
    json.dumps(
        {
            "id": "4711",
            "form_id": "5",
            "post_id": None,
            "date_created": "2026-11-01 09:30:00",
            "is_starred": "0",
            "is_read": "0",
            "ip": "203.0.113.7",
            "source_url": "https://www.example.org/kontakt/?utm_source=google&gclid=abc",
            "user_agent": "Mozilla/5.0",
            "currency": "EUR",
            "payment_status": None,
            "status": "active",
            "1.3": "Eva",
            "1.6": "Muster",
            "2": "eva@example.org",
            "3": "030 901820",
            "4": "Bitte rufen Sie mich an.",
            "5.1": "1",
            "5.2": "Ja, ich will Neues lesen.",
        }
    ).encode(),
)
ELEMENTOR = Recorded(
    "Elementor",
    FORM,
    urlencode(
        {
            "form[id]": "a1b2c3d",
            "form[name]": "Kontakt",
            "fields[name][id]": "name",
            "fields[name][type]": "text",
            "fields[name][title]": "Name",
            "fields[name][value]": "Eva Muster",
            "fields[name][raw_value]": "Eva Muster",
            "fields[name][required]": "1",
            "fields[email][id]": "email",
            "fields[email][type]": "email",
            "fields[email][title]": "E-Mail",
            "fields[email][value]": "eva@example.org",
            "fields[message][id]": "message",
            "fields[message][type]": "textarea",
            "fields[message][title]": "Nachricht",
            "fields[message][value]": "Bitte rufen Sie mich an.",
            "meta[date][title]": "Date",
            "meta[date][value]": "1. November 2026",
            "meta[page_url][title]": "Page URL",
            "meta[page_url][value]": "https://www.example.org/kontakt/",
            "meta[remote_ip][title]": "Remote IP",
            "meta[remote_ip][value]": "203.0.113.7",
        }
    ).encode(),
)
ELEMENTOR_SIMPLE = Recorded(
    "Elementor, plain",
    FORM,
    urlencode(
        {
            "Name": "Eva Muster",
            "E-Mail": "eva@example.org",
            "Nachricht": "Bitte rufen Sie mich an.",
            "Date": "1. November 2026",
            "Page URL": "https://www.example.org/kontakt/",
            "User Agent": "Mozilla/5.0",
            "Remote IP": "203.0.113.7",
            "Powered by": "Elementor",
            "form_id": "a1b2c3d",
            "form_name": "Kontakt",
        }
    ).encode(),
)
TYPO3 = Recorded(
    "TYPO3",
    FORM,
    urlencode(
        {
            "tx_form_formframework[kontakt-12][__state]": "TzozOToiVFlQTzNcQ01TXEZvcm0",
            "tx_form_formframework[__trustedProperties]": '{"kontakt-12":{"name":1}}',
            "tx_form_formframework[kontakt-12][name]": "Eva Muster",
            "tx_form_formframework[kontakt-12][email]": "eva@example.org",
            "tx_form_formframework[kontakt-12][nachricht]": "Bitte rufen Sie mich an.",
            "tx_form_formframework[kontakt-12][__currentPage]": "1",
        }
    ).encode(),
)
POWERMAIL = Recorded(
    "Powermail",
    FORM,
    urlencode(
        {
            "tx_powermail_pi1[field][vorname]": "Eva",
            "tx_powermail_pi1[field][nachname]": "Muster",
            "tx_powermail_pi1[field][e_mail]": "eva@example.org",
            "tx_powermail_pi1[field][nachricht]": "Bitte rufen Sie mich an.",
            "tx_powermail_pi1[mail][form]": "3",
        }
    ).encode(),
)
HTML = Recorded(
    "by hand",
    FORM,
    urlencode(
        {"name": "Eva Muster", "mail": "eva@example.org", "nachricht": "Bitte rufen Sie mich an."}
    ).encode(),
)
EVERYTHING = (
    CONTACT_FORM_7,
    GRAVITY_FORMS,
    ELEMENTOR,
    ELEMENTOR_SIMPLE,
    TYPO3,
    POWERMAIL,
    HTML,
)
