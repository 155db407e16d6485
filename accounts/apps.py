from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.models.organisation import organisation_zone
        from ground.days import read_zone_from

        read_zone_from(organisation_zone)
