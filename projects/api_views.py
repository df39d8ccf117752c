"""What every endpoint of /api/v1/ stands on: one path, one class, one method a verb.

A request is asked, in this order: in which format, with which key, how often, with which right,
whether it is a repetition. Only then its handler runs, inside the organization's context.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as Invalid
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.utils import timezone
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from askorac.web.api.bodies import Body, JSONBody, read_query
from askorac.web.api.problems import refuse
from askorac.web.api.rates import Rate, count_request

from . import idempotency
from .api_access import ENDING, PROJECT_ENDING, ApiAccess, ApiKeyAuthentication, Need
from .models import Project
from .trail.refusals import note_refusal

TOO_MANY: Final = "This API key or its organization has sent too many requests. Wait, and go on."
REUSED: Final = "This Idempotency-Key was sent with another request. Use a new one."
RUNNING: Final = "The first request with this Idempotency-Key is still running. Ask again shortly."
BAD_KEY: Final = "Use 1 to 255 visible characters of ASCII."
REPLAYED: Final = "Idempotency-Replayed"

Handler = Callable[..., HttpResponseBase]


class ApiView(APIView):
    """One path. A subclass has `get`, `post` and so on, which return a Response of plain values.

    `group` is where the description lists it. `needs` says with which right a method may be
    called, where that does not follow from the method; `whole_organization` names the methods
    that refuse keys of one project; `while_ending` names those that change something and may be
    called though the organization, or the project, is to be deleted; `queries` has the parameters
    behind the question mark, by method. A handler runs in the organization's context; one that
    waits for anything else sets `opens_context` to False, and opens `self.context()` where it
    needs it.
    `takes_idempotency_key` is for writes;
    without `keeps_answers` the view knows by itself what it was sent before. `write_id` is the same
    for all repetitions of a write that has a key: what it makes under that id is made once, also
    where the work was done and its answer not kept.
    """

    authentication_classes = (ApiKeyAuthentication,)
    renderer_classes: Any = (JSONRenderer,)
    parser_classes: Any = (JSONBody,)
    metadata_class = None
    http_method_names = ("get", "head", "post", "patch", "delete")

    group: ClassVar[str] = ""
    needs: ClassVar[Mapping[str, Need]] = {}
    whole_organization: ClassVar[Collection[str]] = ()
    while_ending: ClassVar[Collection[str]] = ()
    queries: ClassVar[Mapping[str, type[Body]]] = {}
    opens_context: ClassVar[bool] = True
    takes_idempotency_key: ClassVar[bool] = True
    keeps_answers: ClassVar[bool] = True

    rate: Rate | None = None
    write_id: UUID | None = None

    @property
    def access(self) -> ApiAccess:
        """Whose key it is."""
        return cast(ApiAccess, self.request.auth)

    @property
    def query(self) -> Any:
        """The parameters behind the question mark, as `queries` has them."""
        return self._query

    def context(self) -> Any:
        """The organization's context, for views that open it themselves."""
        keyrings.warm(self.access.organization_id)
        return tenant(self.access.organization_id)

    def project(self, project_id: UUID) -> Project:
        """A project that the key opens, inside the context; 404 for all others.

        Raises Refused for a change in one that is to be deleted.
        """
        project = self.access.get_project(project_id)
        if project.deletes_at is not None and self._is_closed_change():
            raise refuse(HTTPStatus.CONFLICT, PROJECT_ENDING, code="to_be_deleted")
        return project

    def body(self, kind: type[Body], **options: Any) -> Any:
        """The request's body, as `kind` has it. Raises ValidationError."""
        sent = kind(data=self.request.data, **options)
        sent.is_valid(raise_exception=True)
        return sent.validated_data

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As the framework's, with the handler in its context."""
        self.args, self.kwargs = args, kwargs
        self.headers = self.default_response_headers
        self.request = asked = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(asked, *args, **kwargs)
            answer = self._answer(asked)
        except Exception as error:  # noqa: BLE001 - raised again there, unless it is expected
            answer = self.handle_exception(error)
        self.response = self.finalize_response(asked, answer, *args, **kwargs)
        return self.response

    def check_permissions(self, request: Request) -> None:
        """Raises MethodNotAllowed, or PermissionDenied for a key that may not do this."""
        if self._handler(request) == self.http_method_not_allowed:
            self.http_method_not_allowed(request)
        method = _verb(request)
        need = self._need(method)
        try:
            self.access.require(need, whole_organization=method in self.whole_organization)
        except APIException:
            self._note_refusal(request, need)
            raise
        if self.access.is_ending and self._is_closed_change():
            raise refuse(HTTPStatus.CONFLICT, ENDING, code="to_be_deleted")

    def _note_refusal(self, request: Request, need: Need) -> None:
        """Written down, as long as there are not too many."""
        self.check_throttles(request)
        note_refusal(
            request._request,
            organization_id=self.access.organization_id,
            right=need,
            by=self.access.actor,
            now=timezone.now(),
            project_id=self.kwargs.get("project_id"),
        )

    def check_throttles(self, request: Request) -> None:
        """Count the request against its key and its organization; raises Refused."""
        self.rate = count_request(
            {
                f"key:{self.access.api_key_id}": settings.API_KEY_REQUESTS_A_MINUTE,
                f"org:{self.access.organization_id}": settings.API_ORGANIZATION_REQUESTS_A_MINUTE,
            }
        )
        if self.rate.is_exceeded:
            raise refuse(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, retry_after=self.rate.reset)

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> Any:
        """As the framework's; every answer says what is left, and that nobody keeps it."""
        answer = super().finalize_response(request, cast(Response, response), *args, **kwargs)
        for name, value in (self.rate.as_headers() if self.rate else {}).items():
            answer.headers[name] = value
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    def _answer(self, request: Request) -> HttpResponseBase:
        self._query = read_query(request._request, self.queries.get(_verb(request)))
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method in SAFE_METHODS or not self.takes_idempotency_key:
            return self._run(request)
        if not self.keeps_answers:
            _usable_key(key)
            return self._run(request)
        return self._answer_once(request, key)

    def _run(self, request: Request) -> HttpResponseBase:
        if not self.opens_context:
            return self._handler(request)(request, *self.args, **self.kwargs)
        with self.context():
            return self._handler(request)(request, *self.args, **self.kwargs)

    def _answer_once(self, request: Request, key: str) -> HttpResponseBase:
        write = idempotency.Repeatable(
            api_key_id=self.access.api_key_id,
            key=_usable_key(key),
            fingerprint=fingerprint_of(request),
            secret=self.access.secret,
        )
        try:
            with self.context():
                found = idempotency.claim(write, now=timezone.now())
        except idempotency.KeyReused:
            raise refuse(HTTPStatus.CONFLICT, REUSED, code="idempotency_key_reused") from None
        except idempotency.StillRunning:
            raise refuse(HTTPStatus.CONFLICT, RUNNING, code="still_running") from None
        if isinstance(found, idempotency.Answer):
            return Response(found.data, status=found.status, headers={REPLAYED: "true"})
        return self._record(request, found)

    def _record(self, request: Request, claimed: idempotency.Claim) -> HttpResponseBase:
        """Work and answer are kept in one transaction, if the handler leaves it to us.

        Where it doesn't, what broke may have been done already, and so may what has no answer that
        can be kept: who repeats it has the same `write_id`.
        """
        self.write_id = claimed.record_id
        try:
            if self.opens_context:
                with self.context():
                    answer = self._run(request)
                    self._keep(claimed, answer)
                    return answer
            answer = self._run(request)
        except BaseException as error:  # cancelled ones, too: a key that stays claimed refuses all
            with self.context():
                if self.opens_context or _is_refusal(error):
                    idempotency.release(claimed)
                else:
                    idempotency.hand_on(claimed, now=timezone.now())
            raise
        with self.context():
            self._keep(claimed, answer)
        return answer

    def _keep(self, claimed: idempotency.Claim, answer: HttpResponseBase) -> None:
        data = answer.data if isinstance(answer, Response) else None
        plain = json.loads(JSONRenderer().render(data) or b"null")
        idempotency.keep(
            claimed,
            idempotency.Answer(answer.status_code, plain),
            secret=self.access.secret,
        )

    def _need(self, method: str) -> Need:
        return self.needs.get(method, "read" if method in SAFE_METHODS else "write")

    def _is_closed_change(self) -> bool:
        """Whether the request changes something that nobody changes before the end."""
        method = _verb(self.request)
        is_change = method not in SAFE_METHODS and self._need(method) != "read"
        return is_change and method not in self.while_ending

    def _handler(self, request: Request) -> Handler:
        method = (request.method or "").lower()
        handler: Handler = self.http_method_not_allowed
        if method in self.http_method_names:
            handler = getattr(self, method, handler)
        return handler


