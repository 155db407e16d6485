"""How every form looks: one renderer, so that ``{{ form }}`` is right everywhere."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

from ground.errors import DomainError, NotAllowedError

_SELECTS = (forms.Select, forms.SelectMultiple)
_TICKS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


class StyledField(BoundField):
    """A field that knows the classes of its widget."""

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        """Add the class that the style sheets expect to what Django says about the widget."""
        shown = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        if shown.is_hidden:
            return built
        own = str(shown.attrs.get("class", ""))
        built["class"] = f"{self._kind(shown)} {own}".strip()
        return built

    def _kind(self, widget: forms.Widget) -> str:
        if isinstance(widget, _TICKS):
            return "form-check-input"
        return "form-select" if isinstance(widget, _SELECTS) else "form-control"

    @property
    def is_tick(self) -> bool:
        """Whether the field is one box to tick, whose label stands behind it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def mark(self) -> str:
        """ "required" or "optional", whichever is the exception in this form; "" for the others."""
        shown = (bound.field for bound in self.form.visible_fields())
        fields = [field for field in shown if not isinstance(field.widget, forms.CheckboxInput)]
        required = sum(field.required for field in fields)
        if self.is_tick or not fields:
            return ""
        if 2 * required > len(fields):
            return "" if self.field.required else "optional"
        return "required" if self.field.required else ""

    def css_classes(self, extra_classes: str | Iterable[str] | None = None) -> str:
        """Add the width that the widget asks for: ``attrs={"data-width": "half"}``."""
        half = " is-half" if self.field.widget.attrs.get("data-width") == "half" else ""
        return f"{super().css_classes(extra_classes)}{half}".strip()


class Renderer(TemplatesSetting):
    """Renders forms and widgets with the templates of the project."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = StyledField


class DateInput(forms.DateInput):
    """A date in the browser's own picker, whatever the language of the page."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """A date and a time in the browser's own picker."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class TimeInput(forms.TimeInput):
    """A time of day in the browser's own picker."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


def add_refusal(form: forms.BaseForm, error: DomainError, *, field: str | None = None) -> None:
    """Show the refusal of an action at its field, or at ``field``, or above the whole form.

    Raises the refusal again where it says that the actor may not do this at all: no other input
    would help, so that the page is a 403.
    """
    if error.status == NotAllowedError.status:
        raise error
    name = field or error.field
    form.add_error(name if name in form.fields else None, str(error))
