# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import http
from odoo.exceptions import AccessError, MissingError, ValidationError

from odoo.addons.sale.controllers.portal import PaymentPortal


class QuotePaymentPortal(PaymentPortal):
    """Customers pay no quote that they could not accept."""

    @http.route()
    def portal_order_transaction(self, order_id, access_token, **kwargs):
        try:
            order_sudo = self._document_check_access("sale.order", order_id, access_token)
        except (AccessError, MissingError):
            refusal = None  # Odoo refuses, and tells nothing of the order
        else:
            refusal = order_sudo._crm_payment_refusal()
        if refusal:
            raise ValidationError(refusal)
        return super().portal_order_transaction(order_id, access_token, **kwargs)