def _verb(request: Request) -> str:
    """The method as views name it: HEAD is a GET, with its rights and its parameters."""
    return "GET" if request.method == "HEAD" else request.method or ""


def fingerprint_of(request: Request) -> bytes:
    """The SHA-256 of all that was sent: method, address, and the body as it was understood.

    A form is told by its fields and files, since its boundary is another one each time.
    """
    digest = hashlib.sha256()
    for part in _parts_of(request):
        digest.update(f"{len(part)}:".encode() + part)
    return digest.digest()


def _parts_of(request: Request) -> Iterator[bytes]:
    yield (request.method or "").encode()
    yield request.get_full_path().encode()
    sent: Any = request.data
    if isinstance(sent, QueryDict):  # in a form, the framework puts files among the fields
        sent = {name: values for name, values in sent.lists() if name not in request.FILES}
    yield json.dumps(sent, sort_keys=True).encode()
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            yield name.encode()
            yield (file.name or "").encode()
            yield _digest_of(file)


def _digest_of(file: "UploadedFile[Any]") -> bytes:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()


def _is_refusal(error: BaseException) -> bool:
    """Whether an error was raised on purpose, before anything was done."""
    return isinstance(error, (APIException, Http404, PermissionDenied, Invalid))


def _usable_key(key: str) -> str:
    if not 1 <= len(key) <= 255 or not all("!" <= each <= "~" for each in key):
        raise ValidationError({"Idempotency-Key": [BAD_KEY]})
    return key
