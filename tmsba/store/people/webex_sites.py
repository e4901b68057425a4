"""WebEx sites."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from tmsba.domain.conference.webex import WebExSite
from tmsba.store.sql.statements import insert_if_new
from tmsba.store.tables.tables import webex_site


class SqlWebExSites:
    """Implements ``tmsba.ports.administration.WebExSites``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[WebExSite]:
        """In order of ids."""
        query = select(webex_site).order_by(webex_site.c.id)
        return [_to_site(row) for row in self._connection.execute(query).mappings()]

    def add(self, site: WebExSite) -> WebExSite:
        """Store a new site (its id is ignored) and return it with its id; the first is the default one.

        Raises:
            ValueError: there is a site with this address.
        """
        is_first = not self._connection.execute(select(func.count()).select_from(webex_site)).scalar_one()
        added = replace(site, is_default=site.is_default or is_first)
        if added.is_default:
            self._no_default()
        site_id = insert_if_new(self._connection, webex_site, _values(added))
        if site_id is None:
            raise ValueError(f"there is a WebEx site {site.url} already")
        return replace(added, id=site_id)

    def change(self, site: WebExSite) -> None:
        """Replace what is stored under its id; a new default takes the place of the old one.

        Raises:
            LookupError: no site has this id.
        """
        if site.is_default:
            self._no_default()
        change = update(webex_site).where(webex_site.c.id == site.id).values(_values(site))
        if not self._connection.execute(change).rowcount:
            raise LookupError(f"there is no WebEx site {site.id}")

    def remove(self, site_id: int) -> None:
        """Forget a site; conferences keep what they say of it."""
        self._connection.execute(delete(webex_site).where(webex_site.c.id == site_id))

    def _no_default(self) -> None:
        self._connection.execute(update(webex_site).where(webex_site.c.is_default).values(is_default=False))


def _values(site: WebExSite) -> dict[str, object]:
    return {
        "url": site.url,
        "url_key": site.key,
        "name": site.name,
        "uses_pstn": site.uses_pstn,
        "is_default": site.is_default,
    }


def _to_site(row: RowMapping) -> WebExSite:
    return WebExSite(
        id=row["id"],
        url=row["url"],
        name=row["name"],
        uses_pstn=row["uses_pstn"],
        is_default=row["is_default"],
    )
