from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from capture.content.actions import NewFile
from capture.content.models import Content


class ContentForm(forms.ModelForm):
    topics = forms.CharField(
        label=_("topics"), required=False, help_text=_("What it is about, separated by commas.")
    )
    file = forms.FileField(
        label=_("file"),
        required=False,
        help_text=_("25 MB at most. Nobody gets it without a link that a form gave them."),
    )

    class Meta:
        model = Content
        fields = ["name", "kind", "phase", "language", "summary", "url"]
        widgets = {
            name: forms.Select(attrs={"data-width": "half"})
            for name in ("kind", "phase", "language")
        }
        help_texts = {
            "url": _("Where a video or a page is, in place of a file."),
            "summary": _("Stands on the page from which it is fetched."),
        }

    field_order = ["name", "kind", "phase", "topics", "language", "summary", "file", "url"]

    def __init__(
        self, data: Any = None, files: Any = None, *, instance: Content | None = None
    ) -> None:
        initial = {"topics": ", ".join(instance.topics)} if instance else {}
        super().__init__(data, files, instance=instance, initial=initial)

    def values(self) -> dict[str, Any]:
        """Return the values under the names of ``save_content``."""
        values = dict(self.cleaned_data)
        file: UploadedFile | None = values.pop("file")
        values["topics"] = values["topics"].split(",")
        if file is not None:
            values["file"] = NewFile(str(file.name), file.read())
        return values
