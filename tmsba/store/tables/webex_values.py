"""How WebEx is written to a column: JSON with the number of the format as ``v``, secrets sealed inside it.

Every name is spelled out: rows outlive the names of the domain.
"""

import json
from typing import Any

import structlog
from sqlalchemy import Dialect, Text, TypeDecorator

from tmsba.domain.conference.webex import Telephony, WebEx, WebExPart, WebExTrouble
from tmsba.store.sql.secrets import SecretBox, SecretUnreadable, box_of
from tmsba.store.tables.json_values import read_json, write_json

_log = structlog.get_logger(__name__)


class SealedWebEx(TypeDecorator[WebEx]):
    """The WebEx of a conference; its passwords, keys and codes are sealed with the key of the deployment."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: WebEx | None, dialect: Dialect) -> str | None:
        """On the way in.

        Raises:
            SecretKeyMissing: it has secrets, and the deployment has no key for them.
        """
        return None if value is None else encode_webex(value, box_of(dialect))

    def process_result_value(self, value: Any, dialect: Dialect) -> WebEx | None:
        """On the way out; without the key the secrets are blank, and the rest is readable."""
        return None if value is None else decode_webex(value, box_of(dialect))


def encode_webex(webex: WebEx, box: SecretBox) -> str:
    """The value as text."""
    phone = webex.telephony
    secrets = {
        "meeting_password": webex.meeting_password,
        "join_url": webex.join_url,
        "host_url": webex.host_url,
        "host_key": webex.host_key,
        "dtmf_sequence": phone.dtmf_sequence if phone else "",
        "access_code": phone.access_code if phone else "",
    }
    said = {name: text for name, text in secrets.items() if text}
    return write_json(
        {
            "meeting_key": webex.meeting_key,
            "sip_url": webex.sip_url,
            "left_out": [part.value for part in webex.left_out],
            "join_before_host": webex.join_before_host,
            "telephony": phone
            and {
                "toll_number": phone.toll_number,
                "toll_free_number": phone.toll_free_number,
                "global_numbers_url": phone.global_numbers_url,
                "pstn_number": phone.pstn_number,
            },
            "is_update_wanted": webex.is_update_wanted,
            "site_url": webex.site_url,
            "uses_pstn": webex.uses_pstn,
            "is_owned_externally": webex.is_owned_externally,
            "errors": [trouble.value for trouble in webex.errors],
            "warnings": [trouble.value for trouble in webex.warnings],
            "sealed": box.seal(json.dumps(said)) if said else "",
        }
    )


def decode_webex(text: str, box: SecretBox) -> WebEx:
    """What ``encode_webex`` wrote.

    Raises:
        ValueError: a newer version of tmsba wrote it.
        SecretKeyMissing: it has secrets, and the deployment has no key for them.
    """
    values = read_json(text)
    secrets = _unsealed(values["sealed"], box)
    phone = values["telephony"]
    return WebEx(
        meeting_key=values["meeting_key"],
        sip_url=values["sip_url"],
        left_out=tuple(map(WebExPart, values["left_out"])),
        meeting_password=secrets.get("meeting_password", ""),
        join_url=secrets.get("join_url", ""),
        host_url=secrets.get("host_url", ""),
        host_key=secrets.get("host_key", ""),
        join_before_host=values["join_before_host"],
        telephony=phone
        and Telephony(
            toll_number=phone["toll_number"],
            toll_free_number=phone["toll_free_number"],
            global_numbers_url=phone["global_numbers_url"],
            pstn_number=phone["pstn_number"],
            dtmf_sequence=secrets.get("dtmf_sequence", ""),
            access_code=secrets.get("access_code", ""),
        ),
        is_update_wanted=values["is_update_wanted"],
        site_url=values["site_url"],
        uses_pstn=values["uses_pstn"],
        is_owned_externally=values["is_owned_externally"],
        errors=tuple(map(WebExTrouble, values["errors"])),
        warnings=tuple(map(WebExTrouble, values["warnings"])),
    )


def _unsealed(sealed: str, box: SecretBox) -> dict[str, str]:
    if not sealed:
        return {}
    try:
        secrets: dict[str, str] = json.loads(box.unseal(sealed))
    except SecretUnreadable as error:
        # A lost key must not make conferences unreadable.
        _log.warning("webex_secrets_unreadable", reason=str(error))
        return {}
    return secrets
