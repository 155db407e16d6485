from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.memo import memo
from accounts.models.people import check_time_zone

ONLY = 1


class FormOfAddress(models.TextChoices):
    """How German texts speak to a lead."""

    SIE = "sie", _("Formal (Sie)")
    DU = "du", _("Informal (Du)")


class Organisation(models.Model):
    """The one organisation that uses this installation: who it is and what it prefers.

    The address block is what § 5 DDG asks for below every commercial mail.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    name = models.CharField(_("organisation"), max_length=200, blank=True)
    legal_form = models.CharField(_("legal form and representatives"), max_length=200, blank=True)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    second_contact = models.CharField(
        _("second way to reach you"),
        max_length=200,
        blank=True,
        help_text=_("A phone number or the address of a contact form."),
    )
    register_number = models.CharField(_("register and number"), max_length=200, blank=True)
    vat_id = models.CharField(_("VAT id"), max_length=30, blank=True)
    privacy_policy_url = models.URLField(_("address of the privacy policy"), blank=True)
    default_language = models.CharField(
        _("default language"), max_length=5, default="de", choices=settings.LANGUAGES
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Europe/Berlin", validators=[check_time_zone]
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, for example EUR."))],
    )
    sender_name = models.CharField(_("sender name"), max_length=100, blank=True)
    sender_email = models.EmailField(_("sender address"), blank=True)
    form_of_address = models.CharField(
        _("form of address"),
        max_length=3,
        choices=FormOfAddress.choices,
        default=FormOfAddress.SIE,
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(name="organisation_only_one", condition=Q(id=ONLY)),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Organisation":
        """Return the organisation; before the set-up an unsaved one with the defaults.

        Read once in each request; outside of requests each call asks the database.
        """
        return memo("organisation", lambda: cls.objects.filter(pk=ONLY).first() or cls())

    @property
    def imprint_lines(self) -> list[str]:
        """The address block for mails and pages, one line each, empty ones left out."""
        place = f"{self.postal_code} {self.city}".strip()
        lines = [
            f"{self.name} {self.legal_form}".strip(),
            self.street,
            ", ".join(part for part in (place, self.country) if part),
            self.email,
            self.second_contact,
            self.register_number,
            self.vat_id,
        ]
        return [line for line in lines if line]

    @property
    def missing_for_imprint(self) -> list[str]:
        """The labels of what § 5 DDG asks for in every case and is not filled in."""
        needed = ("name", "street", "postal_code", "city", "email", "second_contact")
        return [
            str(self._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
            for field in needed
            if not getattr(self, field)
        ]


def organisation_zone() -> str:
    """Return the name of the time zone in which the organisation counts its days."""
    found = Organisation.objects.filter(pk=ONLY).values_list("time_zone", flat=True).first()
    return found or settings.TIME_ZONE
