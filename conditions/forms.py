"""Conditions in forms: a field that checks them and a widget that builds them."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conditions.errors import ConditionError
from conditions.registry import Subject
from conditions.tree import parse_text, to_json


class ConditionWidget(forms.Textarea):
    """The builder; without JavaScript a text field with the JSON of the condition."""

    template_name = "conditions/builder.html"
    use_fieldset = True

    def __init__(self, subject: Subject, *, is_personal: bool = False) -> None:
        super().__init__({"rows": 6, "spellcheck": "false", "autocomplete": "off"})
        self.subject = subject
        self.is_personal = is_personal

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        query = "?personal=1" if self.is_personal else ""
        context["widget"]["catalogue_url"] = reverse(self.subject.catalogue_url) + query
        context["widget"]["preview_url"] = reverse(self.subject.preview_url) + query
        return context


class ConditionField(forms.JSONField):
    """A condition about ``subject``; the cleaned value is its JSON, normalised.

    Set ``rights`` to those of the actor before the form is checked: what they may not read is
    refused. ``is_personal`` allows *is me*, which belongs in views and filters and not in rules.
    """

    default_error_messages = {
        "required": _('Say who is meant; for everybody write {"everyone": true}.')
    }

    def __init__(
        self,
        *,
        subject: Subject,
        rights: Iterable[str] | None = None,
        is_personal: bool = False,
        **options: Any,
    ) -> None:
        options.setdefault("label", _("Condition"))
        options["widget"] = ConditionWidget(subject, is_personal=is_personal)
        super().__init__(**options)
        self.subject = subject
        self.rights = rights
        self.is_personal = is_personal

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        text = value if isinstance(value, str) else json.dumps(value)
        snapshot = self.subject.snapshot(self.rights)
        try:
            return to_json(parse_text(text, snapshot, is_personal=self.is_personal))
        except ConditionError as error:
            raise forms.ValidationError(
                _("%(message)s (%(path)s)"),
                code=error.code,
                params={"message": error.message, "path": error.field},
            ) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial if self.disabled else data

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True
