"""WebEx in what clients ask to be saved: what stands against it, and what a date may have for itself.

This server makes no meetings at a WebEx site (ADR 17). A meeting that the client has made is stored and
dialled; any other wish for WebEx leaves a conference without it, which says why.

Source: TMSBA guide, WebEx, WebEx exceptions, OwnedExternally, WebExState and WebEx Booking Limitations.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tmsba.domain.conference.details import Details
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.conference.webex import WebExSite, WebExState, WebExTrouble, WebExWish, site_key
from tmsba.domain.conference.webex_changes import check_lengths
from tmsba.domain.errors import WebExError
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import Choice
from tmsba.ports.work import UnitOfWork

#: The first API version with WebExState, and with exceptions of series with WebEx.
FIRST_VERSION_WITH_WEBEX_STATE = 16

_Sites = Callable[[], Mapping[str, WebExSite]]


def prepared(
    uow: UnitOfWork, client: Client, settings: ConferenceSettings, request: ConferenceRequest
) -> ConferenceRequest:
    """The request with its wishes for WebEx checked, and with what stands against them.

    Raises:
        WebExError: a text is too long, or Modify comes without WebEx.
    """
    wishes = [request.webex, *(one.request.webex for one in request.overrides or () if one.request)]
    if not any(wishes):
        return request
    known: dict[str, WebExSite] = {}

    def sites() -> Mapping[str, WebExSite]:
        if not known:
            known.update((site.key, site) for site in uow.webex_sites.all())
        return known

    def ready(one: ConferenceRequest) -> ConferenceRequest:
        if one.webex is None:
            return one
        return replace(one, webex=_prepared(one.webex, client, settings, request, sites))

    overrides = request.overrides and tuple(
        replace(one, request=ready(one.request)) if one.request else one for one in request.overrides
    )
    return replace(ready(request), overrides=overrides)


def _prepared(
    wish: WebExWish, client: Client, settings: ConferenceSettings, request: ConferenceRequest, sites: _Sites
) -> WebExWish:
    if client.version < FIRST_VERSION_WITH_WEBEX_STATE:
        wish = replace(wish, state=None)
    if wish.state is WebExState.MODIFY and wish.webex is None:
        raise WebExError(
            "WebExState Modify needs a full WebEx element beside it: give one, or choose Delete."
        )
    if not wish.is_wanted:
        return wish
    wish = _at_site(wish, sites)
    webex = wish.webex
    if webex and webex.is_owned_externally:
        # The setting is about meetings that the server would have to make.
        check_lengths(webex)
        return wish
    if not settings.enable_webex:
        if not wish.is_explicit and wish.legacy is Choice.IF_POSSIBLE:
            # Many clients say so always; it asks for nothing that an administrator has ruled out.
            return replace(wish, legacy=None)
        return replace(wish, troubles=(WebExTrouble.SWITCHED_OFF,))
    troubles = [
        *([WebExTrouble.ZONE_RULES] if request.zone_rules else ()),
        *([WebExTrouble.EXCEPTIONS] if request.overrides else ()),
        WebExTrouble.NOT_CREATED,
    ]
    return replace(wish, troubles=tuple(troubles))


def _at_site(wish: WebExWish, sites: _Sites) -> WebExWish:
    """The site decides whether WebEx is reached by phone (guide, UsePstn).

    A site that is gone matters only where the wish asks for more than what is stored.
    """
    key = site_key(wish.webex.site_url) if wish.webex else ""
    if wish.webex is None or not key:
        return wish
    site = sites().get(key)
    if site is None:
        return replace(wish, is_site_unknown=True)
    return replace(wish, webex=replace(wish.webex, uses_pstn=site.uses_pstn))


def wish_of_date(wish: WebExWish | None, own: Details, series: Details) -> WebExWish | None:
    """What one date of a series is to have for itself.

    Args:
        wish: what the request says about the date, prepared.
        own: what the date has so far.
        series: what the series has.

    Raises:
        WebExError: WebEx that is not owned externally is to be added to this date alone.
    """
    if wish is None:
        return None
    if wish.is_explicit and wish.state is WebExState.NORMAL:
        return WebExWish(is_explicit=True, webex=series.webex)
    if not wish.is_wanted or wish.is_owned_externally or own.has_webex:
        return wish
    if own.webex is None and (wish.is_explicit or wish.legacy is Choice.YES):
        raise WebExError(
            "WebEx cannot be added to one date of a series unless OwnedExternally is true: add it to the "
            "whole series, or make the meeting at the WebEx site yourself and send its data."
        )
    return None


def check_knows_exceptions(client: Client, *details: Details) -> None:
    """Whether a client may let dates of a series with WebEx differ.

    Args:
        client: the client.
        details: those of the series and of the date, before and after.

    Raises:
        WebExError: one of them has WebEx, and the client's API version has no exceptions of such series.

    Source: TMSBA guide, WebEx exceptions.
    """
    if client.version < FIRST_VERSION_WITH_WEBEX_STATE and any(one.has_webex for one in details):
        raise WebExError(
            "The series has WebEx, and its dates can be moved or changed from API version {first} on: "
            "announce that in ClientVersionIn, or change the series as a whole.",
            first=FIRST_VERSION_WITH_WEBEX_STATE,
        )
