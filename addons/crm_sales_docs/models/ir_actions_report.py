# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _pre_render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        result = super()._pre_render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        context = self.env.context
        if res_ids and not context.get("crm_copy") and not context.get("crm_print_on_send"):
            report = self._get_report(report_ref)
            if report.report_name == "crm_sales_docs.report_crm_delivery_note":
                ids = [res_ids] if isinstance(res_ids, int) else res_ids
                self.env[report.model].browse(ids)._crm_mark_printed()
        return result
