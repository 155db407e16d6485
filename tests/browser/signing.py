"""What happens to sessions while somebody is at work."""

from django.contrib.sessions.models import Session
from playwright.sync_api import Page

from accounts.action import writing
from accounts.models import User

PASSWORD = "ein guter langer Satz"


def end_sessions() -> None:
    """End every session, as its age or an administrator does."""
    Session.objects.all().delete()


def sign_in_elsewhere(page: Page, user: User) -> None:
    """Sign ``user`` in in another tab of the browser; every token from before is of no use then."""
    user.set_password(PASSWORD)
    with writing("scene"):
        user.save(update_fields=["password"])
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.locator("input[name=login]").fill(user.email)
    other.locator("input[name=password]").fill(PASSWORD)
    other.locator("input[name=password]").press("Enter")
    other.locator(".shell").wait_for()
    other.close()
