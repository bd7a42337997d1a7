# SPDX-License-Identifier: LGPL-3.0-or-later
"""The main job in Chromium, as a salesperson; keeps the pictures that the README shows.

They go to the folder that ``CRM_SUITE_PICTURES`` names; without it they are taken and dropped.
"""

import base64
import os
from pathlib import Path
from unittest.mock import patch

from odoo.tests import common, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.addons.crm_accounts.tests.common import CrmSuiteUsersMixin


class PictureBrowser(common.ChromeBrowser):
    """Takes a picture of the page whenever the tour logs ``picture: NAME``."""

    taken = []

    def _handle_console(self, type, args=None, **kwargs):
        first = self._from_remoteobject(args[0]) if args else ""
        if str(first).startswith("picture: "):
            name = str(first).removeprefix("picture: ")
            self._websocket_send("Page.captureScreenshot", with_future=True).add_done_callback(
                lambda future: self._keep(name, future.result()["data"])
            )
        return super()._handle_console(type, args=args, **kwargs)

    def _keep(self, name, data):
        content = base64.b64decode(data)
        self.taken.append((name, len(content)))
        if folder := os.environ.get("CRM_SUITE_PICTURES"):
            Path(folder, f"{name}.png").write_bytes(content)


@tagged("post_install", "-at_install", "standard")
class TestChainInBrowser(CrmSuiteUsersMixin, AccountTestInvoicingHttpCommon):
    browser_size = "1366x800"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_users()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Distribuidora Los Andes, C.A.", "is_company": True, "city": "Caracas"}
        )
        cls.env["product.product"].create(
            [
                {"name": "Barcode scanner", "type": "consu", "list_price": 150.0},
                {"name": "User training hour", "type": "service", "list_price": 60.0},
            ]
        ).invoice_policy = "delivery"

    def test_quote_deliver_invoice_print(self):
        PictureBrowser.taken.clear()
        with patch.object(common, "ChromeBrowser", PictureBrowser):
            self.start_tour("/odoo/quotes", "crm_sales_docs_chain_tour", login="crm_user_salesman")
        order = self.env["sale.order"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(order.crm_delivery_note_ids.mapped("invoice_state"), ["done"])
        self.assertEqual(order.invoice_ids.amount_untaxed, 3 * 150 + 3 * 60)
        self.assertEqual(order.crm_delivery_state, "partial")
        pictures = dict(PictureBrowser.taken)
        self.assertEqual(set(pictures), {"quote", "delivery_note", "invoice"})
        self.assertGreater(min(pictures.values()), 20_000)
