"""`/.well-known/askorac-signing-keys.json`: by which keys this installation signs."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from .signatures import public_keys


@require_safe
def signing_keys(request: HttpRequest) -> JsonResponse:
    """The public keys, in base64, the one that signs now first. Keep a copy of your own."""
    response = JsonResponse({"keys": public_keys()})
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "max-age=300"
    return response
