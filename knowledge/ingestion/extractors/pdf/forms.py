"""What has been filled into the form of a PDF."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_MOST_FIELDS = 2_000
_CHOICES = (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
_TEXTS = (
    raw.FPDF_FORMFIELD_TEXTFIELD,
    raw.FPDF_FORMFIELD_COMBOBOX,
    raw.FPDF_FORMFIELD_LISTBOX,
)


def read_fields(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> list[str]:
    """Return "label: value" for each field of ``page`` that has a value.

    ``document.init_forms()`` comes before the page is loaded.
    """
    if document.formenv is None:
        return []
    count = min(raw.FPDFPage_GetAnnotCount(page), _MOST_FIELDS)
    filled = []
    for number in range(count):
        with _annotation(page, number) as annotation:
            label, value = _filled(document.formenv, annotation)
        if value:
            filled.append(f"{label}: {value}" if label else value)
    return filled


@contextmanager
def _annotation(page: pdfium.PdfPage, number: int) -> Iterator[Any]:
    annotation = raw.FPDFPage_GetAnnot(page, number)
    try:
        yield annotation
    finally:
        raw.FPDFPage_CloseAnnot(annotation)


def _filled(form: pdfium.PdfFormEnv, annotation: Any) -> tuple[str, str]:
    """Return the label and the value of a field, both "" if it is no field or has no value."""
    if not annotation or raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_WIDGET:
        return "", ""
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _TEXTS:
        value = _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    elif kind in _CHOICES and raw.FPDFAnnot_IsChecked(form, annotation):
        value = _string(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation) or "yes"
    else:
        return "", ""
    label = _string(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    return label or _string(raw.FPDFAnnot_GetFormFieldName, form, annotation), value


def _string(function: Callable[..., int], form: pdfium.PdfFormEnv, annotation: Any) -> str:
    size = function(form, annotation, None, 0)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    function(form, annotation, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").split("\0", 1)[0].strip()
