# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

PERIOD_MONTHS = {"month": 1, "quarter": 3}


class ResCompany(models.Model):
    """When somebody is told of what is left to deliver and to invoice."""

    _inherit = "res.company"

    crm_tax_period = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter"), ("off", "None")],
        "Tax Period of Deliveries",
        required=True,
        default="month",
        help="Where the law wants the invoice in the tax period of the delivery: who answers for "
        "delivery notes is told before the period ends that they are not invoiced.",
    )
    crm_tax_period_days = fields.Integer(
        "Warn before the Period Ends (days)",
        default=5,
        help="So many days before its end. 0: on its last day.",
    )
    crm_late_delivery_days = fields.Integer(
        "Remind of Late Deliveries after (days)",
        default=2,
        help="The salesperson gets an activity on an order that is not delivered so many days "
        "after the promised date. 0: never.",
    )

    @api.constrains("crm_tax_period_days", "crm_late_delivery_days")
    def _check_crm_left_to_do_days(self):
        for company in self:
            if not 0 <= company.crm_tax_period_days <= 28 or company.crm_late_delivery_days < 0:
                raise ValidationError(
                    self.env._(
                        "%(company)s: warn of a tax period 0 to 28 days before its end, and of "
                        "late deliveries after 1 day or more. 0 days late means never.",
                        company=company.name,
                    )
                )

    def _crm_tax_period_end(self, date):
        """Return the last day of the tax period that ``date`` is in, or False without periods."""
        self.ensure_one()
        months = PERIOD_MONTHS.get(self.crm_tax_period)
        if not months or not date:
            return False
        start = date.replace(day=1) - relativedelta(months=(date.month - 1) % months)
        return start + relativedelta(months=months) - timedelta(days=1)
