"""One exchange in OpenAI's wire format, as a provider would hold it, or break it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from askorac.testing import wires
from askorac.testing.wires import ANSWER, Behaviour, Fault, SeenRequest, frame, read_request

if TYPE_CHECKING:
    from keys.clients import Vectors

__all__ = ["ANSWER", "Behaviour", "Exchange", "Fault", "SeenRequest", "read_request"]

VECTOR_SPACE: Final = "local/all-minilm-l6-v2-int8/384"
DIMENSIONS: Final = {"text-embedding-3-large": 3072}


class Exchange(wires.Exchange):
    """Chat completions and embeddings."""

    refusals: ClassVar = {
        Fault.REJECTED: (401, "invalid_api_key"),
        Fault.FORBIDDEN: (403, "unsupported_country_region_territory"),
        Fault.LIMITED: (429, "rate_limit_exceeded"),
        Fault.NO_CREDIT: (429, "insufficient_quota"),
        Fault.UNKNOWN_MODEL: (404, "model_not_found"),
        Fault.TOO_LONG: (400, "context_length_exceeded"),
        Fault.BROKEN: (500, "server_error"),
        Fault.OVERLOADED: (529, "overloaded"),
    }
    half_a_frame: ClassVar = b'data: {"choices": [{"delta": {"content": "hal\n\n'

    def refusal(self, status: int, code: str, message: str) -> Any:
        return {"error": {"message": message, "code": code}}

    def opening(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def said(self, token: str) -> bytes:
        return self._chunk({"content": token})

    def called(self, index: int, name: str, arguments: str) -> bytes:
        half = len(arguments) // 2
        begun: dict[str, object] = {
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": name},
        }
        rest: list[dict[str, object]] = [
            {"function": {"arguments": part}} for part in (arguments[:half], arguments[half:])
        ]
        pieces = [{"index": index, **piece} for piece in (begun, *rest)]
        return b"".join([self._chunk({"tool_calls": [piece]}) for piece in pieces])

    def ending(self, token_count: int) -> bytes:
        usual = "tool_calls" if self.behaviour.calls else "stop"
        frames = self._chunk({}, finish_reason=self.behaviour.finish_reason or usual)
        if self.behaviour.counts_tokens:
            usage = {
                "prompt_tokens": 100,
                "completion_tokens": token_count,
                "prompt_tokens_details": {"cached_tokens": 40},
            }
            frames += frame({"choices": [], "usage": usage})
        return frames + b"data: [DONE]\n\n"

    def broken(self, message: str) -> bytes:
        return frame({"error": {"message": message, "code": "server_error"}})

    async def answer_otherwise(self) -> bool:
        if self.request.path.endswith("/models"):
            self.send_json(200, {"object": "list", "data": [{"id": "gpt-5.4-mini"}]})
            return True
        if not self.request.path.endswith("/embeddings"):
            return False
        await self._send_vectors()
        return True

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        model = self.request.body.get("model", "")
        return frame({"object": "chat.completion.chunk", "model": model, "choices": [choice]})

    async def _send_vectors(self) -> None:
        texts = self.request.body["input"]
        model = self.request.body["model"]
        length = self.behaviour.dimensions or self.request.body.get("dimensions", 0)
        await asyncio.sleep(self.behaviour.embedding_seconds)
        make = lifelike_vectors if self.behaviour.is_lifelike else quick_vectors
        vectors = await make(texts, length or DIMENSIONS.get(model, 1536))
        data = [
            {"object": "embedding", "index": index, "embedding": self._encoded(vector)}
            for index, vector in enumerate(vectors)
        ]
        # The order of the items is not promised: callers go by the index.
        self.send_json(200, {"object": "list", "model": model, "data": data[::-1]})

    def _encoded(self, vector: Any) -> Any:
        if not self.behaviour.sends_base64:
            return vector.tolist()
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()


async def quick_vectors(texts: list[str], length: int) -> Vectors:
    """Vectors that follow from the texts' hashes."""
    seeds = (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts)
    rows = [np.random.default_rng(seed).normal(size=length) for seed in seeds]
    return np.asarray(rows, dtype=np.float32)


async def lifelike_vectors(texts: list[str], length: int) -> Vectors:
    """Vectors of the local model, filled up or cut off."""
    # Here, since conftests import this before Django has its settings.
    from keys.clients import EmbeddingSpace, our_embedding_model

    space = EmbeddingSpace.parse(VECTOR_SPACE)
    vectors = await our_embedding_model(space).embed(texts)
    padding = max(0, length - space.dimensions)
    return np.pad(vectors, ((0, 0), (0, padding)))[:, :length]
