# SPDX-License-Identifier: LGPL-3.0-or-later
import os

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CrmReportController(http.Controller):
    @http.route("/crm_reports/<int:report_id>/xlsx", type="http", auth="user", readonly=True)
    def export_xlsx(self, report_id):
        """Send the report as an Excel workbook, read with the rights of the current user."""
        report = request.env["crm.report"].browse(report_id).exists()
        if not report:
            raise request.not_found()
        file, name = report._crm_export_xlsx()
        size = os.fstat(file.fileno()).st_size
        headers = [
            ("Content-Type", XLSX),
            ("Content-Length", size),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        response = request.make_response(wrap_file(request.httprequest.environ, file), headers)
        response.direct_passthrough = True
        # also when the browser goes away before the end
        response.call_on_close(file.close)
        return response
