"""The stages of the lifecycle (source 004) and the words around them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Stage(TextChoices):
    """How far a lead has come; the order is the order of the funnel."""

    SUBSCRIBER = "subscriber", _("Subscriber")
    LEAD = "lead", _("Lead")
    MQL = "mql", _("MQL")
    SQL = "sql", _("SQL")
    OPPORTUNITY = "opportunity", _("Opportunity")
    CUSTOMER = "customer", _("Customer")
    PROMOTER = "promoter", _("Promoter")
    OTHER = "other", _("Other")


FUNNEL: tuple[Stage, ...] = tuple(stage for stage in Stage if stage is not Stage.OTHER)
RANK: dict[str, int] = {stage: rank for rank, stage in enumerate(FUNNEL)}


# The tone of each stage, wherever it is shown.
STAGE_TONES: dict[str, str] = {
    Stage.SUBSCRIBER: "slate",
    Stage.LEAD: "blue",
    Stage.MQL: "violet",
    Stage.SQL: "teal",
    Stage.OPPORTUNITY: "amber",
    Stage.CUSTOMER: "green",
    Stage.PROMOTER: "pink",
    Stage.OTHER: "slate",
}


class OtherReason(TextChoices):
    """Why a lead stands outside the funnel."""

    LOST_CUSTOMER = "lost_customer", _("Lost customer")
    NO_INTEREST = "no_interest", _("No interest")
    NO_FIT = "no_fit", _("Does not fit")
    INVALID = "invalid", _("Invalid data")
    SPAM = "spam", _("Spam")
    COMPETITOR = "competitor", _("Competitor")
    APPLICANT = "applicant", _("Applicant")
    PARTNER = "partner", _("Partner or supplier")
    # Signed up and has not confirmed yet: no subscriber before the click in the mail.
    UNCONFIRMED = "unconfirmed", _("Not confirmed yet")


# Who turned out to be no lead. They stand apart wherever it is told what a lead costs.
SORTED_OUT: tuple[OtherReason, ...] = (
    OtherReason.INVALID,
    OtherReason.SPAM,
    OtherReason.NO_FIT,
    OtherReason.COMPETITOR,
    OtherReason.APPLICANT,
    OtherReason.PARTNER,
    OtherReason.UNCONFIRMED,
)
# For which of these people sort a lead out; who confirms comes back by that.
SORTED_OUT_BY_HAND: tuple[OtherReason, ...] = tuple(
    reason for reason in SORTED_OUT if reason is not OtherReason.UNCONFIRMED
)


class Channel(TextChoices):
    """The channel through which a lead came in first."""

    WEBSITE = "website", _("Website")
    LANDING_PAGE = "landing_page", _("Landing page")
    ORGANIC_SEARCH = "organic_search", _("Organic search")
    PAID_SEARCH = "paid_search", _("Paid search")
    FACEBOOK = "facebook", _("Facebook")
    INSTAGRAM = "instagram", _("Instagram")
    TIKTOK = "tiktok", _("TikTok")
    LINKEDIN = "linkedin", _("LinkedIn")
    EMAIL = "email", _("E-mail")
    CHAT = "chat", _("Live chat")
    CHATBOT = "chatbot", _("Chatbot")
    WEBINAR = "webinar", _("Webinar")
    TRADE_FAIR = "trade_fair", _("Trade fair")
    PAPER = "paper", _("Paper / shop")
    PHONE = "phone", _("Phone")
    PERSONAL = "personal", _("Personal contact")
    REFERRAL = "referral", _("Referral")
    COLD_CALL = "cold_call", _("Cold calling")
    SMS = "sms", _("SMS")
    PUSH = "push", _("Push message")
    SPREADSHEET = "spreadsheet", _("Spreadsheet")
    CALENDAR = "calendar", _("Calendar")
    API = "api", _("API")
    PARTNER = "partner", _("Partner")
    OTHER = "other", _("Other")


class AcquisitionType(TextChoices):
    """How the lead was won (source 001): one by one, by word of mouth, by broad marketing."""

    SPEAR = "spear", _("Spear (approached one by one)")
    SEED = "seed", _("Seed (word of mouth)")
    NET = "net", _("Net (broad marketing)")


class Temperature(TextChoices):
    """How ready a lead is to be spoken to by sales."""

    COLD = "cold", _("Cold")
    WARM = "warm", _("Warm")
    HOT = "hot", _("Hot")


class JourneyPhase(TextChoices):
    """The four positions of a buyer on the way to a purchase (source 001), from far to near."""

    AWARENESS = "awareness", _("Getting to know")
    INTEREST = "interest", _("Possible interest")
    CHOICE = "choice", _("Choosing a product")
    REQUEST = "request", _("Asking to buy")
