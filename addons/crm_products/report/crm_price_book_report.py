# SPDX-License-Identifier: LGPL-3.0-or-later
from itertools import islice

from odoo import api, models
from odoo.tools import format_date, groupby

from ..models.crm_price_book_file import AT_ONCE
from ..price_book.changes import REMOVED
from ..price_book.table import PriceTable

_LANDSCAPE_FROM = 9


def _number(data, name, default=0):
    value = data.get(name)
    return value if type(value) is int and 0 <= value < 2**31 else default


class ReportCrmPriceBook(models.AbstractModel):
    _name = "report.crm_products.report_crm_price_book"
    _description = "Printed Price Book"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the template prints: by default the first lines of a version. See
        ``crm.price.book.version._crm_pdf`` for ``data``.
        """
        data = data or {}
        version = self.env["crm.price.book.version"].browse(docids).ensure_one()
        version.check_access("read")
        version = version.with_context(lang=version.lang)
        # A client may ask for the report with anything, but not for more than is printed at once.
        base = version.browse(_number(data, "base_version_id") or ())
        first = _number(data, "first")
        count = min(_number(data, "count", AT_ONCE), AT_ONCE)
        lines = list(islice(version._crm_lines(base), first, first + count))
        settings = version.settings
        customer = settings["customer"]
        date = format_date(version.env, version._crm_day())
        date_text = version.env._("Prices valid on %(date)s", date=date)
        since_text = base and version.env._("Changes since version %(number)s", number=base.number)
        table = PriceTable(version.env, settings)
        return {
            "doc_ids": docids,
            "doc_model": version._name,
            "docs": version,
            "version": version,
            "settings": settings,
            "base": base,
            "company": version.book_id.company_id,
            "table": table,
            "date_text": date_text,
            "customer_text": customer and version.env._("For %(customer)s", customer=customer),
            "head_text": " · ".join(filter(None, (since_text, date_text, customer))),
            "version_text": version.env._("Version %(number)s", number=version.number),
            "landscape": table.width >= _LANDSCAPE_FROM or None,
            "first": first,
            "page_count": _number(data, "page_count"),
            "is_whole": data.get("is_whole", False),
            "sections": groupby(lines, self._section_title(version)),
            "pictures": self._pictures(version, lines),
        }

    def _section_title(self, version):
        grouped = version.settings["group"]
        removed = version.env._("No longer listed")
        without = version.env._("Other products")

        def title(line):
            if line.kind == REMOVED:
                return removed
            return (line.row.category or without) if grouped else ""

        return title

    def _pictures(self, version, lines):
        """Return ``{product id: picture}``."""
        settings = version.settings
        if not settings["pictures"]:
            return {}
        model = "product.template" if settings["level"] == "template" else "product.product"
        products = self.env[model].browse(line.row.product_id for line in lines).exists()
        return {product.id: product.image_128 for product in products._filtered_access("read")}
