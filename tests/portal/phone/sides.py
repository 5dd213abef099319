"""Templates out of a dict, ready for Jinja2 and for Node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from gettext import NullTranslations

from jinja2 import DictLoader
from werkzeug.routing import Map, Rule

from portal.phone.build import urls_of
from portal.phone.parity import Sides

ADDRESSES = Map(
    [
        Rule("/customers", endpoint="customers.index"),
        Rule("/customers/<uuid:customer_id>", endpoint="customers.show"),
        Rule("/search/<word>/<int:page>", endpoint="customers.search"),
        Rule("/files/<path:name>", endpoint="files"),
        Rule("/many", endpoint="twice"),
        Rule("/many/<int:n>", endpoint="twice"),
        Rule("/odd/<float:x>", endpoint="odd"),
    ]
)
CHINESE = {
    "Today": "今日",
    "Tom & Jerry <b>": "汤姆 & 杰瑞 <b>",
    "%(name)s is %(age)s": "%(age)s 岁的 %(name)s",
    "100%% of %(name)s": "%(name)s 的 100%%",
    "%(num)s visit": "%(num)s 次拜访",
    "%(name)s has %(num)s policy": "%(name)s 有 %(num)s 份保单",
}


class Chinese(NullTranslations):
    """A catalogue with one plural form."""

    def gettext(self, message: str) -> str:
        return CHINESE.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return CHINESE.get(msgid1, msgid1 if n == 1 else msgid2)


WORDS = {"en": NullTranslations(), "zh-CN": Chinese()}
CATALOGUES: dict[str, dict[str, str]] = {"en": {}, "zh-CN": CHINESE}


def sides(templates: Mapping[str, str], pages: Iterable[str]) -> Sides:
    bound = ADDRESSES.bind("localhost")
    return Sides(
        DictLoader(dict(templates)),
        list(pages),
        urls_of(ADDRESSES),
        lambda endpoint, **values: bound.build(endpoint, values),
        WORDS,
    )
