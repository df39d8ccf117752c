"""One exchange in Gemini's wire format, as the provider would hold it, or break it."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, ClassVar, Final

import numpy as np
import orjson

from askorac.testing import wires
from askorac.testing.wires import Fault, frame

METHODS: Final = ["generateContent", "countTokens"]


class Exchange(wires.Exchange):
    """streamGenerateContent and batchEmbedContents of v1beta."""

    refusals: ClassVar = {
        Fault.REJECTED: (400, "INVALID_ARGUMENT"),
        Fault.FORBIDDEN: (403, "PERMISSION_DENIED"),
        Fault.LIMITED: (429, "RESOURCE_EXHAUSTED"),
        Fault.NO_CREDIT: (402, "FAILED_PRECONDITION"),
        Fault.UNKNOWN_MODEL: (404, "NOT_FOUND"),
        Fault.TOO_LONG: (400, "INVALID_ARGUMENT"),
        Fault.BROKEN: (500, "INTERNAL"),
        Fault.OVERLOADED: (503, "UNAVAILABLE"),
    }
    half_a_frame: ClassVar = b'data: {"candidates": [{"content": {"parts": [{"te\n\n'

    def refusal(self, status: int, code: str, message: str) -> Any:
        details: list[dict[str, str]] = []
        fault = self.behaviour.fault
        if fault is Fault.REJECTED:
            details.append({"reason": "API_KEY_INVALID", "domain": "googleapis.com"})
        if fault is Fault.TOO_LONG:
            message = "The input token count (9) exceeds the maximum number of tokens allowed (8)."
        if fault is Fault.LIMITED and self.behaviour.retry_after:
            # Google says it in the body, and there alone.
            details.append({"retryDelay": f"{self.behaviour.retry_after}s"})
        return {"error": {"code": status, "message": message, "status": code, "details": details}}

    def opening(self) -> bytes:
        return b""

    def said(self, token: str) -> bytes:
        return frame(_chunk([{"text": token}]))

    def called(self, index: int, name: str, arguments: str) -> bytes:
        call = {"name": name, "args": orjson.loads(arguments), "id": f"call_{index}"}
        return frame(_chunk([{"functionCall": call}]))

    def ending(self, token_count: int) -> bytes:
        chunk = _chunk([{"text": ""}], self.behaviour.finish_reason or "STOP")
        if self.behaviour.counts_tokens:
            chunk["usageMetadata"] = {
                "promptTokenCount": 100,
                "cachedContentTokenCount": 40,
                "candidatesTokenCount": token_count,
            }
        return frame(chunk)

    def broken(self, message: str) -> bytes:
        return frame({"error": {"code": 500, "message": message, "status": "INTERNAL"}})

    async def answer_otherwise(self) -> bool:
        if self.request.path.startswith("/v1beta/models?"):
            can = {"name": "models/gemini-3.5-flash", "supportedGenerationMethods": METHODS}
            self.send_json(200, {"models": [can]})
            return True
        if not self.request.path.endswith(":batchEmbedContents"):
            return False
        await asyncio.sleep(self.behaviour.embedding_seconds)
        asked = self.request.body["requests"]
        self.send_json(200, {"embeddings": [{"values": self._vector(each)} for each in asked]})
        return True

    def _vector(self, asked: dict[str, Any]) -> list[float]:
        """Vectors follow from the text's hash, and are of no particular length."""
        text = asked["content"]["parts"][0]["text"]
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
        dimensions = self.behaviour.dimensions or asked["outputDimensionality"]
        return np.random.default_rng(seed).normal(size=dimensions).tolist()  # type: ignore[no-any-return]


def _chunk(parts: list[dict[str, Any]], finish_reason: str = "") -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": parts}}
    if finish_reason:
        candidate["finishReason"] = finish_reason
    return {"candidates": [candidate], "modelVersion": "gemini-3.8-flash"}
