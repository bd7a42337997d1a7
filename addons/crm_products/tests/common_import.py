# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import io

import openpyxl

from .common import CrmProductsCommon


def xlsx(*rows, title="Data", formats=None):
    """Return an XLSX file with these rows, and with number formats as ``{"B2": "0%"}``."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for cell, number_format in (formats or {}).items():
        book.active[cell].number_format = number_format
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class CrmImportCommon(CrmProductsCommon):
    """Imports of ``user_product_manager`` (who sees costs), ``user_manager`` for prices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_product_manager = cls._crm_new_user(
            "user_product_manager",
            "base.group_user,product.group_product_manager,crm_products.crm_products_group_cost",
        )
        cls.unit = cls.env.ref("uom.product_uom_unit")

    def _import(self, kind, *rows, user=None, file_name="test.xlsx", content=None, **values):
        """Return the checked import of a file with these rows."""
        user = user or (self.user_product_manager if kind == "product" else self.user_manager)
        record = (
            self.env["crm.price.import"]
            .with_user(user)
            .create(
                {
                    "kind": kind,
                    "file": base64.b64encode(content or xlsx(*rows)),
                    "file_name": file_name,
                    **values,
                }
            )
        )
        record.action_check()
        return record

    def _list(self, record, name):
        return record.crm_preview(name, limit=1000)["rows"]

    def _problems(self, record):
        """Return ``[(line, column, message)]`` of the errors of an import."""
        return [
            (line, column, message)
            for line, column, _value, message in self._list(record, "problems")
        ]

    def _said(self, record):
        return "\n".join(message for _line, _column, message in self._problems(record))

    def _no_problems(self, record):
        self.assertEqual(self._problems(record), [])

    def _confirm(self, record):
        """Confirm an import without errors, and return what was written."""
        self._no_problems(record)
        record.action_confirm()
        self.assertEqual(record.state, "done", record.notice)
        action = record.action_open_records()
        return self.env[action["res_model"]].search(action["domain"])
