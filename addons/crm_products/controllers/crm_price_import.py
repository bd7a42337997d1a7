# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import http
from odoo.http import content_disposition, request

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CrmPriceImportController(http.Controller):
    @http.route("/crm_products/import_template/<string:kind>", auth="user", readonly=True)
    def import_template(self, kind, data=False, **_ignored):
        """Return the template of a kind of import, with the current data if ``data`` is given."""
        return self._xlsx(*request.env["crm.price.import"]._crm_template(kind, bool(data)))

    @http.route(
        "/crm_products/import_errors/<model('crm.price.import'):record>",
        auth="user",
        readonly=True,
    )
    def import_errors(self, record, **_ignored):
        """Return the file of an import with the errors of each line."""
        return self._xlsx(*record._crm_errors_file())

    def _xlsx(self, name, content):
        return request.make_response(
            content,
            [
                ("Content-Type", _XLSX),
                ("Content-Length", str(len(content))),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
