"""How much the web process takes in at once, whoever sends it."""

from typing import Final

MOST_FRAME_BYTES: Final = 65_536
# Two files of the largest size that may be uploaded, in a form without JavaScript.
MOST_BODY_BYTES: Final = 120_000_000
# A million characters of text, each written as an escape of JSON.
MOST_JSON_BYTES: Final = 8_000_000
