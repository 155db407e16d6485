from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule

# What an app offers to the others, found by name in each app, in the order of the layers.
OFFERS = (
    "fields",
    "activities",
    "slices",
    "buying_signals",
    "gates",
    "panels",
    "columns",
    "outcomes",
    "navigation",
    "ticks",
    "stuck",
)


class LeadcrmConfig(AppConfig):
    name = "leadcrm"

    def ready(self) -> None:
        # The Celery app first, so that every shared task belongs to it.
        import_module("leadcrm.celery")
        for config in reversed(list(apps.get_app_configs())):
            for offer in OFFERS:
                if (
                    config.module
                    and module_has_submodule(config.module, offer)
                    and (config.path.startswith(str(self.project_path)))
                ):
                    import_module(f"{config.name}.{offer}")
        import_module("leadcrm.checks")
        import_module("leadcrm.reactions")

    @property
    def project_path(self) -> str:
        """The folder of the project, so that libraries are not asked for offers."""
        return str(self.path).removesuffix("/leadcrm")
