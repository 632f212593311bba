"""The operator's own check of a picture before it is public (docs/moderation.md): a question by POST, yes or no."""

import base64
import hmac
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import urllib3

from app.errors import RefusedByOperator, VerifierUnavailable
from config import VERSION, Config

_log = logging.getLogger(__name__)

#: Questions that one process asks at the same time; more of them wait, and their wait counts.
AT_ONCE: Final = 16
#: The most bytes of an answer, and the most characters of its reason.
MAX_ANSWER: Final = 16 * 1024
MAX_REASON: Final = 200


class Verifier:
    """Asks VERIFY_URL. Thread-safe."""

    def __init__(self, config: Config) -> None:
        self._url = str(config.verify_url)
        self._secret = str(config.verify_secret).encode()
        self._timeout = config.verify_timeout
        self._fails_open = config.verify_fails == "open"
        # Neither redirects nor repeats: each would be a request that nobody bounded.
        self._http = urllib3.PoolManager(maxsize=AT_ONCE, timeout=self._timeout, retries=False)
        # A time-out of urllib3 counts anew with each piece of an answer, and not while a name is looked up. So a thread
        # waits in our place, and we wait for it no longer than agreed.
        self._threads = ThreadPoolExecutor(AT_ONCE, "verifier")

    def ask(self, question: str, facts: dict[str, Any]) -> None:
        """Ask whether the picture with these facts may be public; `question` is the same for the same picture.

        Raises:
            RefusedByOperator: it may not.
            VerifierUnavailable: no answer came in time, or none that says yes or no; unless VERIFY_FAILS is open.
        """
        asked = self._threads.submit(self._post, question, json.dumps(facts).encode())
        try:
            answer = _read(asked.result(self._timeout))
        except (TimeoutError, ValueError, urllib3.exceptions.HTTPError) as error:
            asked.cancel()
            if self._fails_open:
                _log.warning("VERIFY_URL did not say yes or no, so %s is published unasked (%r)", facts["key"], error)
                return
            raise VerifierUnavailable("The check before publishing does not answer. Try again soon.") from error
        if not answer["allow"]:
            reason = answer.get("reason", "")
            raise RefusedByOperator(f"Whoever runs this server does not accept this picture. {reason}".strip())

    def _post(self, question: str, body: bytes) -> bytes:
        """Send a question, signed as https://www.standardwebhooks.com says; return the answer.

        Raises:
            HTTPError: there was none.
            ValueError: it is not the answer of a check.
        """
        now = str(int(time.time()))
        signature = hmac.digest(self._secret, f"{question}.{now}.".encode() + body, "sha256")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"image-host/{VERSION}",
            "webhook-id": question,
            "webhook-timestamp": now,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        }
        answer = self._http.request("POST", self._url, body=body, headers=headers, preload_content=False)
        try:
            if answer.status != 200:
                raise ValueError(f"answered {answer.status}")
            data = b""
            # The last read, which returns nothing, refuses an answer that was cut off.
            while len(data) <= MAX_ANSWER and (piece := answer.read(MAX_ANSWER, decode_content=False)):
                data += piece
        finally:
            answer.close()
        if len(data) > MAX_ANSWER:
            raise ValueError(f"answered more than {MAX_ANSWER} bytes")
        return data


def _read(data: bytes) -> dict[str, Any]:
    """Return what an answer says.

    Raises:
        ValueError: it is not `{"allow": true}` or false, with a short reason if any.
    """
    try:
        answer = json.loads(data)
    except RecursionError as error:
        raise ValueError("answered no JSON of ours") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("allow"), bool):
        raise ValueError('answered neither {"allow": true} nor {"allow": false}')  # noqa: TRY004
    reason = answer.get("reason", "")
    if not isinstance(reason, str) or len(reason) > MAX_REASON or not reason.isprintable():
        raise ValueError(f"gave a reason that is not one line of at most {MAX_REASON} characters")
    return answer
